"""Who waits for a log is woken by this process at once, by another's commit soon, and by nothing else."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest

from certwright.domain.errors import Unavailable
from certwright.domain.ids import AccountId
from certwright.store.change_signal import SQLChangeSignal
from certwright.store.unit_of_work import SQLStore
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, account, add_accounts, add_order, order

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from certwright.services.ports import ChangeWatch
    from certwright.store.engine import Connection, Engine
    from tests.support.stores import OpenStore

NEVER = timedelta(hours=1)
LONG = timedelta(seconds=60)
NOT_AT_ALL = timedelta(0)


class CountingEngine:
    """The reading side of an engine; counts how often it is used, and fails the first times."""

    def __init__(self, engine: Engine, *, failures: int = 0) -> None:
        self._engine = engine
        self._failures = failures
        self.reads = 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        self.reads += 1
        if self.reads <= self._failures:
            raise Unavailable("The database does not answer")
        async with self._engine.reading() as connection:
            yield connection


def signal_over(engine: CountingEngine, poll_every: timedelta) -> SQLChangeSignal:
    return SQLChangeSignal(cast("Engine", engine), poll_every=poll_every)


def waiting(watch: ChangeWatch, sequence: int, within: timedelta = LONG) -> asyncio.Task[bool]:
    return asyncio.create_task(watch.wait_beyond(sequence, within))


async def test_commit_of_this_process_wakes_at_once(opened: OpenStore) -> None:
    signal = SQLChangeSignal(opened.engine, poll_every=NEVER)
    store = SQLStore(opened.engine, on_changes=signal.note)
    await add_accounts(store)
    with signal.watch(ACCOUNT) as one, signal.watch(ACCOUNT) as two, signal.watch(OTHER_ACCOUNT) as other:
        waits = [waiting(one, 0), waiting(two, 0)]
        elsewhere, later = waiting(other, 0), waiting(one, 1)
        await add_order(store, order(1))
        assert await asyncio.gather(*waits) == [True, True]
        assert not elsewhere.done()
        assert not later.done()
        await add_order(store, order(2))
        assert await later
        elsewhere.cancel()


async def test_commit_between_reading_and_waiting_is_not_slept_through(opened: OpenStore) -> None:
    signal = SQLChangeSignal(opened.engine, poll_every=NEVER)
    store = SQLStore(opened.engine, on_changes=signal.note)
    await add_accounts(store)
    with signal.watch(ACCOUNT) as watch:
        await add_order(store, order(1))
        assert await watch.wait_beyond(0, LONG)
        assert not await watch.wait_beyond(1, NOT_AT_ALL)


async def test_change_that_is_rolled_back_wakes_nobody(opened: OpenStore) -> None:
    signal = SQLChangeSignal(opened.engine, poll_every=NEVER)
    store = SQLStore(opened.engine, on_changes=signal.note)
    await add_accounts(store)
    await add_order(store, order(1))
    with signal.watch(ACCOUNT) as watch:
        with pytest.raises(Exception, match="duplicate"):
            await add_order(store, order(1))
        assert not await watch.wait_beyond(0, NOT_AT_ALL)


async def test_commit_of_another_process_wakes_soon(opened: OpenStore) -> None:
    signal = SQLChangeSignal(opened.engine, poll_every=timedelta(milliseconds=5))
    await add_accounts(opened.store)
    async with signal.polling():
        with signal.watch(ACCOUNT) as watch:
            wait = waiting(watch, 0)
            await add_order(await opened.another(), order(1))
            assert await wait


async def test_all_waiters_are_served_by_one_look(opened: OpenStore) -> None:
    """Sixty accounts with three waiters each take two statements, not one hundred and eighty."""
    async with opened.store.writing() as work:
        for number in range(1, 61):
            await work.accounts.add(account(number))
    engine = CountingEngine(opened.engine)
    signal = signal_over(engine, NEVER)
    with ExitStack() as stack:
        watches = [
            stack.enter_context(signal.watch(AccountId(number))) for number in range(1, 61) for _ in range(3)
        ]
        waits = [waiting(watch, 0) for watch in watches]
        for number in range(1, 61):
            await add_order(opened.store, order(number, account_id=AccountId(number)))
        await signal._look()
        assert all(await asyncio.gather(*waits))
    assert engine.reads == 2


async def test_nothing_is_asked_while_nobody_waits(opened: OpenStore) -> None:
    engine = CountingEngine(opened.engine)
    signal = signal_over(engine, NEVER)
    with signal.watch(ACCOUNT):
        await signal._look()
    assert engine.reads == 1
    await signal._look()
    assert engine.reads == 1


async def test_database_that_is_away_for_a_while_is_asked_again(opened: OpenStore) -> None:
    signal = signal_over(CountingEngine(opened.engine, failures=2), timedelta(milliseconds=1))
    await add_accounts(opened.store)
    await add_order(opened.store, order(1))
    async with signal.polling():
        with signal.watch(ACCOUNT) as watch:
            assert await watch.wait_beyond(0, LONG)


async def test_closing_wakes_everybody_for_good(opened: OpenStore) -> None:
    signal = SQLChangeSignal(opened.engine, poll_every=NEVER)
    await add_accounts(opened.store)
    with signal.watch(ACCOUNT) as watch:
        wait = waiting(watch, 0)
        await asyncio.sleep(0)
        signal.close()
        assert not await wait
    assert signal.is_closed
    with signal.watch(ACCOUNT) as late:
        assert not await late.wait_beyond(0, LONG)


async def test_wait_ends_with_its_time(opened: OpenStore) -> None:
    signal = SQLChangeSignal(opened.engine, poll_every=NEVER)
    with signal.watch(ACCOUNT) as watch:
        assert not await watch.wait_beyond(0, timedelta(milliseconds=5))
