"""Numbers and truths in the forms in which clients send them."""

from __future__ import annotations

import pytest

from certwright.domain.errors import NotFound
from certwright.web.digicert.translate.numbers import is_set, parse_id


@pytest.mark.parametrize(
    ("flag", "says_yes"),
    [(True, True), (1, True), ("1", True), ("True", True), (None, False), (0, False), ("no", False)],
)
def test_truths(flag: bool | int | str | None, says_yes: bool) -> None:
    assert is_set(flag) is says_yes


@pytest.mark.parametrize(
    ("value", "number"),
    [(7, 7), (" 7 ", 7), (0, None), ("0", None), ("", None), (None, None), (2**31 - 1, 2**31 - 1)],
)
def test_ids(value: int | str | None, number: int | None) -> None:
    assert parse_id(value, "order") == number


@pytest.mark.parametrize("value", ["x", -1, "1.5", 2**31, "٣", 10**30])
def test_ids_that_nothing_has(value: int | str) -> None:
    with pytest.raises(NotFound, match="Order not found"):
        parse_id(value, "order")
