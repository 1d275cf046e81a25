"""Requests to customers' endpoints.

A host is resolved once and judged, and the connection goes to that address, so that an answer of DNS that changes
afterwards changes nothing. The certificate of an https endpoint has to be good for its name. Redirects are not
followed, nothing of an answer but its status is read, and neither secrets nor bodies are logged.
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from certwright.domain.errors import InvalidInput, Unavailable
from certwright.domain.webhook import is_usable_endpoint

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Mapping


class HTTPPoster:
    """Posts JSON to endpoints.

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

    def check_url(self, url: str, *, field: str) -> None:
        """Refuse a URL to which nothing would be sent, whatever its host's addresses are.

        Raises:
            InvalidInput: it is none that anything may go to; it names the field.
        """
        if not is_usable_endpoint(url, allow_http=self._allow_http):
            raise InvalidInput.for_field(field, "An endpoint is a URL that begins with https://")

    async def check_host(self, url: str, *, field: str) -> None:
        """Refuse a URL whose host has, now, no address that may be connected to.

        Raises:
            InvalidInput: it has none; it names the field.
        """
        try:
            await self._find_addresses(URL(url).host or "")
        except Unavailable as cause:
            raise InvalidInput.for_field(field, cause.message) from cause

    async def post(self, url: str, body: bytes, *, user_agent: str, headers: Mapping[str, str]) -> int:
        """Send a body once and return the status of the answer.

        Raises:
            Unavailable: there was no answer, or the endpoint lies where nothing may be sent.
        """
        target = URL(url)
        host = target.host or ""
        address = (await self._find_addresses(host))[0]
        try:
            async with (
                aiohttp.ClientSession(
                    timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
                ) as session,
                session.post(
                    target.with_host(_in_url(address)),
                    data=body,
                    headers={
                        "Content-Type": "application/json",
                        "User-Agent": user_agent,
                        "Host": target.raw_authority if target.explicit_port else host,
                        **headers,
                    },
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
