"""Whoever reads on in the log loses nothing, whatever the writers go through: slow ones, undone ones, killed ones.

Several processes write to one account's log while readers of every kind follow it. Each reader has to see 1, 2, 3, … n,
each number once and in this order, and at every moment nothing but a beginning of what the log is in the end.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.store.change_signal import SQLChangeSignal
from tests.house.project import ROOT
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts
from tests.support.log_writer import write
from tests.support.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from certwright.domain.change import StatusChange
    from certwright.store.unit_of_work import SQLStore
    from tests.support.stores import OpenStore

PROCESSES, TASKS, TURNS = 3, 6, 16
KILLS = 2


@dataclass(kw_only=True)
class Readers:
    """Readers of one log, which go on until they are told that it has ended, and then to its end."""

    store: SQLStore
    wakes: SQLChangeSignal
    has_ended: bool = False
    seen: list[list[StatusChange]] = field(default_factory=list)

    async def run(self) -> None:
        """Read in every way at once, until the end."""
        ways: list[Callable[[list[StatusChange], random.Random], Awaitable[None]]] = [
            self._poll, self._poll, self._poll, self._wait, self._wait, self._look_back,
        ]  # fmt: skip
        async with asyncio.TaskGroup() as group:
            for number, way in enumerate(ways):
                seen: list[StatusChange] = []
                self.seen.append(seen)
                group.create_task(self._follow(way, seen, random.Random(number)))

    async def _follow(
        self,
        way: Callable[[list[StatusChange], random.Random], Awaitable[None]],
        seen: list[StatusChange],
        chance: random.Random,
    ) -> None:
        while not self.has_ended or await self._read(len(seen), 1):
            await way(seen, chance)
            await asyncio.sleep(0.002)

    async def _poll(self, seen: list[StatusChange], chance: random.Random) -> None:
        """Ask for what lies behind the last number seen, as a client of the feed does."""
        seen.extend(await self._read(_cursor(seen), chance.choice((1, 3, 100))))

    async def _wait(self, seen: list[StatusChange], chance: random.Random) -> None:
        """Ask, and wait for a sign where there is nothing yet."""
        with self.wakes.watch(ACCOUNT) as watch:
            more = await self._read(_cursor(seen), 50)
            if not more and await watch.wait_beyond(_cursor(seen), timedelta(milliseconds=200)):
                more = await self._read(_cursor(seen), 50)
                assert more, "woken for nothing"
        seen.extend(more)

    async def _look_back(self, seen: list[StatusChange], chance: random.Random) -> None:
        """Ask from any cursor: what was read once has to be there ever after, unaltered."""
        cursor = chance.randint(0, len(seen))
        again = await self._read(cursor, 20)
        known = seen[cursor : cursor + 20]
        assert again[: len(known)] == known
        if cursor + len(again) > len(seen):
            seen.extend(again[len(seen) - cursor :])
        else:
            await self._poll(seen, chance)

    async def _read(self, cursor: int, limit: int) -> list[StatusChange]:
        async with self.store.reading() as work:
            return await work.changes.list_after(ACCOUNT, cursor, limit)


def _cursor(seen: list[StatusChange]) -> int:
    return seen[-1].sequence if seen else 0


async def test_processes_that_are_killed_while_they_write_cost_no_reader_a_change(each_place: str) -> None:
    async with open_store(each_place) as opened:
        await add_accounts(opened.store)
        wakes = SQLChangeSignal(opened.engine, poll_every=timedelta(milliseconds=20))
        readers = Readers(store=opened.store, wakes=wakes)
        async with wakes.polling():
            reading = asyncio.create_task(readers.run())
            writing = asyncio.create_task(_write_with_processes(each_place))
            # A reader that finds something wrong ends the test at once.
            await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                writing.cancel()
            else:
                readers.has_ended = True
            await reading
            committed = await writing
        await _check(opened, readers, committed)


async def test_many_tasks_of_one_process_cost_no_reader_a_change(each_place: str) -> None:
    async with open_store(each_place) as opened:
        await add_accounts(opened.store)
        wakes = SQLChangeSignal(opened.engine, poll_every=timedelta(hours=1))
        opened.store._on_changes = wakes.note
        readers = Readers(store=opened.store, wakes=wakes)
        async with asyncio.TaskGroup() as group:
            group.create_task(readers.run())
            await write(opened.store, "only", 20, 15)
            readers.has_ended = True
        await _check(opened, readers, {})


async def _write_with_processes(place: str) -> dict[str, list[tuple[int, int, int]]]:
    """Let processes write, kill some in the middle and put others in their place; return what each says it committed."""
    committed: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    async with asyncio.TaskGroup() as group:
        for number in range(PROCESSES):
            kill_after = 15 * (number + 1) if number < KILLS else None
            group.create_task(_write_with_process(place, f"{number}", committed, kill_after=kill_after))
    return committed


async def _write_with_process(
    place: str,
    writer: str,
    committed: dict[str, list[tuple[int, int, int]]],
    *,
    kill_after: int | None = None,
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.log_writer", place, writer, str(TASKS), str(TURNS),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            task, turn, changes = line.split()
            committed[writer].append((int(task), int(turn), int(changes)))
            if kill_after and len(committed[writer]) == kill_after:
                process.kill()
    except BaseException:
        process.kill()
        raise
    status = await process.wait()
    if kill_after:
        assert status == -signal.SIGKILL
        await _write_with_process(place, f"{writer} again", committed)
    else:
        assert status == 0


async def _check(
    opened: OpenStore, readers: Readers, committed: dict[str, list[tuple[int, int, int]]]
) -> None:
    async with opened.store.reading() as work:
        log = await work.changes.list_after(ACCOUNT, 0, 10**6)
        others = await work.changes.list_after(OTHER_ACCOUNT, 0, 10**6)
        assert await work.changes.find_end(ACCOUNT) == len(log)
    for each in (log, others):
        assert [change.sequence for change in each] == list(range(1, len(each) + 1))
    for seen in readers.seen:
        assert seen == log
    by_task: dict[str, list[int]] = defaultdict(list)
    for change in log:
        by_task[change.actor.id].append(int(change.reason))
    for turns in by_task.values():  # a task begins its next transaction when the last has been committed
        assert turns == sorted(turns)
    for writer, lines in committed.items():
        for task, turn, changes in lines:  # what was said to be committed is there, and whole
            assert by_task[f"{writer} {task}"].count(turn) == changes
