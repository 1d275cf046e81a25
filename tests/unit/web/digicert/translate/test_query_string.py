"""Query strings taken apart, whatever they hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certwright.domain.errors import InvalidInput
from certwright.web.digicert.translate.query_string import Paging, parse_paging, parse_query_string


def test_filters_are_kept_apart_from_plain_parameters() -> None:
    query = parse_query_string(
        [
            ("limit", "5"),
            ("limit", "7"),
            ("filters[status]", "issued"),
            ("filters[status][1]", " pending "),
            ("filters[status][]", "revoked"),
            ("filters[id]", ""),
            ("container_id", ""),
            ("filters[", "x"),
        ]
    )
    assert query.plain == {"limit": "7", "filters[": "x"}
    assert query.filters == {"status": ("issued", "pending", "revoked")}


@pytest.mark.parametrize(("text", "says_yes"), [("1", True), ("true", True), ("False", False), ("0", False)])
def test_flags(text: str, says_yes: bool) -> None:
    query = parse_query_string([("include_validation", text)])
    assert query.flag("include_validation") is says_yes
    assert query.flag("anything_else") is False


@pytest.mark.parametrize(
    ("items", "paging"),
    [
        ([], Paging(offset=0, limit=1000)),
        ([("limit", "0")], Paging(offset=0, limit=1000)),
        ([("limit", "40"), ("offset", "80")], Paging(offset=80, limit=40)),
        ([("limit", "100000")], Paging(offset=0, limit=1000)),
    ],
)
def test_pages(items: list[tuple[str, str]], paging: Paging) -> None:
    assert parse_paging(parse_query_string(items)) == paging


@pytest.mark.parametrize("text", ["-1", "ten", "1.5", "٣", str(2**31), "9" * 5000, "+ 1"])
@pytest.mark.parametrize("name", ["limit", "offset"])
def test_pages_that_are_none(name: str, text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_paging(parse_query_string([(name, text)]))


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), st.text())))
def test_any_query_string_is_read_or_refused(items: list[tuple[str, str]]) -> None:
    try:
        query = parse_query_string(items)
        parse_paging(query)
    except InvalidInput:
        return
    assert all(query.plain.values())
