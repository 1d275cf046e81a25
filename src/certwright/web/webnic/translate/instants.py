"""Instants as WebNIC writes them: whole seconds of Malaysian time, which has known no summer time since 1981."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=8))
"""The clock of the dates, and of the months that are counted."""

_FORM = "%04d-%02d-%02dT%02d:%02d:%02d+08:00"


def instant_text(at: datetime) -> str:
    """Write an instant like ``2024-11-07T15:24:25+08:00``."""
    # Two of them are in every row of a list, and of an instant with a zone isoformat takes twice as long.
    there = at.astimezone(ZONE)
    return _FORM % (there.year, there.month, there.day, there.hour, there.minute, there.second)


def find_instant_text(at: datetime | None) -> str | None:
    """Write an instant that may not have come yet."""
    return None if at is None else instant_text(at)
