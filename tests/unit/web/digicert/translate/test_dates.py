"""Dates as clients write them and as they are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certwright.web.digicert.translate.dates import parse_day, parse_written_time, tell_day, tell_instant

DENVER = ZoneInfo("America/Denver")
TICK = timedelta(microseconds=1)


def test_instants_are_told_in_utc_with_an_offset_and_no_fraction() -> None:
    elsewhere = datetime(2026, 1, 2, 11, 4, 5, 678901, tzinfo=timezone(timedelta(hours=8)))
    assert tell_instant(elsewhere) == "2026-01-02T03:04:05+00:00"
    assert tell_day(elsewhere - timedelta(hours=4)) == "2026-01-01"


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05 03:04:05",
        "2026-01-05+03:04:05",
        "2026-01-05T03:04:05",
        "2026-1-5+3:4:5",
        "26-01-05+03:04:05",
        "2026-1-5T03:04:05.999",
        "  2026-01-05 03:04:05 ",
    ],
)
def test_a_time_may_be_written_in_many_ways(text: str) -> None:
    written = parse_written_time(text, DENVER)
    start = datetime(2026, 1, 5, 10, 4, 5, tzinfo=UTC)
    assert (written.start, written.end) == (start, start + timedelta(seconds=1) - TICK)


def test_a_day_is_the_whole_of_it() -> None:
    written = parse_written_time("2026-7-5", DENVER)
    assert written.start == datetime(2026, 7, 5, 6, tzinfo=UTC)
    assert written.end == datetime(2026, 7, 6, 6, tzinfo=UTC) - TICK


def test_a_minute_stands_for_its_first_second() -> None:
    assert parse_written_time("2026-01-05 03:04", UTC).start == datetime(2026, 1, 5, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T10:04:05Z",
        "2026-01-05T10:04:05+00:00",
        "2026-01-05 10:04:05 00:00",
        "2026-01-05T05:04:05-0500",
    ],
)
def test_an_offset_outweighs_the_zone(text: str) -> None:
    written = parse_written_time(text, DENVER)
    assert written.start == datetime(2026, 1, 5, 10, 4, 5, tzinfo=UTC)
    assert written.first == datetime(2026, 1, 5, 3, 4, 5)  # noqa: DTZ001 - the time on the zone's clock


def test_the_hour_that_comes_twice_is_found_both_times() -> None:
    first = parse_written_time("2026-11-01T07:30:00Z", DENVER)
    second = parse_written_time("2026-11-01T08:30:00Z", DENVER)
    assert first.first == second.first
    assert second.start - first.start == second.end - first.end == timedelta(hours=1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026",
        "2026-01",
        "2026-13-01",
        "2026-02-30",
        "0-1-1",
        "2026-01-05 24:00:00",
        "2026-01-05 1:60:00",
        "2026-01-05  03:04:05",
        "2026-01-05 03:04:05+24:00",
        "12026-01-05",
        "9999-12-31",
        "٢٠٢٦-01-05",
        "2026-01-05\n2026-01-06",
    ],
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is the caller's to write
        parse_written_time(text, DENVER)


@settings(deadline=None)
@given(st.text(alphabet="0123456789-+: TZ.", max_size=30))
def test_any_text_is_a_time_or_no_time(text: str) -> None:
    try:
        written = parse_written_time(text, DENVER)
    except ValueError:
        return
    assert written.start <= written.end


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(2001, 1, 2), max_value=datetime(9998, 12, 31)))  # noqa: DTZ001
def test_what_we_tell_is_read_as_the_same_second(at: datetime) -> None:
    instant = at.replace(tzinfo=UTC)
    written = parse_written_time(tell_instant(instant), DENVER)
    assert written.start <= instant <= written.end


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-11-22", date(2027, 11, 22)),
        ("2027-11-22T10:20:30Z", date(2027, 11, 22)),
        ("2027-11-22T10:20:30.1234567+02:00", date(2027, 11, 22)),
        ("2027-11-22 10:20:30", date(2027, 11, 22)),
        ("", None),
        (" ", None),
        ("0001-01-01T00:00:00Z", None),
    ],
)
def test_days_and_what_stands_for_none(text: str, day: date | None) -> None:
    assert parse_day(text) == day
