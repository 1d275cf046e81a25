"""Bodies lack nothing that must be there, and hold nothing that is too long; all faults are told at once."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from certwright.web.webnic.schemas.orders import PlaceOrderRequest
from certwright.web.webnic.schemas.proofs import ChangeApproverRequest
from certwright.web.webnic.translate.bodies import check_body
from certwright.web.webnic.translate.faults import MISSING, InvalidFields

GOOD: dict[str, Any] = {
    "productKey": "ssl123",
    "term": 1,
    "csr": "x",
    "administratorContactId": "WNC1",
    "authType": "dns",
}


def _faults(shape: type[msgspec.Struct], body: dict[str, Any]) -> dict[str, str]:
    try:
        check_body(msgspec.convert(body, shape))
    except InvalidFields as refused:
        return {fault.field: fault.message for fault in refused.faults}
    return {}


def test_good_bodies_pass() -> None:
    assert _faults(PlaceOrderRequest, GOOD) == {}
    assert _faults(PlaceOrderRequest, GOOD | {"sanfield": ["a"] * 250, "organizationId": 10**60}) == {}
    assert _faults(PlaceOrderRequest, GOOD | {"approverEmail": "a@b.c", "sanfield": None}) == {}


def test_everything_that_is_missing_is_told() -> None:
    for body in ({}, dict.fromkeys(["productKey", "csr"], " ")):
        assert _faults(PlaceOrderRequest, body) == dict.fromkeys(GOOD, MISSING)


@pytest.mark.parametrize("empty", [None, "", []])
def test_a_choice_of_types_may_be_required(empty: object) -> None:
    assert _faults(ChangeApproverRequest, {"approverEmail": empty}) == {"approverEmail": MISSING}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"csr": "x" * 65_537}, {"csr": "invalid length - min: 1 | max: 65536"}),
        ({"specialInstruction": "x" * 2001}, {"specialInstruction": "invalid length - min: 0 | max: 2000"}),
        ({"organizationId": "1" * 51}, {"organizationId": "invalid length - min: 0 | max: 50"}),
        ({"sanfield": ["a"] * 251}, {"sanfield": "invalid length - min: 0 | max: 250"}),
        ({"sanfield": ["a", "b" * 256]}, {"sanfield[1]": "invalid length - min: 0 | max: 255"}),
        ({"approverEmail": "x" * 321}, {"approverEmail": "invalid length - min: 0 | max: 320"}),
        ({"approverEmail": ["x" * 321]}, {"approverEmail[0]": "invalid length - min: 0 | max: 320"}),
        (
            {"approverEmail": ["x", {"domain": "d" * 256, "email": "x"}]},
            {"approverEmail[1].domain": "invalid length - min: 0 | max: 255"},
        ),
    ],
)
def test_what_is_too_long_is_told_by_its_path(changes: dict[str, Any], fault: dict[str, str]) -> None:
    assert _faults(PlaceOrderRequest, GOOD | changes) == fault
