"""How far accounts' logs are known to reach: at once for what this process commits, by one poll a second for the rest.

Searches ask, so that indexes need not find it out, and the followers of a log are woken. Other processes on the same
database commit too, so the counters of all logs that somebody waits for are looked at together, whoever and however many wait. While nobody does, nothing is asked.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.errors import CertwrightError
from certwright.store.engine import placeholders

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from certwright.domain.ids import AccountId
    from certwright.store.engine import Engine

_log = logging.getLogger(__name__)

_AT_ONCE = 50
_SELECT = (
    f"SELECT account_id, last_sequence FROM change_counters WHERE account_id IN ({placeholders(_AT_ONCE)})"
)


class SQLChangeSignal:
    """The signal of one process; ``polling`` has to be entered for what other processes commit."""

    def __init__(self, engine: Engine, *, poll_every: timedelta = timedelta(seconds=1)) -> None:
        self._engine = engine
        self._poll_every = poll_every
        self._logs: dict[AccountId, _WatchedLog] = {}
        self._ends: dict[AccountId, int] = {}
        self.is_closed = False

    @contextmanager
    def watch(self, account_id: AccountId) -> Iterator[_WatchedLog]:
        """Begin to watch an account's log; end with the block."""
        log = self._logs.setdefault(account_id, _WatchedLog(is_closed=self.is_closed))
        log.watchers += 1
        try:
            yield log
        finally:
            log.watchers -= 1
            if not log.watchers:
                del self._logs[account_id]

    def note(self, ends: Mapping[AccountId, int]) -> None:
        """Take note of how far logs reach, and wake who waited for that."""
        for account_id, end in ends.items():
            self._ends[account_id] = max(end, self.end_of(account_id))
            if account_id in self._logs:
                self._logs[account_id].grow(end)

    def end_of(self, account_id: AccountId) -> int:
        """Return the number up to which an account's log is known to reach, or 0; it may reach further."""
        return self._ends.get(account_id, 0)

    def close(self) -> None:
        """Wake everybody for good."""
        self.is_closed = True
        for log in self._logs.values():
            log.close()

    @asynccontextmanager
    async def polling(self) -> AsyncIterator[None]:
        """Look at the counters of the watched logs again and again while the block runs."""
        poller = asyncio.create_task(self._poll())
        try:
            yield
        finally:
            poller.cancel()
            with suppress(asyncio.CancelledError):
                await poller

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._poll_every.total_seconds())
            try:
                await self._look()
            except CertwrightError as failure:
                # The database may be away for a while; who waits outlives that.
                _log.warning("The logs could not be looked at: %s", failure.message)

    async def _look(self) -> None:
        """Read the counters of all watched logs, many with one statement of one form."""
        watched = iter(list(self._logs))
        while some := list(itertools.islice(watched, _AT_ONCE)):
            filled = [*some, *itertools.repeat(some[-1], _AT_ONCE - len(some))]
            async with self._engine.reading() as connection:
                rows = await connection.fetch(_SELECT, *filled)
            self.note({row[0]: row[1] for row in rows})


class _WatchedLog:
    """How far one log is known to reach, and who waits for more."""

    def __init__(self, *, is_closed: bool) -> None:
        self.watchers = 0
        self._end = 0
        self._is_closed = is_closed
        self._news = asyncio.Event()

    async def wait_beyond(self, sequence: int, within: timedelta) -> bool:
        """Wait until the log reaches beyond a sequence number; false when time is up or the signal is closed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within.total_seconds()):
                while self._end <= sequence and not self._is_closed:
                    await self._news.wait()
        return self._end > sequence and not self._is_closed

    def grow(self, end: int) -> None:
        """Take note of where the log ends."""
        if end > self._end:
            self._end = end
            self._wake()

    def close(self) -> None:
        """Let nobody wait any more."""
        self._is_closed = True
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
