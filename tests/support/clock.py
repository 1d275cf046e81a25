"""A clock that stands still until it is told to move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


class FrozenClock:
    """Tells the same instant until ``advance`` is called."""

    def __init__(self, at: datetime = NOON) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def advance(self, span: timedelta) -> None:
        self._at += span
