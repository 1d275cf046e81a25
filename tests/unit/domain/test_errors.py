"""The tree of errors: every class has a code of its own and a sentence for the caller."""

from __future__ import annotations

import re

from certwright.domain import errors
from certwright.domain.errors import (
    CertwrightError,
    Fault,
    InvalidInput,
    LimitExceeded,
    NotFound,
    UnusableCSR,
)

CLASSES = [
    thing for thing in vars(errors).values() if isinstance(thing, type) and issubclass(thing, CertwrightError)
]


def test_codes_are_unique_and_stand_in_the_class_itself() -> None:
    codes = [vars(one)["code"] for one in CLASSES]
    assert len(set(codes)) == len(codes) > 10
    assert all(re.fullmatch("[a-z_]+", code) for code in codes)


def test_tree_is_drawn_in_the_docstring() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or "")) | {"CertwrightError"}
    assert drawn == {one.__name__ for one in CLASSES}


def test_error_of_one_field_carries_one_fault() -> None:
    error = UnusableCSR.for_field("csr", "It is broken")
    assert isinstance(error, UnusableCSR)
    assert (error.message, str(error)) == ("It is broken", "It is broken")
    assert error.faults == (Fault(field="csr", message="It is broken"),)
    assert InvalidInput("whole").faults == ()


def test_not_found_names_the_kind() -> None:
    assert (NotFound("order").message, NotFound("order").kind) == ("Order not found", "order")
    assert NotFound("approval", message="Used already").message == "Used already"


def test_limit_may_say_when_to_come_back() -> None:
    assert LimitExceeded("slow down", retry_after_seconds=5).retry_after_seconds == 5
    assert LimitExceeded("too much").retry_after_seconds is None
