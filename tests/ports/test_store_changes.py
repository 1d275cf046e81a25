"""The change log in the store: append-only, numbered without gaps per account, whoever writes and whatever fails."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.change import Actor, ActorKind
from certwright.domain.ids import AccountId, APIKeyId, CertificateId, OrderId
from certwright.domain.order import place
from certwright.domain.query import ChangedOrder
from certwright.domain.status import Action, OrderStatus
from certwright.store.changed_orders import SELECT as CHANGED_ORDERS
from certwright.store.unit_of_work import SQLUnitOfWork
from tests.house.project import SOURCE, modules
from tests.house.sql_lint import sql_texts
from tests.support.book import ACCOUNT, KEY, OTHER_ACCOUNT, add_accounts, add_order, names, order
from tests.support.clock import NOON
from tests.support.stores import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from certwright.domain.change import StatusChange
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


async def test_transaction_that_began_first_and_commits_last_comes_last(opened: OpenStore) -> None:
    """It gets its number when it commits, so that nobody has read on past it. SQLite lets none overtake at all."""
    store = opened.store
    await add_accounts(store)
    has_written, may_end = asyncio.Event(), asyncio.Event()

    async def begin_first() -> None:
        async with store.writing() as work:
            await work.orders.add(place(order(1), actor=KEY, reason=""))
            has_written.set()
            await may_end.wait()

    first = asyncio.create_task(begin_first())
    await has_written.wait()
    second = asyncio.create_task(add_order(store, order(2)))
    if not opened.is_sqlite:
        await second
        assert [change.order_id for change in await log_of(store)] == [2]
    may_end.set()
    await asyncio.gather(first, second)
    last_order = 2 if opened.is_sqlite else 1
    assert [(change.sequence, change.order_id) for change in await log_of(store)] == [
        (1, 3 - last_order),
        (2, last_order),
    ]


async def test_number_that_is_taken_but_not_committed_holds_up_the_next(fresh_database_url: str) -> None:
    """Between taking its number and its commit a transaction may take its time: nobody gets the number behind it."""
    has_number, may_end = asyncio.Event(), asyncio.Event()

    async def take_number_and_time() -> None:
        async with opened.store.writing() as work:
            await work.orders.add(place(order(1), actor=KEY, reason=""))
            assert isinstance(work, SQLUnitOfWork)
            await work.log.flush()
            has_number.set()
            await may_end.wait()

    async with open_store(fresh_database_url) as opened:
        await add_accounts(opened.store)
        first = asyncio.create_task(take_number_and_time())
        await has_number.wait()
        second = asyncio.create_task(add_order(opened.store, order(2)))
        while not await _waits_for_lock(opened):
            assert not second.done()
        assert await log_of(opened.store) == []
        may_end.set()
        await asyncio.gather(first, second)
        changes = await log_of(opened.store)
    assert [(change.sequence, change.order_id) for change in changes] == [(1, 1), (2, 2)]


async def _waits_for_lock(opened: OpenStore) -> bool:
    async with opened.engine.reading() as connection:
        rows = await connection.fetch(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
    return bool(rows)


async def log_of(store: SQLStore) -> list[StatusChange]:
    async with store.reading() as work:
        return await work.changes.list_after(ACCOUNT, 0, 10_000)


async def test_log_is_read_with_what_tells_its_orders_apart(store: SQLStore) -> None:
    await add_accounts(store)
    await add_order(store, order(1, names=names("one.example.com"), placed_by=APIKeyId(1001)))
    await add_order(store, order(2, names=names("two.example.com"), placed_by=APIKeyId(1002)))
    await add_order(store, order(3, account_id=OTHER_ACCOUNT))
    async with store.reading() as work:
        logged = await work.changes.list_logged(ACCOUNT, 0, 10)
        assert [(each.common_name, each.placed_by) for each in logged] == [
            ("one.example.com", 1001),
            ("two.example.com", 1002),
        ]
        assert [each.change for each in logged] == await work.changes.list_after(ACCOUNT, 0, 10)
        assert await work.changes.list_logged(ACCOUNT, 0, 1) == logged[:1]
        assert await work.changes.list_logged(ACCOUNT, 1, 10) == logged[1:]
        assert await work.changes.list_logged(ACCOUNT, 2, 10) == []


async def test_log_ends_at_the_last_committed_change(store: SQLStore) -> None:
    await add_accounts(store)
    await add_order(store, order(1))
    await add_order(store, order(2))
    async with store.reading() as work:
        ends = [await work.changes.find_end(AccountId(number)) for number in (ACCOUNT, OTHER_ACCOUNT, 999)]
        assert await work.changes.find_ends() == {ACCOUNT: 2, OTHER_ACCOUNT: 0}
    assert ends == [2, 0, 0]


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

    await add_order(
        store, order(8, placed_by=APIKeyId(1002), status_changed_at=NOON, certificate_id=CertificateId(77))
    )

    async with store.reading() as work:

        async def changed(low: int, high: int, limit: int = 10, **more: Any) -> list[OrderId]:
            found = await work.changes.list_changed_orders(
                ACCOUNT, NOON + low * minute, NOON + high * minute, limit=limit, **more
            )
            return [row.id for row in found]

        assert list(await work.changes.list_changed_orders(ACCOUNT, NOON, NOON, limit=1)) == [
            ChangedOrder(
                id=OrderId(8),
                certificate_id=CertificateId(77),
                status=OrderStatus.PENDING,
                changed_at=NOON,
            )
        ]
        assert await changed(2, 4) == [4, 3, 2]
        assert await changed(4, 2) == []
        assert await changed(0, 60, offset=1, limit=2) == [5, 4]
        assert await changed(0, 60, offset=6) == []
        assert await changed(0, 60, offset=10**30, limit=10**30) == []
        assert await changed(0, 60, below=OrderId(4)) == [3, 2, 1]
        assert await changed(0, 60, below=OrderId(1)) == []
        assert await changed(0, 60, below=OrderId(5), offset=1, limit=1) == [3]
        assert await changed(0, 60, placed_by=APIKeyId(1002)) == [8]
        assert await changed(1, 60, placed_by=APIKeyId(1002)) == []


async def test_changed_orders_are_read_from_an_index_alone(tmp_path: Path) -> None:
    async with open_store(str(tmp_path / "test.db")) as opened, opened.engine.reading() as connection:
        plan = await connection.fetch(f"EXPLAIN QUERY PLAN {CHANGED_ORDERS.format(more='')}", *[0] * 6)
    assert "USING COVERING INDEX orders_by_change" in plan[0][3]


async def test_order_that_changed_again_leaves_the_span(store: SQLStore) -> None:
    await add_accounts(store)
    stored = await add_order(store, order(1))
    later = NOON + timedelta(hours=1)

    async with store.writing() as work:
        await work.orders.record(stored.apply(Action.CANCEL, actor=KEY, reason="", at=later))
    async with store.reading() as work:
        assert not await work.changes.list_changed_orders(ACCOUNT, NOON, NOON, limit=10)
        (row,) = await work.changes.list_changed_orders(ACCOUNT, later, later, limit=10)
    assert (row.id, row.status, row.changed_at) == (1, OrderStatus.CANCELED, later)
