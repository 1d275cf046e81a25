"""Instants as WebNIC writes them: whole seconds of Malaysian time, which has known no summer time since 1981."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=8))
"""The clock of the dates, and of the months that are counted."""

_OFFSET = "+08:00"


def instant_text(at: datetime) -> str:
    """Write an instant like ``2024-11-07T15:24:25+08:00``."""
    # Two of them are in every row of a list; of an instant without a zone the text is made three times as fast.
    return f"{at.astimezone(ZONE).replace(tzinfo=None, microsecond=0).isoformat()}{_OFFSET}"


def find_instant_text(at: datetime | None) -> str | None:
    """Write an instant that may not have come yet."""
    return None if at is None else instant_text(at)
