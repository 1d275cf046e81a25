"""Every fault as WebNIC's error envelope: one table, and the handlers that use it.

The envelope's own code and message never vary; ``error.subCode`` is the API's prefix (``SSL``, or ``RES`` for the
reseller calls) and a number from the table. Nothing is ever answered 404 but an address that does not exist: a thing
that is missing, or another account's, is a 400 like other faults of the request.
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
from certwright.web.shared.bodies import BodyTooLarge, MalformedJSON
from certwright.web.webnic.auth import LoginRefused
from certwright.web.webnic.schemas.envelope import ErrorDetail, Failure, FieldError, ValidationError
from certwright.web.webnic.translate.faults import InvalidFields, InvalidParameters, wire_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.exceptions import HTTPException
    from starlette.requests import Request

MEDIA_TYPE = "application/json;charset=UTF-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """How a class of errors is answered.

    ``message`` replaces the error's own, ``field`` stands in where the error names none, and ``by_field`` lists the
    faults as ``fieldErrors`` instead of ``validationErrors``.
    """

    status: int = 400
    number: str = "2400"
    message: str = ""
    field: str = ""
    by_field: bool = False


_BODY = "body"
_HEADER = "Authorization"

_TABLE: Mapping[type[CertwrightError], _Row] = {
    InvalidInput: _Row(),
    InvalidFields: _Row(number="4000", by_field=True),
    InvalidParameters: _Row(number="4000"),
    MalformedJSON: _Row(number="4002", message="Unparseable JSON input", field=_BODY, by_field=True),
    UnusableCSR: _Row(),
    NotFound: _Row(),
    Conflict: _Row(),
    StaleRecord: _Row(message="The order was changed at the same moment by another request: try again"),
    Unauthenticated: _Row(status=401, number="0001", field=_HEADER),
    # The vendor's SDK drops its token on exactly this text.
    TokenExpired: _Row(
        status=401,
        number="0001",
        message="Invalid or expired token. Reason: Provided token isn't active",
        field=_HEADER,
    ),
    LoginRefused: _Row(status=500, number="5001"),  # WebNIC answers 500 to a wrong user name
    RenewalRefused: _Row(),
    AlreadyRevoked: _Row(),
    # Clients look for "insufficient" and "balance".
    InsufficientFunds: _Row(message="Unable to place order due to insufficient balance"),
    PermissionDenied: _Row(status=403, number="0004"),
    LimitExceeded: _Row(status=429),
    BodyTooLarge: _Row(status=413, number="4000", field=_BODY),
    IssuanceRefused: _Row(),
    Unavailable: _Row(status=503, number="5000"),
}

_UNAUTHORIZED = 401
_HTTP_MESSAGES = {404: "No such endpoint", 405: "Method not allowed"}


def error_response(request: Request, error: CertwrightError) -> Response:
    """Answer one of our errors by the row of its nearest class."""
    row = next(_TABLE[kind] for kind in type(error).__mro__ if kind in _TABLE)
    faults = error.faults or ((Fault(field="", message=error.message),) if row.field else ())
    named = [Fault(field=wire_field(fault.field) or row.field, message=fault.message) for fault in faults]
    failure = Failure(
        error=ErrorDetail(
            sub_code=_prefix(request.url.path) + row.number, message=row.message or error.message
        ),
        field_errors=_field_errors(named) if named and row.by_field else msgspec.UNSET,
        validation_errors=_validation_errors(named) if named and not row.by_field else msgspec.UNSET,
    )
    headers = {"WWW-Authenticate": "Bearer"} if row.status == _UNAUTHORIZED else {}  # RFC 9110 §11.6.1
    if isinstance(error, LimitExceeded) and error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    return _response(failure, row.status, headers)


def http_error_response(request: Request, error: HTTPException) -> Response:
    """Answer what Starlette itself refuses: an unknown address, a wrong method, a broken form."""
    message = _HTTP_MESSAGES.get(error.status_code, error.detail)
    detail = ErrorDetail(sub_code=_prefix(request.url.path) + "2400", message=message)
    return _response(Failure(error=detail), error.status_code, error.headers or {})


def unexpected_error_response() -> Response:
    """Answer a fault of ours without a word about it."""
    return _response(
        Failure(error=ErrorDetail(sub_code="SSL5000", message="Unknown error occurred.")), 500, {}
    )


def _prefix(path: str) -> str:
    return "RES" if path.startswith("/reseller/") else "SSL"


def _field_errors(faults: list[Fault]) -> list[FieldError]:
    fields = dict.fromkeys(fault.field for fault in faults)
    return [
        FieldError(field=field, messages=[fault.message for fault in faults if fault.field == field])
        for field in fields
    ]


def _validation_errors(faults: list[Fault]) -> list[ValidationError]:
    return [ValidationError(field=fault.field, message=fault.message) for fault in faults]


def _response(failure: Failure, status: int, headers: Mapping[str, str]) -> Response:
    return Response(
        msgspec.json.encode(failure), status, {"Cache-Control": "no-store", **headers}, MEDIA_TYPE
    )
