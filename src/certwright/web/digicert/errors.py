"""Every fault as DigiCert tells it: ``{"errors":[{"code","message"}]}`` with a status of 4xx or 5xx.

The manual's codes are kept where it has one; the rest follow its two families, ``kind|detail`` and ``kind:parameter``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from certwright.domain.errors import (
    AlreadyRevoked,
    CertwrightError,
    Conflict,
    InsufficientFunds,
    InvalidInput,
    IssuanceRefused,
    LimitExceeded,
    NotFound,
    PermissionDenied,
    RenewalObstacle,
    RenewalRefused,
    StaleRecord,
    TokenExpired,
    Unauthenticated,
    Unavailable,
    UnusableCSR,
)
from certwright.web.digicert.schemas.answers import ErrorEntry, Errors
from certwright.web.shared.bodies import BodyTooLarge, MalformedJSON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.exceptions import HTTPException
    from starlette.requests import Request

HEADERS = {"Cache-Control": "private,no-cache", "X-Content-Type-Options": "nosniff"}
"""What every answer carries."""

GENERIC_MESSAGE = "An error occurred while processing your request."
"""What the manual's examples say beside a code that speaks for itself."""


class BadRequest(InvalidInput):
    """A refusal for which the manual has a code of its own."""

    def __init__(self, wire_code: str, message: str = GENERIC_MESSAGE) -> None:
        super().__init__(message)
        self.wire_code = wire_code


def required(parameter: str) -> BadRequest:
    """Build the refusal of a request that lacks a parameter."""
    return BadRequest(f"required_param:{parameter}", f"{parameter} is a required parameter.")


def invalid(parameter: str, reason: str = "") -> BadRequest:
    """Build the refusal of a request with a parameter that can't be used."""
    message = f"{parameter} contains an invalid value."
    return BadRequest(f"invalid_value:{parameter}", f"{message} {reason}".rstrip())


@dataclass(frozen=True, slots=True)
class _Answer:
    """How a class of errors is told; ``message`` of ``None`` is the error's own."""

    status: int
    code: str
    message: str | None = None


_NO_ACCESS = _Answer(
    403,
    "access_denied|access_denied_invalid_key",
    "Access denied due to access_denied_invalid_key.",
)

_ANSWERS: dict[type[CertwrightError], _Answer] = {
    InvalidInput: _Answer(400, "invalid_value"),
    UnusableCSR: _Answer(400, "invalid_value"),
    MalformedJSON: _Answer(400, "bad_request_format"),
    NotFound: _Answer(404, "not_found"),
    Conflict: _Answer(400, "invalid_status"),
    RenewalRefused: _Answer(400, "order_not_renewable"),
    AlreadyRevoked: _Answer(400, "order_already_revoked"),
    InsufficientFunds: _Answer(400, "insufficient_funds"),
    StaleRecord: _Answer(503, "service_unavailable", "The order is being changed by another request."),
    Unauthenticated: _NO_ACCESS,
    TokenExpired: _NO_ACCESS,
    PermissionDenied: _Answer(
        403, "access_denied|missing_permission", "Access denied due to missing_permission."
    ),
    LimitExceeded: _Answer(429, "request_limit_exceeded"),
    BodyTooLarge: _Answer(413, "request_too_large"),
    IssuanceRefused: _Answer(400, "issuance_refused"),
    Unavailable: _Answer(503, "service_unavailable"),
    CertwrightError: _Answer(400, "bad_request"),
}

_OF_HTTP_STATUS: dict[int, _Answer] = {
    404: _Answer(404, "not_found|route", "The requested URL was not found."),
    405: _Answer(405, "method_not_allowed", "The URL does not take this method."),
    406: _Answer(406, "not_acceptable", "The answer can be sent as application/json only."),
}

_RENEWALS: dict[RenewalObstacle, str] = {
    RenewalObstacle.RENEWED_ALREADY: "order_renewed_already",
    RenewalObstacle.NOT_RENEWABLE: "order_not_renewable",
    RenewalObstacle.TOO_EARLY: "renewal_window_closed",
    RenewalObstacle.TOO_LATE: "cannot_renew_expired_order",
}
"""The codes on which a client falls back to a new order."""

_RETRY_AFTER_SECONDS = 1

_CUSTOM_VALUES = "custom_fields"

_PARAMETERS = {
    "common_name": "certificate.common_name",
    "names[0]": "certificate.common_name",
    "names": "certificate.dns_names",
    "csr": "certificate.csr",
    "certificate_days": "certificate.cert_validity",
    "term_years": "order_validity",
    "organization_id": "organization.id",
    "method": "dcv_method",
    "approver_email": "dcv_emails",
}
"""The wire's names of the fields that the inside finds fault with."""


def answer_error(_request: Request, error: CertwrightError) -> Response:
    """Tell a client what is wrong."""
    answer = next(_ANSWERS[kind] for kind in type(error).__mro__ if kind in _ANSWERS)
    headers = {}
    if isinstance(error, LimitExceeded) and error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    elif isinstance(error, StaleRecord | Unavailable):
        headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    return _respond(answer.status, _entries(error, answer), headers)


def answer_http_error(_request: Request, error: HTTPException) -> Response:
    """Tell a client that there is no such URL, or that the URL does not take this method or answer in this form."""
    answer = _OF_HTTP_STATUS.get(error.status_code) or _Answer(error.status_code, "bad_request")
    entry = ErrorEntry(answer.code, answer.message or GENERIC_MESSAGE)
    return _respond(answer.status, [entry], error.headers or {})


def answer_unexpected() -> Response:
    """Tell a client nothing of a fault of ours."""
    return _respond(500, [ErrorEntry("internal_error", GENERIC_MESSAGE)], {})


def _entries(error: CertwrightError, answer: _Answer) -> list[ErrorEntry]:
    message = answer.message or error.message
    match error:
        case BadRequest(wire_code=code):
            return [ErrorEntry(code, message)]
        case RenewalRefused(obstacle=obstacle):
            return [ErrorEntry(_RENEWALS[obstacle], message)]
        case PermissionDenied(is_own_request=True):
            return [ErrorEntry("access_denied|invalid_approver", "Access denied due to invalid_approver.")]
        case NotFound(kind=kind):
            return [ErrorEntry(f"{answer.code}|{kind.replace(' ', '_')}", message)]
        case MalformedJSON(faults=(fault,)) if not fault.field:
            return [ErrorEntry(answer.code, message)]
        case InvalidInput(faults=(fault, *_)) if fault.field == _CUSTOM_VALUES:
            return [ErrorEntry("invalid_custom_field_value", message)]
        case InvalidInput(faults=(_, *_) as faults) | Conflict(faults=(_, *_) as faults):
            refusals = [invalid(_parameter(fault.field), fault.message) for fault in faults]
            return [ErrorEntry(refusal.wire_code, refusal.message) for refusal in refusals]
        case _:
            return [ErrorEntry(answer.code, message)]


def _parameter(field: str) -> str:
    """Return the wire's name of a field; a place in a list is left out, as in the manual's codes."""
    plain = re.sub(r"\[\d+\]", "", field)
    return _PARAMETERS.get(field) or _PARAMETERS.get(plain, plain)


def _respond(status: int, entries: list[ErrorEntry], headers: Mapping[str, str]) -> Response:
    return Response(
        msgspec.json.encode(Errors(entries)),
        status_code=status,
        media_type="application/json",
        headers={**HEADERS, **headers},
    )
