"""Instants have one length, so that texts sort as they do."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from certwright.web.native.translate.instants import rfc3339
from tests.support.clock import NOON


def test_microseconds_are_always_written() -> None:
    assert rfc3339(NOON) == "2026-11-22T12:00:00.000000Z"
    assert rfc3339(NOON + timedelta(microseconds=7)) == "2026-11-22T12:00:00.000007Z"


def test_every_zone_is_told_in_utc() -> None:
    there = datetime(2026, 11, 22, 20, 0, tzinfo=timezone(timedelta(hours=8)))
    assert rfc3339(there) == "2026-11-22T12:00:00.000000Z"
