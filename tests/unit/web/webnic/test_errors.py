"""Every error comes out in the envelope, by the row of its nearest class."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from certwright.domain import errors
from certwright.domain.errors import CertwrightError, Fault, InvalidInput, LimitExceeded
from certwright.web.shared.bodies import BodyTooLarge, MalformedJSON
from certwright.web.webnic.auth import LoginRefused
from certwright.web.webnic.errors import error_response, http_error_response, unexpected_error_response
from certwright.web.webnic.translate.faults import invalid_fields, invalid_parameter


def _request(path: str = "/ssl/v2/orders/search") -> Request:
    return Request(
        {
            "type": "http",
            "method": "POST",
            "path": path,
            "headers": [],
            "query_string": b"",
            "server": ("x", 80),
        }
    )


def _answer(error: CertwrightError, path: str = "/ssl/v2/orders/search") -> tuple[int, Any]:
    response = error_response(_request(path), error)
    assert response.headers["content-type"] == "application/json;charset=UTF-8"
    assert response.headers["cache-control"] == "no-store"
    return response.status_code, json.loads(bytes(response.body))


@pytest.mark.parametrize(
    ("error", "status", "sub_code", "message"),
    [
        (errors.InvalidInput("Too many names"), 400, "SSL2400", "Too many names"),
        (errors.UnusableCSR("Bad CSR"), 400, "SSL2400", "Bad CSR"),
        (errors.NotFound("order"), 400, "SSL2400", "Order not found"),
        (errors.Conflict("Too late"), 400, "SSL2400", "Too late"),
        (
            errors.StaleRecord("row 5"),
            400,
            "SSL2400",
            "The order was changed at the same moment by another request: try again",
        ),
        (errors.Unauthenticated("Who?"), 401, "SSL0001", "Who?"),
        (
            errors.TokenExpired("old"),
            401,
            "SSL0001",
            "Invalid or expired token. Reason: Provided token isn't active",
        ),
        (errors.PermissionDenied("Forbidden access"), 403, "SSL0004", "Forbidden access"),
        (errors.LimitExceeded("Slow down"), 429, "SSL2400", "Slow down"),
        (errors.IssuanceRefused("CAA"), 400, "SSL2400", "CAA"),
        (errors.Unavailable("The CA is away"), 503, "SSL5000", "The CA is away"),
        (BodyTooLarge("Too large"), 413, "SSL4000", "Too large"),
        (MalformedJSON("x"), 400, "SSL4002", "Unparseable JSON input"),
        (invalid_parameter("x", "y"), 400, "SSL4000", "Field validation error."),
    ],
)
def test_rows(error: CertwrightError, status: int, sub_code: str, message: str) -> None:
    got, answer = _answer(error)
    assert got == status
    assert list(answer)[:3] == ["code", "message", "error"]
    assert (answer["code"], answer["message"]) == ("2400", "System message")
    assert answer["error"] == {"subCode": sub_code, "message": message}


def test_reseller_calls_have_their_own_prefix() -> None:
    status, answer = _answer(LoginRefused("Invalid username"), "/reseller/v2/api-user/token")
    assert (status, answer["error"]["subCode"]) == (500, "RES5001")


def test_faults_of_a_body_are_gathered_by_field() -> None:
    faults = tuple(
        Fault(field=field, message=message) for field, message in (("a", "1"), ("last_name", "2"), ("a", "3"))
    )
    _, answer = _answer(invalid_fields(faults))
    assert answer["fieldErrors"] == [
        {"field": "a", "messages": ["1", "3"]},
        {"field": "lastName", "messages": ["2"]},
    ]
    assert "validationErrors" not in answer


def test_other_faults_are_listed() -> None:
    _, answer = _answer(InvalidInput.for_field("term_years", "Too long"))
    assert answer["validationErrors"] == [{"field": "term", "message": "Too long"}]
    assert "fieldErrors" not in answer


def test_retry_after_is_passed_on() -> None:
    error = LimitExceeded("Slow down", retry_after_seconds=7)
    assert error_response(_request(), error).headers["retry-after"] == "7"


def test_what_starlette_refuses() -> None:
    wrong = HTTPException(405, headers={"Allow": "POST"})
    response = http_error_response(_request(), wrong)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert json.loads(bytes(response.body))["error"] == {
        "subCode": "SSL2400",
        "message": "Method not allowed",
    }


def test_what_nobody_foresaw() -> None:
    response = unexpected_error_response()
    assert response.status_code == 500
    assert b"Unknown error occurred." in bytes(response.body)
