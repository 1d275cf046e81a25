"""Validations and approval codes in the store: guarded by a version, found while fresh, spent once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.dcv import DCVMethod, ValidationStatus
from certwright.domain.errors import NotFound, StaleRecord
from certwright.domain.ids import OrderId, ValidationId
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, validation
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.domain.dcv import Validation
    from certwright.store.unit_of_work import SQLStore
    from tests.support.stores import OpenStore

DAY = timedelta(days=1)


async def add(store: SQLStore, *new: Validation) -> None:
    async with store.writing() as work:
        for one in new:
            await work.validations.add(one)


async def save(store: SQLStore, *changed: Validation) -> None:
    async with store.writing() as work:
        await work.validations.save(*changed)


def valid(number: int, domain: str, **changes: object) -> Validation:
    made = validation(
        number,
        domain=domain,
        proved_domain=domain,
        status=ValidationStatus.VALID,
        validated_at=NOON,
        reusable_until=NOON + 10 * DAY,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test's own words


async def test_validation_comes_back_as_it_was_stored(store: SQLStore) -> None:
    full = valid(
        1,
        "example.com",
        method=DCVMethod.EMAIL,
        approver_email="admin@example.com",
        last_checked_at=NOON + DAY,
        reason="Bücher",
        next_step="weiter",
    )
    await add(store, full, validation(2))

    async with store.reading() as work:
        assert await work.validations.get(ACCOUNT, full.id) == full
        assert await work.validations.find(full.id) == full
        assert await work.validations.list_of_order(ACCOUNT, OrderId(100_001)) == [full, validation(2)]


async def test_foreign_validation_is_unknown(store: SQLStore) -> None:
    await add(store, valid(1, "example.com"))

    async with store.reading() as work:
        for account_id, number in ((OTHER_ACCOUNT, 1), (ACCOUNT, 2)):
            with pytest.raises(NotFound, match=r"^Validation not found$"):
                await work.validations.get(account_id, ValidationId(number))
        assert await work.validations.find(ValidationId(2)) is None
        assert await work.validations.list_of_order(OTHER_ACCOUNT, OrderId(100_001)) == []
        assert await work.validations.find_fresh(OTHER_ACCOUNT, ["example.com"], NOON) == []


async def test_change_over_another_change_is_stale(store: SQLStore) -> None:
    """A look that found nothing must not undo a proof that another look found meanwhile."""
    await add(store, validation(1))
    await save(store, replace(validation(1), status=ValidationStatus.VALID, reason="seen"))

    with pytest.raises(StaleRecord):
        await save(store, replace(validation(1), reason="not seen"))
    async with store.reading() as work:
        found = await work.validations.get(ACCOUNT, ValidationId(1))
    assert (found.status, found.reason, found.version) == (ValidationStatus.VALID, "seen", 1)


async def test_many_are_read_and_changed_together_or_not_at_all(store: SQLStore) -> None:
    await add(store, validation(1), validation(2), validation(3))
    ids = [ValidationId(number) for number in (3, 1, 9)]
    async with store.writing() as work:
        read = await work.validations.find_anywhere(ids)
        assert {each.id for each in read} == {ValidationId(1), ValidationId(3)}
        await work.validations.save(*(replace(each, reason=f"seen {each.id}") for each in read))
    with pytest.raises(StaleRecord):
        await save(store, replace(validation(2), reason="late"), replace(validation(3), reason="late"))

    async with store.reading() as work:
        found = await work.validations.find_anywhere([ValidationId(number) for number in (1, 2, 3)])
    assert sorted((each.id, each.reason, each.version) for each in found) == [
        (1, "seen 1", 1),
        (2, validation(2).reason, 0),
        (3, "seen 3", 1),
    ]


async def test_only_one_of_two_changes_at_once_is_kept(store: SQLStore) -> None:
    await add(store, validation(1))

    async def change(reason: str) -> bool:
        try:
            async with store.writing() as work:
                read = await work.validations.get(ACCOUNT, ValidationId(1))
                await asyncio.sleep(0)
                await work.validations.save(replace(read, reason=reason))
        except StaleRecord:
            return False
        return True

    kept = await asyncio.gather(change("first"), change("second"))
    async with store.reading() as work:
        found = await work.validations.get(ACCOUNT, ValidationId(1))
    assert found.version == sum(kept) >= 1


async def test_fresh_validations_of_some_domains(store: SQLStore) -> None:
    await add(
        store,
        valid(1, "example.com"),
        valid(2, "www.example.com"),
        valid(3, "example.net"),
        valid(4, "example.com", reusable_until=NOON + DAY),
        valid(5, "example.com", account_id=OTHER_ACCOUNT),
        validation(6, domain="example.com"),
    )

    async with store.reading() as work:

        async def fresh(*domains: str, days: int = 0) -> list[int]:
            return [v.id for v in await work.validations.find_fresh(ACCOUNT, domains, NOON + days * DAY)]

        assert await fresh("example.com", "www.example.com") == [1, 2, 4]
        assert await fresh("example.com", days=1) == [1]
        assert await fresh("example.com", days=10) == []
        assert await fresh() == []


async def test_approval_code_opens_its_validation_until_it_runs_out_or_is_spent(store: SQLStore) -> None:
    await add(store, validation(1))
    async with store.writing() as work:
        await work.validations.add_approval(b"one", ValidationId(1), sent_at=NOON, expires_at=NOON + DAY)
        await work.validations.add_approval(b"two", ValidationId(1), sent_at=NOON, expires_at=NOON + DAY)

    async with store.writing() as work:
        assert await work.validations.find_approval(b"one", NOON) == 1
        assert await work.validations.find_approval(b"one", NOON + DAY) is None
        assert await work.validations.find_approval(b"three", NOON) is None
        assert await work.validations.use_approval(b"one", NOON)
        assert not await work.validations.use_approval(b"one", NOON)
        assert not await work.validations.use_approval(b"three", NOON)
        assert await work.validations.find_approval(b"one", NOON) is None
        assert await work.validations.find_approval(b"two", NOON) == 1


async def test_of_many_at_once_one_spends_the_code(opened: OpenStore) -> None:
    stores = [opened.store, await opened.another()]
    async with opened.store.writing() as work:
        await work.validations.add_approval(b"code", ValidationId(1), sent_at=NOON, expires_at=NOON + DAY)

    async def use(number: int) -> bool:
        async with stores[number % 2].writing() as work:
            return await work.validations.use_approval(b"code", NOON)

    assert sorted(await asyncio.gather(*(use(number) for number in range(8)))) == [False] * 7 + [True]
