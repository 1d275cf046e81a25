"""Orders in the store: kept whole, guarded by their version, hidden from other accounts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import Conflict, NotFound, StaleRecord
from certwright.domain.identifier import Identifier
from certwright.domain.ids import APIKeyId, CertificateId, ContactId, OrderId, OrganizationId
from certwright.domain.order import OrderDetails, OrderedName, place
from certwright.domain.status import Action, OrderStatus
from tests.support.book import ACCOUNT, KEY, OTHER_ACCOUNT, add_accounts, add_order, certificate, order
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.store.unit_of_work import SQLStore

FULL: dict[str, Any] = {
    "names": (
        OrderedName(
            identifier=Identifier("*.example.com"), method=DCVMethod.EMAIL, approver_email="admin@example.com"
        ),
        OrderedName(identifier=Identifier("xn--bcher-kva.example"), method=DCVMethod.WEBSITE),
    ),
    "placed_by": APIKeyId(1002),
    "term_years": 3,
    "pending_certificate_id": CertificateId(777_777),
    "organization_id": OrganizationId(7),
    "administrator_contact_id": ContactId(8),
    "technical_contact_id": ContactId(9),
    "renewal_of_order_id": OrderId(10),
    "renewed_by_order_id": OrderId(11),
    "created_at": NOON + timedelta(microseconds=123_456),
    "details": OrderDetails(
        email="Owner@Example.COM",
        company="Bücher & Söhne 漢字 🙂",
        comments="line one\nline two",
        special_instruction="'; DROP TABLE orders; --",
        alternative_order_id="PO-Ä-1",
        additional_emails=("a@example.com", "b@example.com"),
        note='"quoted" \\ back',
        asked_days=397,
    ),
}


async def test_order_comes_back_as_it_was_stored(store: SQLStore) -> None:
    await add_accounts(store)
    stored = await add_order(store, order(**FULL))

    async with store.reading() as work:
        assert await work.orders.get(ACCOUNT, stored.id) == stored
        assert await work.orders.find(stored.id) == stored


async def test_order_of_another_account_is_as_unknown_as_one_that_never_was(store: SQLStore) -> None:
    await add_accounts(store)
    stored = await add_order(store, order())

    async with store.reading() as work:
        with pytest.raises(NotFound) as foreign:
            await work.orders.get(OTHER_ACCOUNT, stored.id)
        with pytest.raises(NotFound) as unknown:
            await work.orders.get(ACCOUNT, OrderId(stored.id + 1))
        assert foreign.value.message == unknown.value.message
        assert await work.orders.find(OrderId(stored.id + 1)) is None


async def test_same_number_twice_is_a_conflict(store: SQLStore) -> None:
    await add_accounts(store)
    stored = await add_order(store, order())

    with pytest.raises(Conflict):
        await add_order(store, replace(stored, certificate_id=order().certificate_id))


async def test_recorded_action_moves_the_order_and_its_version(store: SQLStore) -> None:
    await add_accounts(store)
    stored = await add_order(store, order())
    applied = stored.apply(Action.SUBMIT, actor=KEY, reason="All proved", at=NOON + timedelta(hours=1))

    async with store.writing() as work:
        await work.orders.record(applied)
    async with store.reading() as work:
        found = await work.orders.get(ACCOUNT, stored.id)
        changes = await work.changes.list_of_order(ACCOUNT, stored.id)
    assert found == replace(applied.order, version=stored.version + 1)
    assert changes[-1] == replace(applied.change, sequence=2)


async def test_saved_order_keeps_its_status_and_writes_no_change(store: SQLStore) -> None:
    await add_accounts(store)
    stored = await add_order(store, order())
    changed = replace(stored, **{**FULL, "created_at": NOON}, status_reason="Waits longer")

    async with store.writing() as work:
        await work.orders.save(replace(changed, placed_by=stored.placed_by))
    async with store.reading() as work:
        found = await work.orders.get(ACCOUNT, stored.id)
        assert len(await work.changes.list_of_order(ACCOUNT, stored.id)) == 1
    assert found == replace(changed, placed_by=stored.placed_by, version=1)


@pytest.mark.parametrize("way", ["save", "record"])
async def test_order_that_moved_on_is_stale(store: SQLStore, way: str) -> None:
    await add_accounts(store)
    stored = await add_order(store, order())
    async with store.writing() as work:
        await work.orders.save(replace(stored, status_reason="first"))

    async def write_again() -> None:
        async with store.writing() as work:
            if way == "save":
                await work.orders.save(replace(stored, status_reason="second"))
            else:
                await work.orders.record(stored.apply(Action.CANCEL, actor=KEY, reason="", at=NOON))

    with pytest.raises(StaleRecord):
        await write_again()
    async with store.reading() as work:
        found = await work.orders.get(ACCOUNT, stored.id)
        assert (found.status_reason, found.status) == ("first", OrderStatus.PENDING)
        assert len(await work.changes.list_of_order(ACCOUNT, stored.id)) == 1


async def test_of_many_at_once_one_changes_the_order(store: SQLStore) -> None:
    """On PostgreSQL the losers wait for the winner's row and then find that it has another version."""
    await add_accounts(store)
    stored = await add_order(store, order())

    async def cancel() -> bool:
        try:
            async with store.writing() as work:
                read = await work.orders.get(ACCOUNT, stored.id)
                await asyncio.sleep(0)
                await work.orders.record(read.apply(Action.CANCEL, actor=KEY, reason="", at=NOON))
        except Conflict:
            return False
        return True

    assert sorted(await asyncio.gather(*(cancel() for _ in range(6)))) == [False] * 5 + [True]
    async with store.reading() as work:
        changes = await work.changes.list_of_order(ACCOUNT, stored.id)
    assert [change.action for change in changes] == [Action.PLACE, Action.CANCEL]


async def test_only_orders_that_await_proof_await_the_organization(store: SQLStore) -> None:
    await add_accounts(store)
    organization_id = OrganizationId(5)
    for number, status in enumerate(OrderStatus, start=1):
        await add_order(store, order(number, status=status, organization_id=organization_id))
    await add_order(store, order(50, organization_id=OrganizationId(6)))
    await add_order(store, order(51, account_id=OTHER_ACCOUNT, organization_id=organization_id))

    async with store.reading() as work:
        found = await work.orders.find_awaiting_organization(organization_id)
    assert [o.status for o in found] == [
        OrderStatus.PENDING,
        OrderStatus.VALIDATING,
        OrderStatus.REISSUE_PENDING,
        OrderStatus.PENDING,
    ]
    assert [o.id for o in found] == sorted(o.id for o in found)


async def test_failed_unit_of_work_leaves_nothing(store: SQLStore) -> None:
    await add_accounts(store)
    new = order()

    async def fail() -> None:
        async with store.writing() as work:
            await work.orders.add(place(new, actor=KEY, reason=""))
            await work.certificates.add(certificate(new))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with store.reading() as work:
        assert await work.orders.find(new.id) is None
        assert await work.certificates.find(new.certificate_id) is None
        assert await work.changes.list_after(ACCOUNT, 0, 10) == []


async def test_canceled_unit_of_work_leaves_nothing_and_frees_the_store(store: SQLStore) -> None:
    await add_accounts(store)
    new, begun = order(), asyncio.Event()

    async def write_and_hang() -> None:
        async with store.writing() as work:
            await work.orders.add(place(new, actor=KEY, reason=""))
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_hang())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await add_order(store, new)
    async with store.reading() as work:
        assert [change.sequence for change in await work.changes.list_after(ACCOUNT, 0, 10)] == [1]
