"""Every fault as a problem of RFC 9457: one table, and the handlers that use it.

``type`` and ``code`` say the same, once as a URN and once as a plain word; a code keeps its meaning for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from certwright.domain.errors import (
    AlreadyRevoked,
    CertwrightError,
    Conflict,
    Fault,
    InsufficientFunds,
    InvalidInput,
    IssuanceRefused,
    LimitExceeded,
    NotFound,
    PermissionDenied,
    RenewalRefused,
    StaleRecord,
    TokenExpired,
    Unauthenticated,
    Unavailable,
    UnusableCSR,
)
from certwright.web.native.schemas.problems import FieldProblem, Problem
from certwright.web.shared.bodies import BodyTooLarge, MalformedJSON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.exceptions import HTTPException
    from starlette.requests import Request

MEDIA_TYPE = "application/problem+json"

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""What every answer carries."""

_TYPE = "urn:certwright:problem:"
_RETRY_AFTER_SECONDS = 1


class UnsupportedMediaType(InvalidInput):
    """The body is not of the media type that the operation takes."""


@dataclass(frozen=True, slots=True)
class _Row:
    """How a class of errors is answered; ``code`` stands in where the class has its parent's."""

    status: int
    title: str
    code: str = ""


_TABLE: Mapping[type[CertwrightError], _Row] = {
    InvalidInput: _Row(422, "A value can't be used"),
    UnusableCSR: _Row(422, "The CSR can't be used"),
    MalformedJSON: _Row(400, "The body can't be read", "malformed_body"),
    UnsupportedMediaType: _Row(415, "The body's media type is not taken here", "unsupported_media_type"),
    BodyTooLarge: _Row(413, "The body is too large", "body_too_large"),
    NotFound: _Row(404, "There is no such thing in this account"),
    Conflict: _Row(409, "The state of things does not allow it"),
    StaleRecord: _Row(409, "Another request changed it at the same moment"),
    RenewalRefused: _Row(409, "The order can't be renewed"),
    AlreadyRevoked: _Row(409, "It is revoked already"),
    InsufficientFunds: _Row(409, "The balance does not cover the price"),
    Unauthenticated: _Row(401, "There is no credential"),
    TokenExpired: _Row(401, "The credential is not good", "invalid_credential"),
    PermissionDenied: _Row(403, "The key may not do this"),
    LimitExceeded: _Row(429, "Too many requests"),
    IssuanceRefused: _Row(422, "The certificate is refused"),
    Unavailable: _Row(503, "Something that the server depends on does not answer"),
    CertwrightError: _Row(400, "The request can't be carried out"),
}

_CHALLENGES: Mapping[type[CertwrightError], str] = {  # RFC 6750 §3
    Unauthenticated: "Bearer",
    TokenExpired: 'Bearer error="invalid_token"',
}

_OF_HTTP_STATUS: Mapping[int, _Row] = {
    404: _Row(404, "There is no such address", "no_such_address"),
    405: _Row(405, "The address does not take this method", "method_not_allowed"),
}


def error_response(_request: Request, error: CertwrightError) -> Response:
    """Answer one of our errors by the row of its nearest class."""
    kind = _kind(error)
    headers = {}
    if kind in _CHALLENGES:
        headers["WWW-Authenticate"] = _CHALLENGES[kind]
    if isinstance(error, LimitExceeded) and error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    elif isinstance(error, StaleRecord | Unavailable):
        headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    return _respond(problem_of(error), headers)


def problem_of(error: CertwrightError) -> Problem:
    """Describe one of our errors by the row of its nearest class."""
    row = _TABLE[_kind(error)]
    return _problem(row, row.code or error.code, error.message, error.faults)


def http_error_response(_request: Request, error: HTTPException) -> Response:
    """Answer what Starlette itself refuses: an unknown address, a wrong method."""
    row = _OF_HTTP_STATUS.get(error.status_code) or _Row(
        error.status_code, "The request is refused", "refused"
    )
    return _respond(_problem(row, row.code, row.title), error.headers or {})


def unexpected_error_response() -> Response:
    """Answer a fault of ours without a word about it."""
    row = _Row(500, "A fault of the server")
    return _respond(_problem(row, "internal_error", "The server's log says more"), {})


def _kind(error: CertwrightError) -> type[CertwrightError]:
    return next(kind for kind in type(error).__mro__ if kind in _TABLE)


def _problem(row: _Row, code: str, detail: str, faults: tuple[Fault, ...] = ()) -> Problem:
    return Problem(
        type=_TYPE + code,
        title=row.title,
        status=row.status,
        detail=detail,
        code=code,
        errors=[FieldProblem(field=fault.field, message=fault.message) for fault in faults],
    )


def _respond(problem: Problem, headers: Mapping[str, str]) -> Response:
    return Response(msgspec.json.encode(problem), problem.status, {**HEADERS, **headers}, MEDIA_TYPE)
