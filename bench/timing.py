"""Samples of durations, and loops that take them, bounded in count and in time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@dataclass(frozen=True, slots=True)
class Sample:
    """Durations in seconds, in the order in which they were taken."""

    seconds: list[float] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.seconds)

    def quantile_ms(self, share: float) -> float:
        """Return the duration in milliseconds that a share of all does not exceed (nearest rank); 0 if there is none."""
        if not self.seconds:
            return 0.0
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def p50_ms(self) -> float:
        """The median."""
        return self.quantile_ms(0.50)

    @property
    def p95_ms(self) -> float:
        """What one in twenty exceeds."""
        return self.quantile_ms(0.95)


@dataclass(frozen=True, slots=True)
class Throughput:
    """What several clients got done together; ``begun_at`` is the clock's, in seconds since 1970."""

    sample: Sample
    elapsed_seconds: float
    begun_at: float

    @property
    def per_second(self) -> float:
        """Calls a second, all clients together."""
        return self.sample.count / self.elapsed_seconds


async def measure(
    call: Callable[[], Awaitable[object]], *, most: int, seconds: float, fewest: int = 5, warm_up: int = 3
) -> Sample:
    """Time a call again and again, one after the other, after a few that do not count."""
    for _ in range(warm_up):
        await call()
    sample = Sample()
    give_up_at = time.perf_counter() + seconds
    while sample.count < most and (sample.count < fewest or time.perf_counter() < give_up_at):
        begun = time.perf_counter()
        await call()
        sample.seconds.append(time.perf_counter() - begun)
    return sample
