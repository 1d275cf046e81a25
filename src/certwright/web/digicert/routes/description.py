"""The description of the dialect as an OpenAPI document, from its operations and the schemas that they read and write.

What an operation answers stands in one table; one that is not in it answers some JSON or nothing, and the description
says no more than that.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from certwright import __version__
from certwright.web.digicert.auth import area_of
from certwright.web.digicert.schemas import answers, further, notes, orders, parties
from certwright.web.shared import openapi

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from certwright.web.digicert.routes.endpoint import Operation

_ORDER = "/order/certificate/{id}"
_REVOKED: Mapping[int, Any] = {201: orders.RevocationRequest, 204: None}
_DONE: Mapping[int, Any] = {204: None}

_ANSWERS: Mapping[tuple[str, str], Mapping[int, Any]] = {
    ("GET", "/order/certificate/status-changes"): {200: answers.StatusChanges},
    ("GET", "/order/certificate"): {200: orders.OrderList},
    ("GET", "/order/certificate/{key}"): {200: orders.OrderInfo},
    ("POST", "/order/certificate/{key}"): {201: orders.Placed},
    ("GET", "/order/alternate/{alternative_id}"): {200: answers.StatusChanges},
    ("PUT", f"{_ORDER}/status"): _DONE,
    ("POST", f"{_ORDER}/csr"): _DONE,
    ("PUT", f"{_ORDER}/revoke"): _REVOKED,
    ("PUT", f"{_ORDER}/resend-emails"): _DONE,
    ("GET", f"{_ORDER}/email-validation"): {200: notes.EmailValidation},
    ("PUT", f"{_ORDER}/email-validation/{{token}}"): _DONE,
    ("PUT", f"{_ORDER}/check-dcv"): {200: answers.DCVCheck},
    ("PUT", f"{_ORDER}/dcv-random-value"): {200: answers.RandomValue},
    ("PUT", f"{_ORDER}/dcv-method"): {200: answers.RandomValue, 204: None},
    ("POST", f"{_ORDER}/reissue"): {201: further.AskedFor},
    ("GET", f"{_ORDER}/reissue"): {200: further.Reissues},
    ("POST", f"{_ORDER}/duplicate"): {201: further.AskedFor},
    ("GET", f"{_ORDER}/duplicate"): {200: further.Duplicates},
    ("GET", f"{_ORDER}/note"): {200: notes.Notes},
    ("POST", f"{_ORDER}/note"): {201: notes.Note},
    ("POST", f"{_ORDER}/custom-field"): _DONE,
    ("GET", "/account/metadata"): {200: notes.CustomFields},
    ("POST", "/account/metadata"): {201: notes.Made},
    ("PUT", "/account/metadata/{id}"): _DONE,
    ("GET", "/report/order/expiring"): {200: notes.ExpiringReport},
    ("GET", "/report/order/{container_id}/expiring"): {200: notes.ExpiringReport},
    ("GET", "/report/request"): {200: notes.RequestReport},
    ("GET", "/certificate/{id}"): {200: further.CertificateInfo},
    ("GET", "/certificate/{id}/chain"): {200: answers.Chain},
    ("PUT", "/certificate/{id}/revoke"): _REVOKED,
    ("GET", "/request"): {200: orders.RequestList},
    ("GET", "/request/{id}"): {200: orders.RequestInfo},
    ("PUT", "/request/{id}/status"): _DONE,
    ("GET", "/user/me"): {200: parties.Me},
}

_REFUSALS = {
    400: "The request can't be carried out as it stands.",
    403: "No good key, or one that may not do this.",
    404: "There is no such thing in this account.",
    406: "The answer can't be sent in a form that the client accepts.",
    429: "Too many requests; Retry-After says when the next is taken.",
    500: "A fault of the server.",
    503: "Something that the server depends on does not answer.",
}
_FILE_TYPES = ("application/zip", "application/x-pkcs7-certificates", "application/x-pem-file")
_PAGING = tuple(
    openapi.Parameter(name=name, description=text, schema={"type": "integer", "minimum": 0})
    for name, text in (
        ("limit", "The most rows; 0 and more than 1000 mean 1000."),
        ("offset", "How many rows to leave out."),
    )
)
_SPANS = tuple(
    openapi.Parameter(name=name, description=f"How many {name} to look back.", schema={"type": "integer"})
    for name in ("minutes", "seconds")
)
_FILTERS = openapi.Parameter(name="filters[status]", description="One of the filters.")
_API = openapi.API(
    title="DigiCert Services API v2, as Certwright speaks it",
    version=__version__,
    description="Order, approve, prove, reissue, duplicate and revoke TLS certificates, and follow their changes.",
    failure=answers.Errors,
    security={"key": {"type": "apiKey", "in": "header", "name": "X-DC-DEVKEY"}},
)


def describe(operations: Sequence[Operation], prefix: str) -> dict[str, Any]:
    """Return the OpenAPI document of operations, whose paths get the prefix."""
    document = openapi.build_document(_API, list(_described(operations, prefix)))
    for operation in operations:
        told = document["paths"][prefix + operation.path][operation.method.lower()]
        good = _ANSWERS.get((operation.method, operation.path), {})
        if len(good) > 1:
            told["responses"]["204"] = {"description": "Done"}
        if not good:
            told["responses"]["2XX"] = told["responses"].pop("200")
    return document


def _described(operations: Iterable[Operation], prefix: str) -> Iterable[openapi.Operation]:
    for operation in operations:
        good = _ANSWERS.get((operation.method, operation.path), {200: {}})
        status, answer = next(iter(good.items()))
        area = area_of(operation.path).value
        errors = _REFUSALS if operation.body is None else {**_REFUSALS, 413: "The body is larger than 1 MiB."}
        yield openapi.Operation(
            method=operation.method,
            path=prefix + operation.path,
            name=re.sub(r"\W+", "_", f"{operation.method.lower()}{operation.path}").rstrip("_"),
            tag=area,
            summary=(inspect.getdoc(operation.handler) or "").partition("\n")[0],
            parameters=_parameters(operation),
            body=operation.body,
            body_required=False,
            answer=answer,
            answer_media_types=_media_types(operation),
            status=status,
            errors=errors,
        )


def _parameters(operation: Operation) -> tuple[openapi.Parameter, ...]:
    in_path = tuple(
        openapi.Parameter(
            name=name, where="path", required=True, description=f"The {name.replace('_', ' ')}."
        )
        for name in re.findall(r"{(\w+)}", operation.path)
    )
    if operation.path.endswith("status-changes"):
        return (*_SPANS, *_PAGING, _FILTERS)
    return (*in_path, *_PAGING, _FILTERS) if operation.sends_csv else in_path


def _media_types(operation: Operation) -> tuple[str, ...]:
    if operation.sends_file:
        return _FILE_TYPES
    return (openapi.JSON, "text/csv") if operation.sends_csv else (openapi.JSON,)
