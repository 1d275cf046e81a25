"""Filters of a search are read alike, whatever is searched."""

from __future__ import annotations

import pytest

from certwright.web.webnic.schemas.search import SearchFilter
from certwright.web.webnic.translate.faults import InvalidParameters
from certwright.web.webnic.translate.filters import Filter, matching_words, parse_filters

FIELDS = {"name": "LIKE", "status": "EQUAL"}
WORDS = ("pending", "pending_reissue", "active")


def test_usual_operators_and_case() -> None:
    items = [SearchFilter(field="name", value="A%B"), SearchFilter(field="status", value="ACTIVE")]
    named, status = parse_filters(items, FIELDS)
    assert named == Filter(field="name", is_like=True, value="a%b", path="filters[0].value")
    assert (status.is_like, status.value) == (False, "active")
    assert parse_filters(None, FIELDS) == []
    assert parse_filters([SearchFilter(field="name", operator="equal", value="")], FIELDS)[0].is_like is False


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (SearchFilter(field="x", value="x"), "filters[0].field"),
        (SearchFilter(field="name", operator="NOT", value="x"), "filters[0].operator"),
        (SearchFilter(field="name"), "filters[0].value"),
        (SearchFilter(field="name", value="x" * 256), "filters[0].value"),
    ],
)
def test_what_can_not_be_used_is_named(item: SearchFilter, path: str) -> None:
    with pytest.raises(InvalidParameters) as refused:
        parse_filters([item], FIELDS)
    assert refused.value.faults[0].field == path


def test_too_many() -> None:
    with pytest.raises(InvalidParameters):
        parse_filters([SearchFilter(field="name", value="x")] * 51, FIELDS)


@pytest.mark.parametrize(
    ("is_like", "value", "found"),
    [
        (True, "pend", ["pending", "pending_reissue"]),
        (False, "pending", ["pending"]),
        (False, "pending, active", ["pending", "active"]),
    ],
)
def test_words_that_match(is_like: bool, value: str, found: list[str]) -> None:
    given = Filter(field="status", is_like=is_like, value=value, path="p")
    assert matching_words(given, WORDS) == found


@pytest.mark.parametrize(
    ("is_like", "value"), [(True, "xyz"), (True, ""), (False, "active,xyz"), (False, "")]
)
def test_words_that_mean_nothing(is_like: bool, value: str) -> None:
    with pytest.raises(InvalidParameters):
        matching_words(Filter(field="status", is_like=is_like, value=value, path="p"), WORDS)
