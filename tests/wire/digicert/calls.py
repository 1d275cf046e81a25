"""Every operation of the dialect as one call, for the tests that walk over all of them."""

from __future__ import annotations

from typing import NamedTuple

from tests.wire.digicert.given import CERTIFICATE, ORDER

_ORDER = f"/order/certificate/{ORDER}"
_CERTIFICATE = f"/certificate/{CERTIFICATE}"


class Call(NamedTuple):
    """An operation; ``kind`` names what its path is about, if that is somebody's."""

    method: str
    path: str
    kind: str = ""
    takes_json: bool = False


ORDER_CALLS = (
    Call("GET", "/order/certificate/status-changes?minutes=1"),
    Call("GET", "/order/certificate"),
    Call("GET", "/order/alternate/PO-1"),
    Call("GET", _ORDER, "order"),
    Call("POST", "/order/certificate/ssl_basic", takes_json=True),
    Call("DELETE", _ORDER, "order"),
    Call("PUT", f"{_ORDER}/status", "order", takes_json=True),
    Call("POST", f"{_ORDER}/csr", "order", takes_json=True),
    Call("PUT", f"{_ORDER}/revoke", "order", takes_json=True),
    Call("PUT", f"{_ORDER}/resend-emails", "order", takes_json=True),
    Call("PUT", f"{_ORDER}/ct-status", "order"),
    Call("DELETE", f"{_ORDER}/custom-renewal-message", "order"),
    Call("GET", f"{_ORDER}/email-validation", "order"),
    Call("PUT", f"{_ORDER}/email-validation/CODE", "order"),
    Call("PUT", f"{_ORDER}/check-dcv", "order", takes_json=True),
    Call("PUT", f"{_ORDER}/dcv-random-value", "order"),
    Call("PUT", f"{_ORDER}/dcv-method", "order", takes_json=True),
    Call("POST", f"{_ORDER}/reissue", "order", takes_json=True),
    Call("GET", f"{_ORDER}/reissue", "order"),
    Call("POST", f"{_ORDER}/duplicate", "order", takes_json=True),
    Call("GET", f"{_ORDER}/duplicate", "order"),
    Call("GET", f"{_ORDER}/note", "order"),
    Call("POST", f"{_ORDER}/note", "order", takes_json=True),
    Call("POST", f"{_ORDER}/custom-field", "order", takes_json=True),
    Call("GET", "/report/order"),
    Call("GET", "/report/order/expiring"),
    Call("GET", "/report/order/1/expiring"),
    Call("GET", "/report/request"),
    Call("GET", f"/certificate/download/order/{ORDER}", "order"),
    Call("GET", f"/certificate/download/order/{ORDER}/format/pem_all", "order"),
    Call("GET", f"{_CERTIFICATE}/download/format/pem_all", "certificate"),
    Call("GET", f"{_CERTIFICATE}/download/platform", "certificate"),
    Call("GET", f"{_CERTIFICATE}/download/platform/29", "certificate"),
    Call("GET", _CERTIFICATE, "certificate"),
    Call("GET", f"{_CERTIFICATE}/chain", "certificate"),
    Call("PUT", f"{_CERTIFICATE}/revoke", "certificate", takes_json=True),
    Call("GET", "/request"),
    Call("GET", "/request/1", "request"),
    Call("PUT", "/request/1/status", "request", takes_json=True),
)
"""Orders with what belongs to them."""

DOMAIN_CALLS = (
    Call("GET", "/domain"),
    Call("POST", "/domain", takes_json=True),
    Call("GET", "/domain/validation-type"),
    Call("GET", "/domain/dcv/method"),
    Call("GET", "/domain/1", "domain"),
    Call("DELETE", "/domain/1", "domain"),
    Call("PUT", "/domain/1/activate", "domain"),
    Call("PUT", "/domain/1/deactivate", "domain"),
    Call("GET", "/domain/1/validation", "domain"),
    Call("POST", "/domain/1/validation", "domain", takes_json=True),
    Call("PUT", "/domain/1/dcv/method", "domain", takes_json=True),
    Call("POST", "/domain/1/dcv/token", "domain"),
    Call("GET", "/domain/1/dcv/emails", "domain"),
    Call("PUT", "/domain/1/dcv/emails", "domain"),
    Call("PUT", "/domain/1/dcv/validate-token", "domain"),
)

WEBHOOK_CALLS = (
    Call("GET", "/webhook"),
    Call("POST", "/webhook", takes_json=True),
    Call("POST", "/webhook/test-endpoint", takes_json=True),
    Call("GET", "/webhook/event-logs"),
    Call("PUT", "/webhook/1", "webhook", takes_json=True),
    Call("PUT", "/webhook/1/activate", "webhook"),
    Call("PUT", "/webhook/1/deactivate", "webhook"),
    Call("PUT", "/webhook/1/send-challenge", "webhook"),
    Call("PUT", "/webhook/1/check-challenge", "webhook", takes_json=True),
    Call("GET", "/webhook/1/event-logs", "webhook"),
)

OTHER_CALLS = (
    Call("GET", "/account/metadata"),
    Call("POST", "/account/metadata", takes_json=True),
    Call("PUT", "/account/metadata/1", "metadata", takes_json=True),
    Call("GET", "/user/me"),
    Call("GET", "/organization"),
    Call("GET", "/organization/1", "organization"),
    Call("GET", "/organization/1/validation", "organization"),
    Call("POST", "/organization", takes_json=True),
    Call("PUT", "/organization/1/activate", "organization"),
    Call("PUT", "/organization/1/deactivate", "organization"),
    Call("POST", "/organization/1/validation", "organization", takes_json=True),
    Call("GET", "/account"),
    Call("GET", "/finance/balance"),
    Call("GET", "/finance/purchase-history"),
    Call("GET", "/user"),
    Call("GET", "/user/1002"),
    Call("GET", "/container"),
    Call("GET", "/container/1"),
    Call("GET", "/container/1/children"),
    Call("GET", "/container/1/template"),
    Call("GET", "/container/1/template/1"),
    Call("GET", "/container/1/order/organization"),
    Call("GET", "/certificate/intermediates"),
    Call("GET", "/product"),
    Call("GET", "/product/ssl_basic"),
)

CALLS = (*ORDER_CALLS, *DOMAIN_CALLS, *WEBHOOK_CALLS, *OTHER_CALLS)
OWNED = [call for call in CALLS if call.kind]
