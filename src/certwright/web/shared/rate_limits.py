"""How many requests a holder of credentials may send in a span, as the vendors limit their own customers.

A span begins with the first request and is forgotten at its end; a request that is refused does not count. The counts
are kept in memory: they begin anew with the process, and each process of several has its own.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from certwright.domain.errors import LimitExceeded

if TYPE_CHECKING:
    from datetime import timedelta

_SWEEP_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """So many requests in a span; 0 sets no limit."""

    requests: int
    span: timedelta


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


class RateLimits:
    """Counts requests against allowances, all of which must hold."""

    def __init__(self, *allowances: Allowance) -> None:
        self._items: list[RateLimitItem] = [
            RateLimitItemPerSecond(allowance.requests, int(allowance.span.total_seconds()))
            for allowance in allowances
            if allowance.requests
        ]
        self._limiter = FixedWindowRateLimiter(_Counters())

    async def count(self, holder: str) -> None:
        """Count a request.

        Raises:
            LimitExceeded: the holder has sent too many, with the seconds after which the next is taken.
        """
        for item in self._items:
            if not await self._limiter.test(item, holder):
                stats = await self._limiter.get_window_stats(item, holder)
                seconds = max(math.ceil(stats.reset_time - time.time()), 1)
                raise LimitExceeded("Too many requests: slow down", retry_after_seconds=seconds)
        for item in self._items:
            await self._limiter.hit(item, holder)
