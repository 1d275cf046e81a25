"""How many requests a holder of credentials may send in a span, as the vendors limit their own customers.

A span begins with the first request and is forgotten at its end; that of a rolling allowance ends with each request, so that
no span of its length ever holds more. A request that is refused does not count. The counts are kept in memory: they begin
anew with the process, and each process of several has its own.
"""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from certwright.domain.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

_SWEEP_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """So many requests in a span; 0 sets no limit.

    A ``rolling`` one remembers the instant of each of them, and so is for numbers that are not large.
    """

    requests: int
    span: timedelta
    rolling: bool = False


class _Counters(MemoryStorage):
    """The library's counters, swept once a minute: left alone, they are all looked at after every request."""

    def __init__(self) -> None:
        super().__init__()
        self._swept_at = time.time()

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, beginning a new span where none is under way, and return the count."""
        now = time.time()
        count = await self.get(key) + amount
        self.storage[key] = count
        self.expirations.setdefault(key, now + expiry)
        if now - self._swept_at >= _SWEEP_SECONDS:
            self._swept_at = now
            for other in list(self.expirations):
                await self.get(other)  # forgets what is over
        return count


class _RollingCounter:
    """When each holder's last requests were taken, as many as are allowed."""

    def __init__(self, allowance: Allowance) -> None:
        self._most = allowance.requests
        self._seconds = allowance.span.total_seconds()
        self._taken: dict[str, deque[float]] = {}
        self._swept_at = 0.0

    def wait(self, holder: str, now: float) -> float:
        """Return after how many seconds the next request is taken."""
        taken = self._taken.get(holder)
        if taken is None or len(taken) < self._most:
            return 0
        return max(taken[0] + self._seconds - now, 0)

    def add(self, holder: str, now: float) -> None:
        """Take a request."""
        self._taken.setdefault(holder, deque(maxlen=self._most)).append(now)
        if now - self._swept_at >= _SWEEP_SECONDS:
            self._swept_at = now
            over = [each for each, taken in self._taken.items() if taken[-1] + self._seconds <= now]
            for each in over:
                del self._taken[each]


class RateLimits:
    """Counts requests against allowances, all of which must hold; ``clock`` tells seconds that never go back."""

    def __init__(self, *allowances: Allowance, clock: Callable[[], float] = time.monotonic) -> None:
        some = [allowance for allowance in allowances if allowance.requests]
        self._items: list[RateLimitItem] = [
            RateLimitItemPerSecond(allowance.requests, int(allowance.span.total_seconds()))
            for allowance in some
            if not allowance.rolling
        ]
        self._limiter = FixedWindowRateLimiter(_Counters())
        self._rolling = [_RollingCounter(allowance) for allowance in some if allowance.rolling]
        self._clock = clock

    async def count(self, holder: str) -> None:
        """Count a request.

        Raises:
            LimitExceeded: the holder has sent too many, with the seconds after which the next is taken.
        """
        for item in self._items:
            if not await self._limiter.test(item, holder):
                stats = await self._limiter.get_window_stats(item, holder)
                raise _too_many(stats.reset_time - time.time())
        now = self._clock()
        waits = [counter.wait(holder, now) for counter in self._rolling]
        if any(waits):
            raise _too_many(max(waits))
        for item in self._items:
            await self._limiter.hit(item, holder)
        for counter in self._rolling:
            counter.add(holder, now)


def _too_many(seconds: float) -> LimitExceeded:
    return LimitExceeded("Too many requests: slow down", retry_after_seconds=max(math.ceil(seconds), 1))
