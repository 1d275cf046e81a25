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
