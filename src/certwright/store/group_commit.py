"""Units of work on SQLite's one writing connection, those that come together under one commit.

A commit waits for the disk; so much else can be written in that time that each unit of work should not wait alone. The
first unit of a batch begins a transaction, and the units that wait already run in it too, each between a savepoint and
its release, so that one that fails is undone alone. When none waits any more, or the batch is full, one COMMIT, in a
thread, puts all of them on the disk; only then do their blocks end, well or with the fault of the commit:

    unit ─► unit ─► unit ─► COMMIT (thread) ─► all blocks end
                              └ others read; units that come now wait for the next batch

A unit that fails also waits for the commit, for what it found may be the work of another one that is not stored yet.
With a single writer nobody is waited for: its commit follows at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
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
_LONG_BATCH_SECONDS = 0.03
_GAP_SECONDS = 3 * _BUSY_PAUSE_SECONDS
"""After a long batch, as an import writes them back to back, nothing is begun for so long: else another process, which looks
now and then whether the file is free, would hardly ever find it so."""


class GroupCommit:
    """Runs units of work one after the other, first come, first served, and commits them in batches."""

    def __init__(self, connection: SQLiteConnection) -> None:
        self._connection = connection
        self._is_used = False
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._batch: _Batch | None = None
        self._commit: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-commit")
        self._rests_until = 0.0

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
            self._pass_turn()
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
        if self._is_used or self._waiting:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if not turn.cancelled():  # the turn came in the same moment
                    self._pass_turn()
                raise
        self._is_used = True

    def _pass_turn(self) -> None:
        """Let the next unit run, or the commit, which others may still precede that are about to come."""
        self._is_used = False
        while self._waiting and not (self._batch is not None and self._batch.is_full):
            turn = self._waiting.popleft()
            if not turn.done():
                self._is_used = True
                turn.set_result(None)
                return
        if self._batch is not None and (self._commit is None or self._commit.done()):
            # A task of its own, for those who wait may be canceled.
            self._commit = asyncio.create_task(self._commit_batch())

    async def _begin(self) -> _Batch:
        """Begin a batch, once no other process writes; the loop must go on, for the other may be in this process."""
        now = asyncio.get_running_loop().time()
        if now < self._rests_until:
            await asyncio.sleep(self._rests_until - now)
        give_up_at = now + _BUSY_SECONDS
        while not self._connection.begin_writing():
            if asyncio.get_running_loop().time() >= give_up_at:
                raise StaleRecord("The database was busy")
            await asyncio.sleep(_BUSY_PAUSE_SECONDS)
        self._batch = _Batch(rows_before=self._connection.rows_changed)
        return self._batch

    def _undo_unit(self, batch: _Batch) -> None:
        try:
            self._connection.run("ROLLBACK TO unit")
            self._connection.run("RELEASE unit")
        except (
            apsw.Error
        ) as cause:  # SQLite has given up the whole transaction, as it does when the disk is full
            self._lose(batch, cause)

    async def _commit_batch(self) -> None:
        batch = self._batch
        if self._is_used or batch is None:
            return  # a unit came first, after which the commit is asked for again
        self._is_used = True
        try:
            if self._connection.rows_changed == batch.rows_before:
                self._connection.run("COMMIT")  # nothing goes to the disk
            else:
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._thread, self._connection.run, "COMMIT")
        except apsw.Error as cause:
            self._lose(batch, cause)
        else:
            self._batch = None
            if batch.age_seconds >= _LONG_BATCH_SECONDS:
                self._rests_until = asyncio.get_running_loop().time() + _GAP_SECONDS
            batch.end()
        finally:
            self._pass_turn()

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
        self._ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._begun_at = self._loop.time()
        self._fault: apsw.Error | None = None

    @property
    def is_full(self) -> bool:
        """Whether the units that wait should wait for another batch."""
        return self.units >= _MOST_UNITS or self.age_seconds >= _LONGEST_SECONDS

    @property
    def age_seconds(self) -> float:
        """How long ago the batch was begun."""
        return self._loop.time() - self._begun_at

    def end(self, fault: apsw.Error | None = None) -> None:
        """Let the units go: all is on the disk, or nothing."""
        self._fault = fault
        self._ended.set()

    async def wait(self) -> None:
        """Wait for the end.

        Raises:
            Unavailable: the commit failed.
        """
        await self._ended.wait()
        if self._fault is not None:
            with translated():
                raise self._fault
