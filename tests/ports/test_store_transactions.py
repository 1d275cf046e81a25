"""Transactions of the store: one view to read, nothing written while reading, and what can't be stored is refused alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import CertwrightError, InvalidInput
from certwright.domain.ids import OrderId
from certwright.domain.order import place
from tests.support.book import ACCOUNT, KEY, account, add_accounts, add_order, order

if TYPE_CHECKING:
    from certwright.store.unit_of_work import SQLStore
    from tests.support.stores import OpenStore

UNSTORABLE = ["a\0b", "\0", "\ud800", "x\udfff"]


async def test_reading_sees_one_state_of_the_database(opened: OpenStore) -> None:
    store = opened.store
    await add_accounts(store)
    async with store.reading() as work:
        assert await work.orders.find(OrderId(1)) is None
        await add_order(store, order(1))
        assert await work.orders.find(OrderId(1)) is None
        assert await work.changes.list_after(ACCOUNT, 0, 10) == []
    async with store.reading() as work:
        assert await work.orders.find(OrderId(1)) is not None


async def test_reading_writes_nothing(store: SQLStore) -> None:
    async def write() -> None:
        async with store.reading() as work:
            await work.accounts.add(account(1))

    with pytest.raises(Exception, match=r"read-only|does not answer"):
        await write()
    async with store.reading() as work:
        assert await work.accounts.list_all() == []


async def test_change_made_while_reading_is_not_stored(store: SQLStore) -> None:
    await add_accounts(store)
    stored = await add_order(store, order(1))
    with pytest.raises(Exception, match=r"read-only|does not answer"):
        async with store.reading() as work:
            await work.orders.save(replace(stored, status_reason="written while reading"))
    async with store.reading() as work:
        assert await work.orders.get(ACCOUNT, stored.id) == stored


async def test_failed_reading_leaves_the_store_usable(store: SQLStore) -> None:
    for _ in range(20):  # more often than a pool has connections
        with pytest.raises(ZeroDivisionError):
            async with store.reading():
                raise ZeroDivisionError
        with pytest.raises(ZeroDivisionError):
            async with store.writing():
                raise ZeroDivisionError
    await add_accounts(store)


async def test_more_units_of_work_than_connections_wait_their_turn(store: SQLStore) -> None:
    await add_accounts(store)

    async def read(number: int) -> int:
        async with store.reading() as work:
            await asyncio.sleep(0)
            return len(await work.accounts.list_all())

    assert set(await asyncio.gather(*(read(number) for number in range(40)))) == {2}


@pytest.mark.parametrize("text", UNSTORABLE)
async def test_text_that_one_database_can_not_hold_is_refused_by_both(store: SQLStore, text: str) -> None:
    await add_accounts(store)

    async def write() -> None:
        async with store.writing() as work:
            await work.orders.add(place(order(1), actor=KEY, reason=text))

    with pytest.raises(InvalidInput, match="can't be stored"):
        await write()
    async with store.reading() as work:
        assert await work.orders.find(OrderId(1)) is None
        with pytest.raises(InvalidInput, match="can't be stored"):
            await work.accounts.find_key_by_username(text)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**40])
async def test_number_beyond_64_bits_is_refused(store: SQLStore, number: int) -> None:
    async with store.reading() as work:
        with pytest.raises(CertwrightError):
            await work.orders.get(ACCOUNT, OrderId(number))


async def test_instants_are_kept_to_the_microsecond_over_all_years(store: SQLStore) -> None:
    instants = [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ]
    async with store.writing() as work:
        for number, instant in enumerate(instants, start=1):
            await work.accounts.add(account(number, created_at=instant))
    async with store.reading() as work:
        assert [a.created_at for a in await work.accounts.list_all()] == instants
