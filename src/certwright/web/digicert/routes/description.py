"""The description of the dialect as an OpenAPI document, from its operations and the schemas that they read and write.

What an operation answers stands in one table.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from certwright import __version__
from certwright.web.digicert.auth import area_of
from certwright.web.digicert.schemas import (
    account,
    answers,
    domains,
    further,
    notes,
    orders,
    parties,
    webhooks,
)
from certwright.web.shared import openapi

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from certwright.web.digicert.routes.endpoint import Operation

_ORDER = "/order/certificate/{id}"
_DOMAIN = "/domain/{id}"
_WEBHOOK = "/webhook/{id}"
_REVOKED: Mapping[int, Any] = {201: orders.RevocationRequest, 204: None}
_DONE: Mapping[int, Any] = {204: None}

_ANSWERS: Mapping[tuple[str, str], Mapping[int, Any]] = {
    ("GET", "/order/certificate/status-changes"): {200: answers.StatusChanges},
    ("GET", "/order/certificate"): {200: orders.OrderList},
    ("GET", "/order/certificate/{key}"): {200: orders.OrderInfo},
    ("POST", "/order/certificate/{key}"): {201: orders.Placed},
    ("DELETE", "/order/certificate/{key}"): _DONE,
    ("GET", "/order/alternate/{alternative_id}"): {200: answers.StatusChanges},
    ("PUT", f"{_ORDER}/status"): _DONE,
    ("POST", f"{_ORDER}/csr"): _DONE,
    ("PUT", f"{_ORDER}/revoke"): _REVOKED,
    ("PUT", f"{_ORDER}/resend-emails"): _DONE,
    ("PUT", f"{_ORDER}/ct-status"): _DONE,
    ("DELETE", f"{_ORDER}/custom-renewal-message"): _DONE,
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
    ("GET", "/user"): {200: account.UserList},
    ("GET", "/user/{id}"): {200: account.UserInfo},
    ("GET", "/account"): {200: account.AccountInfo},
    ("GET", "/finance/balance"): {200: account.Balance},
    ("GET", "/finance/purchase-history"): {200: account.PurchaseHistory},
    ("GET", "/container"): {200: account.ContainerList},
    ("GET", "/container/{id}"): {200: account.ContainerInfo},
    ("GET", "/container/{id}/children"): {200: account.ContainerList},
    ("GET", "/container/{id}/template"): {200: account.ContainerTemplates},
    ("GET", "/container/{id}/template/{template_id}"): {200: account.ContainerTemplate},
    ("GET", "/container/{id}/order/organization"): {200: parties.OrganizationReferences},
    ("GET", "/certificate/intermediates"): {200: account.Intermediates},
    ("GET", "/organization"): {200: parties.OrganizationList},
    ("POST", "/organization"): {201: account.AddedOrganization},
    ("GET", "/organization/{id}"): {200: parties.Organization},
    ("PUT", "/organization/{id}/activate"): _DONE,
    ("PUT", "/organization/{id}/deactivate"): _DONE,
    ("GET", "/organization/{id}/validation"): {200: parties.Validations},
    ("POST", "/organization/{id}/validation"): _DONE,
    ("GET", "/product"): {200: parties.ProductList},
    ("GET", "/product/{name_id}"): {200: parties.ProductInfo},
    ("GET", "/domain"): {200: domains.DomainList},
    ("POST", "/domain"): {201: domains.AddedDomain},
    ("GET", "/domain/validation-type"): {200: domains.ValidationTypes},
    ("GET", "/domain/dcv/method"): {200: domains.DCVMethods},
    ("GET", _DOMAIN): {200: domains.DomainInfo},
    ("DELETE", _DOMAIN): _DONE,
    ("PUT", f"{_DOMAIN}/activate"): _DONE,
    ("PUT", f"{_DOMAIN}/deactivate"): _DONE,
    ("GET", f"{_DOMAIN}/validation"): {200: domains.DomainValidations},
    ("POST", f"{_DOMAIN}/validation"): _DONE,
    ("PUT", f"{_DOMAIN}/dcv/method"): {200: domains.ChangedDomainMethod},
    ("POST", f"{_DOMAIN}/dcv/token"): {200: domains.DomainToken, 204: None},
    ("GET", f"{_DOMAIN}/dcv/emails"): {200: domains.ValidationEmails},
    ("PUT", f"{_DOMAIN}/dcv/emails"): _DONE,
    ("PUT", f"{_DOMAIN}/dcv/validate-token"): {200: domains.CheckedToken},
    ("GET", "/webhook"): {200: webhooks.WebhookList},
    ("POST", "/webhook"): {201: webhooks.CreatedWebhook},
    ("POST", "/webhook/test-endpoint"): _DONE,
    ("GET", "/webhook/event-logs"): {200: webhooks.EventLog},
    ("PUT", _WEBHOOK): _DONE,
    ("PUT", f"{_WEBHOOK}/activate"): _DONE,
    ("PUT", f"{_WEBHOOK}/deactivate"): _DONE,
    ("PUT", f"{_WEBHOOK}/send-challenge"): _DONE,
    ("PUT", f"{_WEBHOOK}/check-challenge"): _DONE,
    ("GET", f"{_WEBHOOK}/event-logs"): {200: webhooks.EventLog},
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
_FLAGS = {
    "/order/certificate/{key}": ("include_caa_status",),
    "/report/order/expiring": ("include_expiring_certs",),
    "/organization": ("include_validation",),
    "/organization/{id}": ("include_validation",),
    "/domain": ("include_validation", "include_dcv_expiration_time"),
    _DOMAIN: ("include_dcv", "include_validation"),
}
"""The parameters that ask for more."""
_PAGED = {"/domain", "/webhook/event-logs", f"{_WEBHOOK}/event-logs", "/finance/purchase-history"}
_REPORT = "/report/order"
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
        if len(_answers(operation)) > 1:
            told["responses"]["204"] = {"description": "Done"}
    return document


def _described(operations: Iterable[Operation], prefix: str) -> Iterable[openapi.Operation]:
    for operation in operations:
        status, answer = next(iter(_answers(operation).items()))
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


def _answers(operation: Operation) -> Mapping[int, Any]:
    """Return what an operation answers by status, with what it answers mostly first; files are of any kind."""
    return {200: {}} if operation.sends_file else _ANSWERS[operation.method, operation.path]


def _parameters(operation: Operation) -> tuple[openapi.Parameter, ...]:
    in_path = tuple(
        openapi.Parameter(
            name=name, where="path", required=True, description=f"The {name.replace('_', ' ')}."
        )
        for name in re.findall(r"{(\w+)}", operation.path)
    )
    if operation.path.endswith("status-changes"):
        return (*_SPANS, *_PAGING, _FILTERS)
    flags = tuple(
        openapi.Parameter(name=name, description="1 or true asks for it.")
        for name in (_FLAGS.get(operation.path, ()) if operation.method == "GET" else ())
    )
    if operation.path == _REPORT:
        return (_FILTERS,)
    is_paged = operation.method == "GET" and (operation.sends_csv or operation.path in _PAGED)
    return (*in_path, *flags, *((*_PAGING, _FILTERS) if is_paged else ()))


def _media_types(operation: Operation) -> tuple[str, ...]:
    if operation.path == _REPORT:
        return ("text/csv",)
    if operation.sends_file:
        return _FILE_TYPES
    return (openapi.JSON, "text/csv") if operation.sends_csv else (openapi.JSON,)
