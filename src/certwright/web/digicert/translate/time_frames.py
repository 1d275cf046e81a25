"""The time frame of the status change list.

It is given as ``minutes`` and ``seconds`` before now, as a range in ``filters[status_last_updated]``, or as both, and
then what they have in common counts. No frame is longer than seven days; without any there is no list. The ends
belong to the frame; the end of a day is its last instant, that of a second likewise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.web.digicert.errors import BadRequest, invalid, required
from certwright.web.digicert.translate.dates import WrittenTime, parse_written_time

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from certwright.web.digicert.translate.query_string import QueryString

LONGEST = timedelta(days=7)

_RANGE = "status_last_updated"
_PARAMETER = f"filters[{_RANGE}]"
_UNITS = {"minutes": timedelta(minutes=1), "seconds": timedelta(seconds=1)}
_DIGITS = re.compile(r"[0-9]+\Z")
_MOST_DIGITS = 9
_TOO_LONG = "time_frame_too_long"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeFrame:
    """Two instants, both included; an end before the start holds nothing."""

    start: datetime
    end: datetime


def parse_time_frame(query: QueryString, *, now: datetime, zone: tzinfo) -> TimeFrame:
    """Read the frame that a client asks for, its dates on the clock of ``zone``.

    Raises:
        InvalidInput: it asks for none, for too long a one, or for one that can't be read.
    """
    frames = [
        frame for frame in (_frame_before(query, now), _frame_between(query, now, zone)) if frame is not None
    ]
    if not frames:
        raise required("minutes")
    return TimeFrame(start=max(frame.start for frame in frames), end=min(frame.end for frame in frames))


def _frame_before(query: QueryString, now: datetime) -> TimeFrame | None:
    given = {name: query.plain[name] for name in _UNITS if name in query.plain}
    if not given:
        return None
    length = sum((_span(name, text) for name, text in given.items()), timedelta())
    _check_length(length)
    return TimeFrame(start=now - length, end=now)


def _span(name: str, text: str) -> timedelta:
    if not _DIGITS.match(text):
        raise invalid(name)
    digits = text.lstrip("0") or "0"
    if len(digits) > _MOST_DIGITS:
        raise BadRequest(_TOO_LONG)
    return int(digits) * _UNITS[name]


def _frame_between(query: QueryString, now: datetime, zone: tzinfo) -> TimeFrame | None:
    values = query.filters.get(_RANGE)
    if values is None:
        return None
    first, dots, last = values[-1].partition("...")
    if not dots:
        raise invalid(_PARAMETER)
    start = _written(first, zone)
    end = _written(last or f"{now.astimezone(zone):%Y-%m-%d %H:%M:%S}", zone)
    if end.last < start.first:
        raise invalid(_PARAMETER)
    # What is left of the last second does not make a week longer.
    _check_length(end.last.replace(microsecond=0) - start.first)
    return TimeFrame(start=start.start, end=end.end)


def _written(text: str, zone: tzinfo) -> WrittenTime:
    try:
        return parse_written_time(text, zone)
    except ValueError as cause:
        raise invalid(_PARAMETER) from cause


def _check_length(length: timedelta) -> None:
    if length > LONGEST:
        raise BadRequest(_TOO_LONG)
