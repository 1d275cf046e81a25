"""Group commit on SQLite: who is committed with whom, who is undone alone, and that nobody is let go too early."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import apsw
import pytest

from certwright.domain.errors import CertwrightError, Conflict, StaleRecord, Unavailable
from certwright.store import group_commit
from certwright.store.sqlite_engine import SQLiteEngine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from certwright.store.engine import Connection

_TABLE = "CREATE TABLE things (id BIGINT NOT NULL PRIMARY KEY)"
_ADD = "INSERT INTO things (id) VALUES ($1)"


class Opened:
    """An engine on a file with one empty table; ``commits`` counts what went to the disk."""

    def __init__(self, engine: SQLiteEngine) -> None:
        self.engine = engine
        self.commits = 0
        self.at_commit: Callable[[], bool] = lambda: False
        self.raw: apsw.Connection = engine._writer._connection._raw
        self.raw.set_commit_hook(self._committing)

    def _committing(self) -> bool:
        self.commits += 1
        return self.at_commit()

    async def add(self, number: int) -> None:
        async with self.engine.writing() as connection:
            await connection.execute(_ADD, number)

    async def stored(self) -> list[int]:
        async with self.engine.reading() as connection:
            return [row[0] for row in await connection.fetch("SELECT id FROM things ORDER BY id")]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    engine = SQLiteEngine(tmp_path / "test.db")
    async with engine.writing() as connection:
        await connection.execute(engine.translate_ddl(_TABLE))
    yield Opened(engine)
    await engine.close()


@asynccontextmanager
async def held_commit(opened: Opened) -> AsyncIterator[threading.Event]:
    """Let the next commit begin and wait in its thread until the event is set."""
    begun, go_on = threading.Event(), threading.Event()

    def wait() -> bool:
        begun.set()
        return not go_on.wait(20)

    opened.at_commit = wait
    writer = asyncio.create_task(opened.add(1000))
    assert await asyncio.to_thread(begun.wait, 20)
    opened.at_commit = lambda: False
    try:
        yield go_on
    finally:
        go_on.set()
        await writer


async def test_units_that_come_while_one_is_committed_are_committed_together(opened: Opened) -> None:
    async with held_commit(opened) as go_on:
        writers = [asyncio.create_task(opened.add(number)) for number in range(20)]
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(*writers)
    assert await opened.stored() == [*range(20), 1000]
    assert opened.commits == 2


async def test_single_writer_is_committed_by_itself(opened: Opened) -> None:
    for number in range(3):
        await opened.add(number)
    assert opened.commits == 3


async def test_while_one_is_committed_others_read_and_its_block_has_not_ended(opened: Opened) -> None:
    async with held_commit(opened) as go_on:
        late = asyncio.create_task(opened.add(1))
        for _ in range(20):
            assert await opened.stored() == []
            await asyncio.sleep(0)
        assert not late.done()
        go_on.set()
        await late
    assert await opened.stored() == [1, 1000]


async def test_block_ends_after_its_work_can_be_seen(opened: Opened) -> None:
    async def write(number: int) -> None:
        await opened.add(number)
        assert number in await opened.stored()

    await asyncio.gather(*(write(number) for number in range(100)))


async def test_unit_that_fails_is_undone_alone(opened: Opened) -> None:
    async def fail() -> None:
        async with opened.engine.writing() as connection:
            await connection.execute(_ADD, 2)
            raise ZeroDivisionError

    async def break_the_key() -> None:
        async with opened.engine.writing() as connection:
            await connection.execute(_ADD, 100)
            await connection.execute(_ADD, 1)

    async with held_commit(opened) as go_on:
        writers = [opened.add(1), fail(), opened.add(3), break_the_key(), opened.add(4)]
        tasks = [asyncio.create_task(writer) for writer in writers]
        await asyncio.sleep(0)
        go_on.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results if result] == [ZeroDivisionError, Conflict]
    assert await opened.stored() == [1, 3, 4, 1000]
    assert opened.commits == 2


async def test_commit_that_fails_fails_all_its_units(opened: Opened) -> None:
    async with held_commit(opened) as go_on:
        writers = [asyncio.create_task(opened.add(number)) for number in range(5)]
        await asyncio.sleep(0)
        opened.at_commit = lambda: True  # refuses
        go_on.set()
        results = await asyncio.gather(*writers, return_exceptions=True)
    assert all(isinstance(result, CertwrightError) for result in results)
    opened.at_commit = lambda: False
    assert await opened.stored() == [1000]
    await opened.add(7)
    assert await opened.stored() == [7, 1000]


async def test_fault_that_rests_on_another_unit_waits_for_its_commit(opened: Opened) -> None:
    async def refused() -> None:
        async with opened.engine.writing() as connection:
            await connection.execute(_ADD, 1)

    async with held_commit(opened) as go_on:
        first, second = asyncio.create_task(opened.add(1)), asyncio.create_task(refused())
        await asyncio.sleep(0)
        opened.at_commit = lambda: True
        go_on.set()
        results = await asyncio.gather(first, second, return_exceptions=True)
    # That there is a 1 already was never true.
    assert [type(result) for result in results] == [type(results[0])] * 2
    opened.at_commit = lambda: False
    await opened.add(1)


async def test_transaction_that_the_database_gave_up_fails_all_its_units(opened: Opened) -> None:
    async def give_up() -> None:
        async with opened.engine.writing() as connection:
            await connection.execute(_ADD, 2)
            opened.raw.execute("ROLLBACK")  # as SQLite does itself when the disk is full
            raise Unavailable("The disk is full")

    async with held_commit(opened) as go_on:
        tasks = [asyncio.create_task(work) for work in (opened.add(1), give_up(), opened.add(3))]
        await asyncio.sleep(0)
        go_on.set()
        first, second, third = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(first, Exception)
    assert isinstance(second, Unavailable)
    assert third is None
    assert await opened.stored() == [3, 1000]


async def test_units_whose_callers_are_gone_are_committed_with_the_others(opened: Opened) -> None:
    async with held_commit(opened) as go_on:
        tasks = [asyncio.create_task(opened.add(number)) for number in range(3)]
        await asyncio.sleep(0)
        tasks[0].cancel()  # queues
        go_on.set()
        await tasks[1]
        tasks[2].cancel()  # is on the disk, or waits for it
        with suppress(asyncio.CancelledError):
            await tasks[2]
    assert await opened.stored() == [1, 2, 1000]


async def test_unit_that_is_canceled_at_work_is_undone(opened: Opened) -> None:
    async def hang(connection: Connection) -> None:
        await connection.execute(_ADD, 1)
        await asyncio.sleep(60)

    async def work() -> None:
        async with opened.engine.writing() as connection:
            await hang(connection)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await opened.add(2)
    assert await opened.stored() == [2]


async def test_batch_has_a_limit(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "_MOST_UNITS", 4)
    async with held_commit(opened) as go_on:
        writers = [asyncio.create_task(opened.add(number)) for number in range(20)]
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(*writers)
    assert opened.commits == 6
    assert await opened.stored() == [*range(20), 1000]


async def test_another_process_is_waited_for_and_the_loop_goes_on(opened: Opened, tmp_path: Path) -> None:
    other = apsw.Connection(str(tmp_path / "test.db"))
    other.execute("BEGIN IMMEDIATE")
    writer = asyncio.create_task(opened.add(1))
    for _ in range(20):
        await asyncio.sleep(0.001)
        assert await opened.stored() == []
    other.execute("COMMIT")
    await writer
    assert await opened.stored() == [1]


async def test_another_process_is_not_waited_for_for_ever(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_BUSY_SECONDS", 0.0)
    other = apsw.Connection(str(tmp_path / "test.db"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StaleRecord):
        await opened.add(1)
    other.execute("ROLLBACK")
    await opened.add(2)
    assert await opened.stored() == [2]


async def test_writer_of_long_batches_lets_another_process_in(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import writes back to back; the server beside it looks now and then, and finds the file free before long."""
    monkeypatch.setattr(group_commit, "_LONG_BATCH_SECONDS", 0.0)
    waits: list[int] = []
    units = 0

    def write_beside() -> None:
        other = apsw.Connection(str(tmp_path / "test.db"))
        for number in range(10):
            before = units
            while units == before:  # until the file is in use again
                time.sleep(group_commit._BUSY_PAUSE_SECONDS)
            before = units
            while True:
                try:
                    other.execute("BEGIN IMMEDIATE")
                    break
                except apsw.BusyError:
                    time.sleep(group_commit._BUSY_PAUSE_SECONDS)
            other.execute("INSERT INTO things (id) VALUES (?)", (100_000_000 + number,))
            other.execute("COMMIT")
            waits.append(units - before)
        other.close()

    beside = asyncio.create_task(asyncio.to_thread(write_beside))
    while not beside.done():
        async with opened.engine.writing() as connection:
            await connection.execute_many(_ADD, [(5000 * units + number,) for number in range(5000)])
        units += 1
    await beside
    assert sum(waits) <= 2 * len(waits)


async def test_closing_waits_for_the_commit(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    engine = SQLiteEngine(path)
    async with engine.writing() as connection:
        await connection.execute(engine.translate_ddl(_TABLE))
    task = asyncio.create_task(Opened(engine).add(1))
    await asyncio.sleep(0)
    await engine.close()
    await task
    assert list(apsw.Connection(str(path)).execute("SELECT id FROM things")) == [(1,)]
