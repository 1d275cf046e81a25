"""Events as HTTP requests to customers' endpoints.

    POST <endpoint>
    Content-Type: application/json
    X-WEBHOOK-KEY: <the webhook's secret, if it has one>

    {"event": "certificate_issued", "data": {"order_id": 100001, "certificate_id": 500001}}

A host is resolved once and judged, and the connection goes to that address, so that an answer of DNS that changes
afterwards changes nothing. The certificate of an https endpoint has to be good for its name. Redirects are not
followed, nothing of an answer but its status is read, and neither secrets nor bodies are logged.
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from yarl import URL

from certwright.domain.errors import InvalidInput, Unavailable
from certwright.domain.webhook import EventKind, is_usable_endpoint

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

    from certwright.domain.account import Secret
    from certwright.services.ports import Event

KEY_HEADER = "X-WEBHOOK-KEY"
_USER_AGENT = "Certwright (webhook)"


class HTTPEventSender:
    """Sends events to endpoints.

    ``find_addresses`` returns the addresses of a host that may be connected to, or raises ``Unavailable``; ``allow_http``
    lets endpoints do without TLS, and ``trust`` says which authorities are trusted in place of the system's.
    """

    def __init__(
        self,
        find_addresses: Callable[[str], Awaitable[tuple[str, ...]]],
        *,
        allow_http: bool = False,
        trust: ssl.SSLContext | None = None,
        time_limit: timedelta = timedelta(seconds=10),
    ) -> None:
        self._find_addresses = find_addresses
        self._allow_http = allow_http
        self._trust: ssl.SSLContext | bool = trust or True
        self._timeout = aiohttp.ClientTimeout(total=time_limit.total_seconds())

    def check_endpoint(self, url: str) -> None:
        """Refuse a URL to which nothing would be sent.

        Raises:
            InvalidInput: it is none that events may go to.
        """
        if not is_usable_endpoint(url, allow_http=self._allow_http):
            raise InvalidInput.for_field("endpoint", "An endpoint is a URL that begins with https://")

    async def send(self, url: str, event: Event, *, secret: Secret | None) -> int:
        """Send an event once and return the status of the answer.

        Raises:
            Unavailable: there was no answer, or the endpoint lies where nothing may be sent.
        """
        target = URL(url)
        host = target.host or ""
        address = (await self._find_addresses(host))[0]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": _USER_AGENT,
            "Host": target.raw_authority if target.explicit_port else host,
        }
        if secret is not None:
            headers[KEY_HEADER] = secret.reveal()
        try:
            async with (
                aiohttp.ClientSession(
                    timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
                ) as session,
                session.post(
                    target.with_host(_in_url(address)),
                    data=msgspec.json.encode(_payload(event)),
                    headers=headers,
                    allow_redirects=False,
                    ssl=self._trust,
                    server_hostname=host if target.scheme == "https" else None,
                ) as response,
            ):
                return response.status
        except (aiohttp.ClientError, OSError, TimeoutError) as cause:
            raise Unavailable(f"The endpoint at {host} did not answer ({type(cause).__name__})") from cause


def _in_url(address: str) -> str:
    return f"[{address}]" if isinstance(ip_address(address), IPv6Address) else address


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
