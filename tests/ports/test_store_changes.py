"""The change log in the store: append-only, numbered without gaps per account, whoever writes and whatever fails."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.change import Actor, ActorKind
from certwright.domain.order import place
from certwright.domain.status import Action, OrderStatus
from tests.house.project import SOURCE, modules
from tests.house.sql_lint import sql_texts
from tests.support.book import ACCOUNT, KEY, OTHER_ACCOUNT, add_accounts, add_order, order
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.domain.ids import AccountId, OrderId
    from certwright.store.unit_of_work import SQLStore
    from tests.support.stores import OpenStore


async def sequences(store: SQLStore, account_id: AccountId) -> list[int]:
    async with store.reading() as work:
        return [change.sequence for change in await work.changes.list_after(account_id, 0, 10_000)]


async def test_change_comes_back_as_it_was_made(store: SQLStore) -> None:
    await add_accounts(store)
    actor = Actor(kind=ActorKind.APPLICANT, id="admin@example.com")
    applied = place(order(), actor=actor, reason="Bücher\n'quoted'")

    async with store.writing() as work:
        await work.orders.add(applied)
    async with store.reading() as work:
        assert await work.changes.list_of_order(ACCOUNT, applied.order.id) == [
            replace(applied.change, sequence=1)
        ]
        assert await work.changes.list_of_order(OTHER_ACCOUNT, applied.order.id) == []


async def test_each_account_counts_by_itself(store: SQLStore) -> None:
    await add_accounts(store)
    async with store.writing() as work:
        for number, account_id in enumerate(
            (OTHER_ACCOUNT, ACCOUNT, OTHER_ACCOUNT, ACCOUNT, ACCOUNT), start=1
        ):
            await work.orders.add(place(order(number, account_id=account_id), actor=KEY, reason=""))

    assert await sequences(store, ACCOUNT) == [1, 2, 3]
    assert await sequences(store, OTHER_ACCOUNT) == [1, 2]
    async with store.reading() as work:
        changes = await work.changes.list_after(ACCOUNT, 0, 10)
    assert [change.order_id for change in changes] == [2, 4, 5]


async def test_log_is_read_on_from_where_one_stopped(store: SQLStore) -> None:
    await add_accounts(store)
    for number in range(1, 8):
        await add_order(store, order(number))

    async with store.reading() as work:
        first = await work.changes.list_after(ACCOUNT, 0, 3)
        second = await work.changes.list_after(ACCOUNT, first[-1].sequence, 100)
    assert [change.sequence for change in first + second] == list(range(1, 8))


async def test_many_writers_leave_no_gap_and_commit_in_order(opened: OpenStore) -> None:
    """Two processes' worth of writers, some of which fail after they have made their change."""
    stores = [opened.store, await opened.another()]
    await add_accounts(opened.store)

    async def write(number: int) -> None:
        account_id = OTHER_ACCOUNT if number % 3 == 0 else ACCOUNT
        with suppress(ZeroDivisionError):
            async with stores[number % 2].writing() as work:
                await work.orders.add(place(order(number, account_id=account_id), actor=KEY, reason=""))
                if not opened.is_sqlite:  # there a second process would wait for us with its whole event loop
                    await asyncio.sleep(0)
                if number % 5 == 0:
                    raise ZeroDivisionError

    seen: list[int] = []

    async def follow() -> None:
        """Read on as a client of the feed does: nothing may ever appear behind what was read."""
        while len(seen) < 21:
            async with stores[1].reading() as work:
                seen.extend(
                    c.sequence for c in await work.changes.list_after(ACCOUNT, max(seen, default=0), 5)
                )
            await asyncio.sleep(0)

    await asyncio.wait_for(asyncio.gather(follow(), *(write(number) for number in range(1, 41))), 60)
    assert await sequences(opened.store, ACCOUNT) == list(range(1, 22)) == seen
    assert await sequences(opened.store, OTHER_ACCOUNT) == list(range(1, 12))


async def test_failed_write_leaves_no_gap(store: SQLStore) -> None:
    await add_accounts(store)
    await add_order(store, order(1))

    async def fail_at_the_last_statement() -> None:
        async with store.writing() as work:
            await work.orders.add(place(order(2), actor=KEY, reason=""))
            await work.orders.add(place(order(2), actor=KEY, reason="the same number again"))

    with pytest.raises(Exception, match="duplicate"):
        await fail_at_the_last_statement()
    await add_order(store, order(3))
    assert await sequences(store, ACCOUNT) == [1, 2]


def test_no_statement_alters_the_log() -> None:
    altering = re.compile(r"\b(?:UPDATE|DELETE\s+FROM|DROP\s+TABLE|ALTER\s+TABLE)\s+order_changes\b")
    store = SOURCE / "store"
    found = [
        path.name
        for path in [*modules(store), *store.rglob("*.sql")]
        for _, sql in sql_texts(path)
        if altering.search(sql)
    ]
    assert found == []


async def test_changed_orders_are_those_whose_last_change_lies_in_the_span(store: SQLStore) -> None:
    await add_accounts(store)
    minute = timedelta(minutes=1)
    for number in range(1, 6):
        await add_order(store, order(number, created_at=NOON, status_changed_at=NOON + number * minute))
    await add_order(store, order(9, account_id=OTHER_ACCOUNT, status_changed_at=NOON + 2 * minute))

    async with store.reading() as work:

        async def changed(low: int, high: int, offset: int = 0, limit: int | None = None) -> list[OrderId]:
            found = await work.changes.list_changed_orders(
                ACCOUNT, NOON + low * minute, NOON + high * minute, offset=offset, limit=limit
            )
            assert all(row.changed_at == row.order.status_changed_at for row in found)
            return [row.order.id for row in found]

        assert await changed(2, 4) == [4, 3, 2]
        assert await changed(4, 2) == []
        assert await changed(0, 60, offset=1, limit=2) == [4, 3]
        assert await changed(0, 60, offset=5) == []
        assert await changed(0, 60, offset=10**30, limit=10**30) == []


async def test_order_that_changed_again_leaves_the_span(store: SQLStore) -> None:
    await add_accounts(store)
    stored = await add_order(store, order(1))
    later = NOON + timedelta(hours=1)

    async with store.writing() as work:
        await work.orders.record(stored.apply(Action.CANCEL, actor=KEY, reason="", at=later))
    async with store.reading() as work:
        assert await work.changes.list_changed_orders(ACCOUNT, NOON, NOON) == []
        (row,) = await work.changes.list_changed_orders(ACCOUNT, later, later)
    assert (row.order.status, row.changed_at) == (OrderStatus.CANCELED, later)
