"""What is written beside orders, and figures about them: notes, custom fields, idempotency keys, counts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.certificate import CertificateStatus
from certwright.domain.custom_field import CustomField, CustomValue, GivenValue, ValueType
from certwright.domain.errors import NotFound, StaleRecord
from certwright.domain.ids import APIKeyId, CustomFieldId, NoteId, OrderId
from certwright.domain.note import Note
from certwright.domain.query import Contains, CustomValueTest, OneOf, OrderQuery
from certwright.domain.status import OrderStatus
from certwright.services.ports import AnsweredRequest
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts, add_order, issued, order
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.store.unit_of_work import SQLStore
    from tests.support.stores import OpenStore

DAY = timedelta(days=1)
S = OrderStatus


def field(number: int, label: str = "Cost centre") -> CustomField:
    return CustomField(id=CustomFieldId(number), account_id=ACCOUNT, label=label)


async def test_notes_come_back_oldest_first(store: SQLStore) -> None:
    await add_accounts(store)
    stored = await add_order(store, order())
    notes = [
        Note(
            id=NoteId(number),
            account_id=ACCOUNT,
            order_id=stored.id,
            author=APIKeyId(1001),
            created_at=NOON,
            text=text,
        )
        for number, text in ((2, "first \U0001f642\nline"), (9, "second"))
    ]
    async with store.writing() as work:
        for note in notes:
            await work.notes.add(note)
    async with store.reading() as work:
        assert await work.notes.list_of_order(ACCOUNT, stored.id) == notes
        assert await work.notes.list_of_order(OTHER_ACCOUNT, stored.id) == []


async def test_custom_fields_and_their_values(store: SQLStore) -> None:
    await add_accounts(store)
    one, other = await add_order(store, order(1)), await add_order(store, order(2))
    await add_order(store, order(3))
    text = field(1)
    number = CustomField(
        id=CustomFieldId(2),
        account_id=ACCOUNT,
        label="Number",
        value_type=ValueType.WHOLE_NUMBER,
        description="as it is printed",
        is_required=True,
        show_in_receipt=True,
    )
    async with store.writing() as work:
        for new in (number, text):
            await work.custom_fields.add(new)
        await work.custom_fields.set_values(
            ACCOUNT,
            {
                one.id: [GivenValue(number.id, "7"), GivenValue(text.id, "Old")],
                other.id: [GivenValue(number.id, "8")],
            },
        )
        await work.custom_fields.set_values(ACCOUNT, {one.id: [GivenValue(text.id, "B\u00fccher 100%")]})
        await work.custom_fields.set_values(ACCOUNT, {one.id: [], other.id: []})
    renamed = replace(text, label="Department", is_active=False)
    async with store.writing() as work:
        await work.custom_fields.save(renamed)

    async with store.reading() as work:
        assert await work.custom_fields.list_of_account(ACCOUNT) == [renamed, number]
        assert await work.custom_fields.list_of_account(OTHER_ACCOUNT) == []
        for account_id, field_id in ((OTHER_ACCOUNT, text.id), (ACCOUNT, CustomFieldId(9))):
            with pytest.raises(NotFound):
                await work.custom_fields.get(account_id, field_id)
        ids = [one.id, other.id, OrderId(3)]
        assert await work.custom_fields.values_of_orders(ACCOUNT, ids) == {
            one.id: (CustomValue(renamed, "B\u00fccher 100%"), CustomValue(number, "7")),
            other.id: (CustomValue(number, "8"),),
        }
        assert await work.custom_fields.values_of_orders(OTHER_ACCOUNT, ids) == {}
        assert await work.custom_fields.values_of_orders(ACCOUNT, []) == {}

        async def found(*tests: CustomValueTest) -> list[int]:
            page = await work.search.search(OrderQuery(account_id=ACCOUNT, custom_values=tests))
            return sorted(item.id for item in page.items)

        assert await found(CustomValueTest()) == [1, 2]
        assert await found(CustomValueTest(field_id=text.id)) == [1]
        assert await found(CustomValueTest(value=Contains("B\u00dcCHER"))) == [1]
        assert await found(CustomValueTest(value=Contains("0%"))) == [1]
        assert await found(CustomValueTest(value=OneOf(("8", "9")))) == [2]
        assert await found(CustomValueTest(value=OneOf(()))) == []
        assert await found(CustomValueTest(field_id=text.id, value=OneOf(("7",)))) == []
        assert await found(CustomValueTest(value=OneOf(("7",))), CustomValueTest(field_id=text.id)) == [1]


async def test_idempotency_key_is_kept_for_its_account(store: SQLStore) -> None:
    await add_accounts(store)
    async with store.writing() as work:
        await work.answered.add(ACCOUNT, {"key": used(7), "further": used(9)})
        await work.answered.add(OTHER_ACCOUNT, {"key": used(8, b"other")})
    async with store.reading() as work:
        assert await work.answered.find(ACCOUNT, ["key", "KEY", "further"]) == {
            "key": used(7),
            "further": used(9),
        }
        assert await work.answered.find(ACCOUNT, []) == {}
    async with store.writing() as work:
        await work.answered.remove(ACCOUNT, ["key", "unknown"])
    async with store.reading() as work:
        assert await work.answered.find(ACCOUNT, ["key", "further"]) == {"further": used(9)}
        assert await work.answered.find(OTHER_ACCOUNT, ["key"]) == {"key": used(8, b"other")}


async def test_more_keys_than_a_statement_takes_are_kept(store: SQLStore) -> None:
    await add_accounts(store)
    many = {f"key {number}": used(number) for number in range(5001)}
    async with store.writing() as work:
        await work.answered.add(ACCOUNT, many)
    async with store.writing() as work:
        assert await work.answered.find(ACCOUNT, many.keys()) == many
        await work.answered.remove(ACCOUNT, list(many)[1:])
        assert await work.answered.find(ACCOUNT, many.keys()) == {"key 0": used(0)}


async def test_of_many_at_once_one_keeps_the_idempotency_key(opened: OpenStore) -> None:
    await add_accounts(opened.store)
    stores = (opened.store, await opened.another())

    async def use(number: int) -> None:
        async with stores[number % 2].writing() as work:
            await work.answered.add(ACCOUNT, {f"another {number}": used(number), "key": used(number)})

    results = await asyncio.gather(*(use(number) for number in range(10)), return_exceptions=True)
    assert results.count(None) == 1
    assert all(isinstance(result, StaleRecord) for result in results if result is not None), results
    async with opened.store.reading() as work:
        kept = results.index(None)
        keys = ["key", *(f"another {number}" for number in range(10))]
        assert await work.answered.find(ACCOUNT, keys) == {"key": used(kept), f"another {kept}": used(kept)}


def used(number: int, fingerprint: bytes = b"print") -> AnsweredRequest:
    return AnsweredRequest(fingerprint=fingerprint, order_id=OrderId(number))


async def test_orders_are_counted_exactly(store: SQLStore) -> None:
    await add_accounts(store)
    for number, status in enumerate([S.ISSUED, S.ISSUED, S.PENDING, S.REISSUE_PENDING, S.REVOKED], start=1):
        new = order(number, status=status, created_at=NOON + number * DAY)
        ends = issued(new, f"{number:X}0", not_after=NOON + number * 10 * DAY)
        if status is S.REVOKED:
            ends = replace(ends, status=CertificateStatus.REVOKED)
        await add_order(store, new, None if status is S.PENDING else ends)
    await add_order(store, order(50, account_id=OTHER_ACCOUNT))
    alone = order(51, status=S.ISSUED)  # its certificate was revoked by itself
    revoked = issued(alone, "FF", status=CertificateStatus.REVOKED, not_after=NOON + 15 * DAY)
    await add_order(store, alone, revoked)

    async with store.reading() as work:
        count = work.statistics
        assert await count.count_by_status(ACCOUNT) == {
            S.ISSUED: 3,
            S.PENDING: 1,
            S.REISSUE_PENDING: 1,
            S.REVOKED: 1,
        }
        assert await count.count_by_product(ACCOUNT) == {order().product_key: 6}
        # The end of a span is not in it; a revoked certificate does not run out.
        spans = [NOON + 20 * DAY, NOON + 90 * DAY, NOON + 10 * DAY]
        assert await count.count_expiring(ACCOUNT, NOON, spans) == [1, 3, 0]
        assert await count.count_expiring(ACCOUNT, NOON + 15 * DAY, spans) == [0, 2, 0]
        assert await count.count_placed(ACCOUNT, NOON + DAY, NOON + 3 * DAY) == {S.ISSUED: 2}
        assert await count.count_placed(OTHER_ACCOUNT, NOON, NOON + DAY) == {S.PENDING: 1}
