"""Units of work on SQLite's one writing connection, those that come together under one commit.

A commit waits for the disk; so much else can be written in that time that each unit of work should not wait alone. The
first unit of a batch begins a transaction and queues the batch's commit behind the units that wait already. Each of
them runs between a savepoint and its release, so one that fails is undone alone. Then one COMMIT, in a thread, puts all
of them on the disk; only then do their blocks end, well or with the fault of the commit:

    unit ─► unit ─► unit ─► COMMIT (thread) ─► all blocks end
                              └ others read; the next units queue for the next batch

A unit that fails also waits for the commit, for what it found may be the work of another one that is not stored yet.
With a single writer nobody is waited for: its commit is next in the queue.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import apsw

from certwright.domain.errors import StaleRecord
from certwright.store.sqlite_connection import translated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from certwright.store.sqlite_connection import SQLiteConnection

_MOST_UNITS = 64
_LONGEST_SECONDS = 0.01
_BUSY_SECONDS = 10.0
_BUSY_PAUSE_SECONDS = 0.002


class GroupCommit:
    """Runs units of work one after the other, and commits them in batches."""

    def __init__(self, connection: SQLiteConnection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()  # held by whoever uses the connection; first come, first served
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-commit")
        self._batch: _Batch | None = None
        self._commit: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[SQLiteConnection]:
        """Run a unit of work; its block ends when the commit that holds it is on the disk."""
        fault: Exception | None = None
        await self._take_turn()
        try:
            with translated():
                batch = self._batch or await self._begin()
                try:
                    self._connection.run("SAVEPOINT unit")
                    yield self._connection
                    self._connection.run("RELEASE unit")
                    batch.units += 1
                except BaseException:
                    self._undo_unit(batch)
                    raise
        except Exception as raised:
            if self._batch is None:
                raise
            fault = raised
        finally:
            self._turn.release()
        await batch.wait()
        if fault is not None:
            raise fault

    async def close(self) -> None:
        """Commit what is open and close the connection."""
        if self._commit is not None:
            await self._commit
        self._thread.shutdown()
        self._connection.close()

    async def _take_turn(self) -> None:
        await self._turn.acquire()
        while self._batch is not None and self._batch.is_full:
            full = self._batch
            self._turn.release()  # to its commit, which queues
            await full.ended.wait()
            await self._turn.acquire()

    async def _begin(self) -> _Batch:
        """Begin a batch, once no other process writes; the loop must go on, for the other may be in this process."""
        give_up_at = asyncio.get_running_loop().time() + _BUSY_SECONDS
        while not self._connection.begin_writing():
            if asyncio.get_running_loop().time() >= give_up_at:
                raise StaleRecord("The database was busy")
            await asyncio.sleep(_BUSY_PAUSE_SECONDS)
        self._batch = _Batch(rows_before=self._connection.rows_changed)
        self._commit = asyncio.create_task(self._commit_in_turn(self._batch))
        return self._batch

    def _undo_unit(self, batch: _Batch) -> None:
        try:
            self._connection.run("ROLLBACK TO unit")
            self._connection.run("RELEASE unit")
        except (
            apsw.Error
        ) as cause:  # SQLite has given up the whole transaction, as it does when the disk is full
            self._lose(batch, cause)

    async def _commit_in_turn(self, batch: _Batch) -> None:
        """Commit a batch after those who queued when it began. A task of its own, as those who wait may be canceled."""
        async with self._turn:
            if batch is not self._batch:
                return  # lost
            try:
                await self._commit_now(batch)
            except apsw.Error as cause:
                self._lose(batch, cause)
            else:
                self._batch = None
                batch.end()

    async def _commit_now(self, batch: _Batch) -> None:
        if self._connection.rows_changed == batch.rows_before:
            self._connection.run("COMMIT")  # nothing goes to the disk
        else:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.run, "COMMIT")

    def _lose(self, batch: _Batch, cause: apsw.Error) -> None:
        self._batch = None
        if self._connection.is_in_transaction:
            self._connection.run("ROLLBACK")
        batch.end(cause)


class _Batch:
    """The units of work of one transaction."""

    def __init__(self, *, rows_before: int) -> None:
        self.rows_before = rows_before
        self.units = 0
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._full_at = self._loop.time() + _LONGEST_SECONDS
        self._fault: apsw.Error | None = None

    @property
    def is_full(self) -> bool:
        """Whether the next unit should wait for another batch."""
        return self.units >= _MOST_UNITS or self._loop.time() >= self._full_at

    def end(self, fault: apsw.Error | None = None) -> None:
        """Let the units go: all is on the disk, or nothing."""
        self._fault = fault
        self.ended.set()

    async def wait(self) -> None:
        """Wait for the end.

        Raises:
            Unavailable: the commit failed.
        """
        await self.ended.wait()
        if self._fault is not None:
            with translated():
                raise self._fault
