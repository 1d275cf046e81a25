"""Events as HTTP requests to customers' endpoints.

POST <endpoint>
Content-Type: application/json
X-WEBHOOK-KEY: <the webhook's secret, if it has one>

{"event": "certificate_issued", "data": {"order_id": 100001, "certificate_id": 500001}}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certwright.domain.webhook import EventKind

if TYPE_CHECKING:
    from certwright.domain.account import Secret
    from certwright.notify.http_post import HTTPPoster
    from certwright.services.ports import Event

KEY_HEADER = "X-WEBHOOK-KEY"
_USER_AGENT = "Certwright (webhook)"


class HTTPEventSender:
    """Sends events to endpoints."""

    def __init__(self, poster: HTTPPoster) -> None:
        self._poster = poster

    def check_endpoint(self, url: str) -> None:
        """Refuse a URL to which nothing would be sent.

        Raises:
            InvalidInput: it is none that events may go to.
        """
        self._poster.check_url(url, field="endpoint")

    async def send(self, url: str, event: Event, *, secret: Secret | None) -> int:
        """Send an event once and return the status of the answer.

        Raises:
            Unavailable: there was no answer, or the endpoint lies where nothing may be sent.
        """
        headers = {} if secret is None else {KEY_HEADER: secret.reveal()}
        body = msgspec.json.encode(_payload(event))
        return await self._poster.post(url, body, user_agent=_USER_AGENT, headers=headers)


def _payload(event: Event) -> dict[str, Any]:
    if event.kind is EventKind.TEST:
        return {"event": event.kind.value}
    subject = event.subject
    data: dict[str, Any] = {
        "order_id": subject.order_id,
        "certificate_id": subject.certificate_id,
        "organization_id": subject.organization_id,
        "domain_id": subject.domain_id,
        "token": event.token.reveal() if event.token else None,
        "webhook_id": event.webhook_id,
        "certificate_chain": [_certificate(der) for der in event.chain] or None,
    }
    return {"event": event.kind.value, "data": {name: value for name, value in data.items() if value}}


def _certificate(der: bytes) -> dict[str, str]:
    certificate = x509.load_der_x509_certificate(der)
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    pem = certificate.public_bytes(Encoding.PEM).decode().replace("\n", "\r\n")
    return {"subject_common_name": str(names[0].value) if names else "", "pem": pem}
