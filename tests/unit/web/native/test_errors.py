"""Every error comes out as a problem of RFC 9457, by the row of its nearest class."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from certwright.domain import errors
from certwright.domain.errors import Fault, InvalidInput, LimitExceeded
from certwright.web.native.errors import (
    UnsupportedMediaType,
    error_response,
    http_error_response,
    unexpected_error_response,
)
from certwright.web.shared.bodies import BodyTooLarge, MalformedJSON

if TYPE_CHECKING:
    from starlette.responses import Response

REQUEST = Request({"type": "http"})


def _told(response: Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(bytes(response.body))
    assert list(problem) == ["type", "title", "status", "detail", "code", "errors"]
    assert problem["status"] == response.status_code
    assert problem["type"] == f"urn:certwright:problem:{problem['code']}"
    return problem


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidInput("Bad"), 422, "invalid_input"),
        (errors.UnusableCSR("Bad"), 422, "unusable_csr"),
        (errors.NotFound("order"), 404, "not_found"),
        (errors.Conflict("No"), 409, "conflict"),
        (errors.StaleRecord("Again"), 409, "stale_record"),
        (
            errors.RenewalRefused("No", obstacle=errors.RenewalObstacle.TOO_EARLY),
            409,
            "renewal_refused",
        ),
        (errors.AlreadyRevoked("No"), 409, "already_revoked"),
        (errors.InsufficientFunds("No"), 409, "insufficient_funds"),
        (errors.Unauthenticated("Who?"), 401, "unauthenticated"),
        (errors.TokenExpired("Who?"), 401, "invalid_credential"),
        (errors.PermissionDenied("No"), 403, "permission_denied"),
        (errors.LimitExceeded("Slower"), 429, "limit_exceeded"),
        (errors.IssuanceRefused("CAA"), 422, "issuance_refused"),
        (errors.Unavailable("Later"), 503, "unavailable"),
        (errors.CertwrightError("?"), 400, "error"),
        (BodyTooLarge("Too much"), 413, "body_too_large"),
        (MalformedJSON.for_field("", "No JSON"), 400, "malformed_body"),
        (UnsupportedMediaType("XML"), 415, "unsupported_media_type"),
    ],
)
def test_every_class_has_its_status_and_code(error: errors.CertwrightError, status: int, code: str) -> None:
    problem = _told(error_response(REQUEST, error))
    assert (problem["status"], problem["code"], problem["detail"]) == (status, code, error.message)


def test_faults_are_named_field_by_field() -> None:
    faults = (Fault(field="limit", message="Too large"), Fault(field="sort", message="Unknown"))
    problem = _told(error_response(REQUEST, InvalidInput("Two things", faults=faults)))
    assert problem["errors"] == [
        {"field": "limit", "message": "Too large"},
        {"field": "sort", "message": "Unknown"},
    ]


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        (LimitExceeded("Slower", retry_after_seconds=7), "retry-after", "7"),
        (LimitExceeded("Less"), "retry-after", None),
        (errors.Unavailable("Later"), "retry-after", "1"),
        (errors.StaleRecord("Again"), "retry-after", "1"),
        (errors.Unauthenticated("Who?"), "www-authenticate", "Bearer"),
        (errors.TokenExpired("Who?"), "www-authenticate", 'Bearer error="invalid_token"'),
        (errors.NotFound("order"), "www-authenticate", None),
    ],
)
def test_headers_say_how_to_go_on(error: errors.CertwrightError, header: str, value: str | None) -> None:
    assert error_response(REQUEST, error).headers.get(header) == value


def test_what_starlette_refuses_is_a_problem_too() -> None:
    assert _told(http_error_response(REQUEST, HTTPException(404)))["code"] == "no_such_address"
    refused = http_error_response(REQUEST, HTTPException(405, headers={"Allow": "GET"}))
    assert (_told(refused)["code"], refused.headers["allow"]) == ("method_not_allowed", "GET")
    assert _told(http_error_response(REQUEST, HTTPException(418)))["status"] == 418


def test_fault_of_ours_is_told_as_nothing() -> None:
    problem = _told(unexpected_error_response())
    assert (problem["status"], problem["code"], problem["errors"]) == (500, "internal_error", [])
