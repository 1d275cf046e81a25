"""A status change is told whole, and a page of them as events that say where the client stands."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from certwright.domain.errors import InvalidInput
from certwright.domain.ids import APIKeyId
from certwright.domain.order import place
from certwright.domain.query import ChangePage, LoggedChange
from certwright.web.native.translate.changes import (
    change,
    changes,
    events,
    first_event,
    parse_cursor,
    parse_last_event_id,
)
from tests.support.book import KEY, order


def test_change_has_all_that_the_log_knows() -> None:
    placed = place(order(), actor=KEY, reason="Waits").change
    assert msgspec.to_builtins(change(replace(placed, sequence=7))) == {
        "sequence": 7,
        "order_id": 100_001,
        "certificate_id": placed.certificate_id,
        "action": "place",
        "from_status": None,
        "to_status": "pending",
        "reason": "Waits",
        "actor": {"kind": "key", "id": "1001"},
        "changed_at": "2026-11-22T12:00:00.000000Z",
    }


def page_of(*sequences: int, cursor: int, has_more: bool = False) -> ChangePage:
    made = place(order(), actor=KEY, reason="first\nsecond").change
    items = tuple(
        LoggedChange(
            change=replace(made, sequence=number), common_name="www.example.com", placed_by=APIKeyId(1)
        )
        for number in sequences
    )
    return ChangePage(items=items, cursor=cursor, has_more=has_more)


def test_page_says_where_to_go_on() -> None:
    told = changes(page_of(3, 5, cursor=9, has_more=True))
    assert ([each.sequence for each in told.changes], told.cursor, told.has_more) == ([3, 5], 9, True)


def test_each_change_is_an_event_of_one_line() -> None:
    first, second, rest = events(page_of(3, 4, cursor=4), after=2).decode().split("\n\n")
    for number, event in ((3, first), (4, second)):
        name, kind, data = event.split("\n")
        assert (name, kind) == (f"id: {number}", "event: status_change")
        told = json.loads(data.removeprefix("data: "))
        assert (told["sequence"], told["reason"]) == (number, "first\nsecond")
    assert rest == ""


def test_cursor_that_passed_over_something_is_an_id_without_event() -> None:
    assert events(page_of(3, cursor=7), after=2).endswith(b"}\n\nid: 7\n\n")
    assert events(page_of(cursor=7), after=2) == b": nothing yet\n\nid: 7\n\n"
    assert events(page_of(cursor=2), after=2) == b": nothing yet\n\n"


def test_stream_begins_with_its_place() -> None:
    assert first_event(17, retry_after=timedelta(seconds=2)) == b"retry: 2000\nid: 17\n\n"


def test_cursors_are_numbers_or_the_end() -> None:
    assert (parse_cursor("0"), parse_cursor("17"), parse_cursor("latest")) == (0, 17, None)
    assert parse_last_event_id("17") == 17
    for text in ("latest", "-1", "1\n", "9" * 19, "٣"):
        with pytest.raises(InvalidInput):
            parse_last_event_id(text)
