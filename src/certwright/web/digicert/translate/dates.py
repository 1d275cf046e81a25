"""Dates: how they are told, and the many ways in which clients write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

_WRITTEN = re.compile(
    r"(?P<year>[0-9]{1,4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"(?:[ +T](?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{1,2})(?:\.[0-9]+)?)?"
    # A plus sign comes out of a form decoder as a space.
    r"(?P<zone>Z|(?P<sign>[ +-])(?P<zone_hour>[0-9]{2}):?(?P<zone_minute>[0-9]{2}))?)?\Z"
)
_TWO_DIGITS = 2
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTime:
    """A day or a second as a client wrote it: its first and its last instant on the clock of ``zone``.

    Both are naive, so that a range of seven days stays one where clocks are put forward or back in it.
    """

    first: datetime
    last: datetime
    zone: tzinfo

    @property
    def start(self) -> datetime:
        """The first instant, in UTC."""
        return _to_utc(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The last instant, in UTC."""
        return _to_utc(self.last, self.zone)


def tell_instant(instant: datetime) -> str:
    """Write an instant as in ``2026-01-02T03:04:05+00:00``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def tell_day(instant: datetime) -> str:
    """Write the day of an instant as in ``2026-01-02``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d")


def parse_written_time(text: str, zone: tzinfo) -> WrittenTime:
    """Read a day or a second, padded with zeros or not, with a space, ``+`` or ``T`` before the time.

    It is taken as a time on the clock of ``zone`` unless it carries an offset, as the times that we tell do. The manual gives the form of the year both as ``yyyy`` and as ``yy``; two digits are a year of this century.

    Raises:
        ValueError: it is neither, or no clock can show it.
    """
    found = _WRITTEN.match(text.strip())
    if found is None:
        raise ValueError(text)
    year = int(found["year"]) + (2000 if len(found["year"]) == _TWO_DIGITS else 0)
    day = datetime(year, int(found["month"]), int(found["day"]))  # noqa: DTZ001 - the zone is kept beside it
    if found["hour"] is None:
        return _written(day, timedelta(days=1), zone)
    first = day.replace(
        hour=int(found["hour"]), minute=int(found["minute"]), second=int(found["second"] or 0)
    )
    offset = _offset_of(found)
    if offset is not None:
        first = _to_utc(first, offset).astimezone(zone).replace(tzinfo=None)
    return _written(first, timedelta(seconds=1), zone)


def parse_day(text: str) -> date | None:
    """Read the day of a date or of a whole timestamp; what clients send for "none" gives ``None``.

    Raises:
        ValueError: it is no date.
    """
    if not text.strip():
        return None
    day = parse_written_time(text.strip().split("T", 1)[0].split(" ", 1)[0], UTC).first.date()
    return None if day.year == 1 else day  # Go's zero time


def _written(first: datetime, length: timedelta, zone: tzinfo) -> WrittenTime:
    last = (first + (length - _TICK)).replace(fold=first.fold)
    written = WrittenTime(first=first, last=last, zone=zone)
    _ = written.start, written.end  # a year that UTC can't show is found out here
    return written


def _offset_of(found: re.Match[str]) -> tzinfo | None:
    if found["zone"] is None:
        return None
    if found["zone"] == "Z":
        return UTC
    offset = timedelta(hours=int(found["zone_hour"]), minutes=int(found["zone_minute"]))
    return timezone(-offset if found["sign"] == "-" else offset)


def _to_utc(clock_time: datetime, zone: tzinfo) -> datetime:
    try:
        return clock_time.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError as cause:
        raise ValueError(f"{clock_time} is out of range") from cause
