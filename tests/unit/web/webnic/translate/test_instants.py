"""Instants are written in whole seconds of Malaysian time."""

from datetime import UTC, datetime, timedelta, timezone

from certwright.web.webnic.translate.instants import find_instant_text, instant_text


def test_zone_and_precision() -> None:
    assert instant_text(datetime(2024, 11, 7, 7, 24, 25, 999_999, tzinfo=UTC)) == "2024-11-07T15:24:25+08:00"
    assert instant_text(datetime(2024, 12, 31, 16, 0, tzinfo=UTC)) == "2025-01-01T00:00:00+08:00"
    elsewhere = timezone(timedelta(hours=-5))
    assert instant_text(datetime(2024, 7, 1, 0, 0, tzinfo=elsewhere)) == "2024-07-01T13:00:00+08:00"


def test_what_has_not_come_is_null() -> None:
    assert find_instant_text(None) is None
    assert find_instant_text(datetime(2024, 11, 7, tzinfo=UTC)) == "2024-11-07T08:00:00+08:00"
