"""Requests over an allowance are refused until its span is over; nobody pays for another."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from certwright.domain.errors import LimitExceeded
from certwright.web.shared.rate_limits import Allowance, RateLimits


async def test_requests_over_an_allowance_are_refused() -> None:
    limits = RateLimits(Allowance(requests=3, span=timedelta(minutes=3)))
    for _ in range(3):
        await limits.count("1")
    for _ in range(2):
        with pytest.raises(LimitExceeded) as refused:
            await limits.count("1")
        assert refused.value.retry_after_seconds in {179, 180}
    await limits.count("2")


async def test_every_allowance_must_hold() -> None:
    limits = RateLimits(
        Allowance(requests=5, span=timedelta(days=30)), Allowance(requests=2, span=timedelta(seconds=5))
    )
    await limits.count("1")
    await limits.count("1")
    with pytest.raises(LimitExceeded) as refused:
        await limits.count("1")
    assert refused.value.retry_after_seconds in {4, 5}


async def test_refused_requests_do_not_count() -> None:
    limits = RateLimits(
        Allowance(requests=1, span=timedelta(seconds=1)), Allowance(requests=2, span=timedelta(days=1))
    )
    await limits.count("1")
    for _ in range(5):
        with pytest.raises(LimitExceeded) as refused:
            await limits.count("1")
        assert refused.value.retry_after_seconds == 1


async def test_nothing_sets_no_limit() -> None:
    limits = RateLimits(Allowance(requests=0, span=timedelta(days=1)))
    for _ in range(1000):
        await limits.count("1")


class _Seconds:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_no_span_holds_more_than_a_rolling_allowance() -> None:
    clock = _Seconds()
    limits = RateLimits(Allowance(requests=3, span=timedelta(seconds=5), rolling=True), clock=clock)
    taken: list[float] = []
    waits: list[int | None] = []
    for _ in range(200):
        try:
            await limits.count("1")
            taken.append(clock.now)
        except LimitExceeded as refused:
            waits.append(refused.retry_after_seconds)
        clock.now += 0.25
    for first in taken:
        assert sum(first <= each < first + 5 for each in taken) <= 3
    assert len(taken) == 3 * 10  # as many as there may be: 3 in each 5 of 50 seconds
    assert set(waits) == {1, 2, 3, 4, 5}
    await limits.count("2")


async def test_rolling_and_other_allowances_hold_together() -> None:
    clock = _Seconds()
    limits = RateLimits(
        Allowance(requests=2, span=timedelta(seconds=5), rolling=True),
        Allowance(requests=3, span=timedelta(minutes=3), rolling=True),
        Allowance(requests=4, span=timedelta(days=1)),
        clock=clock,
    )
    waits = []
    for _ in range(6):
        try:
            await limits.count("1")
        except LimitExceeded as refused:
            waits.append(refused.retry_after_seconds)
        clock.now += 2
    assert waits == [1, 172, 170]
    clock.now += 180
    await limits.count("1")
    with pytest.raises(LimitExceeded) as over:
        await limits.count("1")
    assert (over.value.retry_after_seconds or 0) > 86_000


async def test_holders_that_rest_are_forgotten() -> None:
    clock = _Seconds()
    limits = RateLimits(Allowance(requests=1, span=timedelta(seconds=5), rolling=True), clock=clock)
    for holder in range(100):
        await limits.count(str(holder))
    clock.now += 61
    await limits.count("0")
    assert len(limits._rolling[0]._taken) == 1


async def test_spans_that_are_over_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    limits = RateLimits(Allowance(requests=1, span=timedelta(seconds=5)))
    for holder in range(100):
        await limits.count(str(holder))
    monkeypatch.setattr(time, "time", lambda: now + 61)
    await limits.count("0")
    assert len(limits._limiter.storage.expirations) == 1  # type: ignore[attr-defined]
    with pytest.raises(LimitExceeded):
        await limits.count("0")
