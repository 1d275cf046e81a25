"""Every error comes out as DigiCert tells it, by the row of its nearest class."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from certwright.domain import errors
from certwright.domain.errors import Fault, InvalidInput, LimitExceeded, NotFound
from certwright.web.digicert.errors import (
    BadRequest,
    answer_error,
    answer_http_error,
    answer_unexpected,
    invalid,
    required,
)
from certwright.web.shared.bodies import BodyTooLarge, MalformedJSON

if TYPE_CHECKING:
    from starlette.responses import Response

REQUEST = Request({"type": "http"})


def _told(response: Response) -> tuple[int, list[tuple[str, str]]]:
    assert response.headers["content-type"] == "application/json"
    answer: dict[str, Any] = json.loads(bytes(response.body))
    assert list(answer) == ["errors"]
    return response.status_code, [(entry["code"], entry["message"]) for entry in answer["errors"]]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidInput("Bad"), 400, "invalid_value"),
        (errors.UnusableCSR("Bad"), 400, "invalid_value"),
        (errors.NotFound("order"), 404, "not_found|order"),
        (errors.NotFound("approval request"), 404, "not_found|approval_request"),
        (errors.Conflict("No"), 400, "invalid_status"),
        (errors.StaleRecord("Again"), 503, "service_unavailable"),
        (errors.Unauthenticated("Who?"), 403, "access_denied|access_denied_invalid_key"),
        (errors.TokenExpired("Who?"), 403, "access_denied|access_denied_invalid_key"),
        (errors.PermissionDenied("No"), 403, "access_denied|missing_permission"),
        (errors.LimitExceeded("Slower"), 429, "request_limit_exceeded"),
        (errors.IssuanceRefused("CAA"), 400, "issuance_refused"),
        (errors.Unavailable("Later"), 503, "service_unavailable"),
        (errors.CertwrightError("?"), 400, "bad_request"),
        (BodyTooLarge("Too much"), 413, "request_too_large"),
        (MalformedJSON.for_field("", "No JSON"), 400, "bad_request_format"),
        (MalformedJSON.for_field("certificate.csr", "A text"), 400, "invalid_value:certificate.csr"),
        (BadRequest("time_frame_too_long"), 400, "time_frame_too_long"),
        (required("note"), 400, "required_param:note"),
        (invalid("status"), 400, "invalid_value:status"),
    ],
)
def test_every_class_has_its_status_and_code(error: errors.CertwrightError, status: int, code: str) -> None:
    told_status, entries = _told(answer_error(REQUEST, error))
    assert (told_status, [entry[0] for entry in entries]) == (status, [code])
    assert all(message for _, message in entries)


@pytest.mark.parametrize(
    ("field", "parameter"),
    [
        ("common_name", "certificate.common_name"),
        ("names[0]", "certificate.common_name"),
        ("names[7]", "certificate.dns_names"),
        ("csr", "certificate.csr"),
        ("method", "dcv_method"),
        ("something", "something"),
    ],
)
def test_fields_are_named_as_the_wire_names_them(field: str, parameter: str) -> None:
    _, entries = _told(answer_error(REQUEST, InvalidInput.for_field(field, "It is wrong")))
    assert entries == [(f"invalid_value:{parameter}", f"{parameter} contains an invalid value. It is wrong")]


def test_several_faults_are_told_at_once() -> None:
    faults = (Fault(field="common_name", message="Odd"), Fault(field="method", message="Unknown"))
    _, entries = _told(answer_error(REQUEST, InvalidInput("Two things", faults=faults)))
    assert [code for code, _ in entries] == [
        "invalid_value:certificate.common_name",
        "invalid_value:dcv_method",
    ]


def test_clients_are_told_when_to_come_again() -> None:
    assert answer_error(REQUEST, LimitExceeded("Slower", retry_after_seconds=7)).headers["retry-after"] == "7"
    assert "retry-after" not in answer_error(REQUEST, LimitExceeded("Slower")).headers
    assert answer_error(REQUEST, errors.Unavailable("Later")).headers["retry-after"] == "1"


def test_credentials_are_told_in_the_recorded_words() -> None:
    _, entries = _told(answer_error(REQUEST, errors.Unauthenticated("The API key is not valid")))
    assert entries[0][1] == "Access denied due to access_denied_invalid_key."


def test_the_kind_alone_tells_what_is_unknown() -> None:
    assert _told(answer_error(REQUEST, NotFound("order"))) == (404, [("not_found|order", "Order not found")])


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "not_found|route"), (405, "method_not_allowed"), (406, "not_acceptable"), (400, "bad_request")],
)
def test_framework_errors(status: int, code: str) -> None:
    response = answer_http_error(REQUEST, HTTPException(status, headers={"Allow": "GET"}))
    assert _told(response)[0] == status
    assert _told(response)[1][0][0] == code
    assert response.headers["allow"] == "GET"


def test_unexpected_errors_tell_nothing() -> None:
    assert _told(answer_unexpected()) == (
        500,
        [("internal_error", "An error occurred while processing your request.")],
    )
