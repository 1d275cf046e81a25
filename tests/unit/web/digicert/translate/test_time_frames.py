"""Time frames of the status change list: any query string gives a frame of at most a week, or a refusal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from certwright.domain.errors import InvalidInput
from certwright.web.digicert.errors import BadRequest
from certwright.web.digicert.translate.query_string import parse_query_string
from certwright.web.digicert.translate.time_frames import LONGEST, TimeFrame, parse_time_frame
from tests.support.clock import NOON

if TYPE_CHECKING:
    from datetime import tzinfo

DENVER = ZoneInfo("America/Denver")
TICK = timedelta(microseconds=1)
RANGE = "filters[status_last_updated]"


def _frame(query: str, zone: tzinfo = DENVER) -> TimeFrame:
    items = parse_qsl(query, keep_blank_values=True)
    return parse_time_frame(parse_query_string(items), now=NOON, zone=zone)


def _code(query: str) -> str:
    with pytest.raises(BadRequest) as caught:
        _frame(query)
    return caught.value.wire_code


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("minutes=10", 600),
        ("seconds=60", 60),
        ("minutes=1&seconds=30", 90),
        ("minutes=0", 0),
        ("minutes=&seconds=5", 5),
        ("minutes=+10", 600),
        ("minutes=0000000000000010", 600),
        ("minutes=10080", 604_800),
        ("seconds=604800", 604_800),
        ("minutes=5040&seconds=302400", 604_800),
    ],
)
def test_minutes_and_seconds_reach_back_from_now(query: str, seconds: int) -> None:
    assert _frame(query) == TimeFrame(start=NOON - timedelta(seconds=seconds), end=NOON)


def test_the_page_s_own_ranges() -> None:
    assert _frame(f"{RANGE}=2023-01-01...2023-01-07") == TimeFrame(
        start=datetime(2023, 1, 1, 7, tzinfo=UTC), end=datetime(2023, 1, 8, 7, tzinfo=UTC) - TICK
    )
    assert _frame(f"{RANGE}=2019-08-01+00:00:00...2019-08-07+23:59:59") == TimeFrame(
        start=datetime(2019, 8, 1, 6, tzinfo=UTC), end=datetime(2019, 8, 8, 6, tzinfo=UTC) - TICK
    )


def test_zone_is_a_setting() -> None:
    assert _frame(f"{RANGE}=2023-01-01...2023-01-01", UTC).start == datetime(2023, 1, 1, tzinfo=UTC)


def test_open_end_means_until_now() -> None:
    assert _frame(f"{RANGE}=2026-11-20...") == TimeFrame(
        start=datetime(2026, 11, 20, 7, tzinfo=UTC), end=NOON + timedelta(seconds=1) - TICK
    )


def test_of_two_frames_their_common_part_counts() -> None:
    frame = _frame(f"{RANGE}=2026-11-22...2026-11-23&minutes=10")
    assert frame == TimeFrame(start=NOON - timedelta(minutes=10), end=NOON)
    apart = _frame(f"{RANGE}=2026-11-01...2026-11-02&minutes=10")
    assert apart.start > apart.end


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "required_param:minutes"),
        ("minutes=&seconds=", "required_param:minutes"),
        (f"{RANGE}=", "required_param:minutes"),
        ("filters[status]=issued", "required_param:minutes"),
        ("minutes=-1", "invalid_value:minutes"),
        ("minutes=1.0", "invalid_value:minutes"),
        ("seconds=1e5", "invalid_value:seconds"),
        ("seconds=0x5", "invalid_value:seconds"),
        ("minutes=10081", "time_frame_too_long"),
        ("minutes=10080&seconds=1", "time_frame_too_long"),
        ("seconds=604801", "time_frame_too_long"),
        (f"minutes={10**400}", "time_frame_too_long"),
        ("minutes=" + "9" * 5000, "time_frame_too_long"),
        (f"{RANGE}=2023-01-01", f"invalid_value:{RANGE}"),
        (f"{RANGE}=2023-01-01..2023-01-02", f"invalid_value:{RANGE}"),
        (f"{RANGE}=2023-01-01....2023-01-02", f"invalid_value:{RANGE}"),
        (f"{RANGE}=...2023-01-02", f"invalid_value:{RANGE}"),
        (f"{RANGE}=2023-01-02...2023-01-01", f"invalid_value:{RANGE}"),
        (f"{RANGE}=2023-01-01...2023-01-08", "time_frame_too_long"),
        (f"{RANGE}=2023-01-01+00:00:00...2023-01-08+00:00:01", "time_frame_too_long"),
        (f"{RANGE}=1-1-1+0:0:0...2026-11-23+3:4:5", "time_frame_too_long"),
        (f"{RANGE}=9999-12-31...9999-12-31", f"invalid_value:{RANGE}"),
        (f"{RANGE}=2026-12-01...", f"invalid_value:{RANGE}"),
    ],
)
def test_refusals(query: str, code: str) -> None:
    assert _code(query) == code


def test_exactly_a_week_is_no_more_than_a_week() -> None:
    week = _frame(f"{RANGE}=2023-01-01+00:00:00...2023-01-08+00:00:00")
    assert week.end - week.start == LONGEST + timedelta(seconds=1) - TICK
    clocks_are_put_back = _frame(f"{RANGE}=2026-11-01...2026-11-07")
    assert clocks_are_put_back.end - clocks_are_put_back.start == LONGEST + timedelta(hours=1) - TICK


_values = st.one_of(
    st.text(max_size=40),
    st.integers().map(str),
    st.integers(min_value=0, max_value=700_000).map(str),
    st.from_regex(
        r"[0-9]{1,5}-[0-9]{1,2}-[0-9]{1,2}([ +T][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2})?", fullmatch=True
    ),
)
_ranges = st.tuples(_values, st.sampled_from(["...", "..", ""]), _values).map("".join)
_queries = st.fixed_dictionaries(
    {},
    optional={"minutes": _values, "seconds": _values, RANGE: st.one_of(_values, _ranges), "sort": _values},
)


@settings(deadline=None)
@given(_queries)
@example({RANGE: "9999-12-30...9999-12-30"})
@example({RANGE: "1-1-1...1-1-1"})
def test_any_query_gives_a_frame_or_a_refusal(query: dict[str, str]) -> None:
    try:
        frame = parse_time_frame(parse_query_string(query.items()), now=NOON, zone=DENVER)
    except InvalidInput:
        return
    # Where clocks are put back, a week has an hour more.
    assert frame.end - frame.start <= LONGEST + timedelta(hours=1, seconds=1)


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10_080), st.integers(min_value=0, max_value=604_800))
def test_frames_add_up(minutes: int, seconds: int) -> None:
    query = f"minutes={minutes}&seconds={seconds}"
    length = timedelta(minutes=minutes, seconds=seconds)
    if length > LONGEST:
        assert _code(query) == "time_frame_too_long"
    else:
        assert _frame(query) == TimeFrame(start=NOON - length, end=NOON)
