"""Fetching a page from a stranger's web server, on a stranger's word, without being led astray.

Each hop resolves its host once, through our own resolver, and connects only to the addresses judged then (an answer
that changes afterwards, "DNS rebinding", changes nothing). Redirects are followed by hand, so that every target is
judged before anything is sent to it. Bytes, hops and the time of the whole are bounded; there are no proxies, no
cookies, no decompression, and nothing of a body is ever logged.

Certificates of https targets are not verified, because a host that asks for its first certificate has none that could
be. BR §3.2.2.4.18 asks for no authentication: the proof is the value, found at a name that DNS leads to.
"""

from __future__ import annotations

import asyncio
import re
import socket
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from certwright.dcv.addresses import is_public
from certwright.dcv.resolver import LookupFailed
from certwright.dcv.wording import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from certwright.dcv.resolver import IPAddress, Resolver

STANDARD_PORTS = frozenset({80, 443})
"""The Authorized Ports of BR §1.6.1 that speak HTTP."""

_REDIRECTS = frozenset({301, 302, 307, 308})
"""The statuses that BR §3.2.2.4.18 lets a CA follow; 303 is not among them."""

_MAX_REDIRECTS = 5

_DOMAIN_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{0,62}\.?\Z")
"""No label of a top-level domain begins with a digit, so no spelling of an IP address gets through."""

_HEADERS = {
    "User-Agent": "Certwright (domain control validation)",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}


class FetchFailed(Exception):
    """The page was not fetched; the text says at which host and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A final answer: where it was found, its status, and at most the agreed number of bytes of its body."""

    url: str
    status: int
    content_type: str
    encoding: str
    body: bytes


class Fetcher:
    """Gets pages over HTTP from hosts that ``may_connect`` approves of, on the given ports."""

    def __init__(
        self,
        resolver: Resolver,
        *,
        ports: Iterable[int] = STANDARD_PORTS,
        may_connect: Callable[[IPAddress], bool] = is_public,
        time_limit: timedelta = timedelta(seconds=10),
        max_bytes: int = 5000,
    ) -> None:
        self._resolver = resolver
        self._ports = frozenset(ports)
        self._may_connect = may_connect
        self._seconds = time_limit.total_seconds()
        self._max_bytes = max_bytes

    async def get(self, url: URL, *, secret: str) -> Page:
        """Get a page, following redirects; no requested URL may contain ``secret`` (BR §3.2.2.4.18).

        Raises:
            FetchFailed: there is no final answer.
        """
        try:
            async with asyncio.timeout(self._seconds):
                return await self._follow(url, secret)
        except TimeoutError as cause:
            raise FetchFailed(
                f"{url.raw_host} did not answer in full within {self._seconds:g} seconds"
            ) from cause

    async def _follow(self, url: URL, secret: str) -> Page:
        for _ in range(1 + _MAX_REDIRECTS):
            self._check_target(url, secret)
            answer = await self._get_once(url)
            if isinstance(answer, Page):
                return answer
            url = answer
        raise FetchFailed(f"there were more than {_MAX_REDIRECTS} redirects")

    def _check_target(self, url: URL, secret: str) -> None:
        faults = {
            "its scheme is neither http nor https": url.scheme not in {"http", "https"},
            "it carries a user name or password": url.raw_user is not None or url.raw_password is not None,
            f"its port is not among {', '.join(map(str, sorted(self._ports)))}": url.port not in self._ports,
            "its host is not a domain name": not _DOMAIN_NAME.match((url.raw_host or "").lower()),
            "it contains the value to be found": secret in str(url),
        }
        for fault, applies in faults.items():
            if applies:
                raise FetchFailed(f"{quoted(str(url))} is not followed: {fault}")

    async def _get_once(self, url: URL) -> Page | URL:
        """Send one request; return the page, or where the server redirects to."""
        addresses = await self._find_addresses(url.raw_host or "")
        connector = aiohttp.TCPConnector(
            resolver=_Pinned(addresses), use_dns_cache=False, force_close=True, ssl=False
        )
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    headers=_HEADERS,
                    auto_decompress=False,
                    trust_env=False,
                    read_bufsize=self._max_bytes,
                ) as session,
                session.get(url, allow_redirects=False) as response,
            ):
                if response.status in _REDIRECTS:
                    return _redirect_target(response)
                return Page(
                    url=str(url),
                    status=response.status,
                    content_type=response.content_type,
                    encoding=response.headers.get("Content-Encoding", "identity"),
                    body=await self._read(response.content),
                )
        except (aiohttp.ClientError, OSError) as cause:
            raise FetchFailed(f"{url.raw_host} port {url.port}: {_why(cause, addresses)}") from cause

    async def _find_addresses(self, host: str) -> list[IPAddress]:
        try:
            answer = await self._resolver.find_addresses(host)
        except LookupFailed as failure:
            raise FetchFailed(str(failure)) from failure
        allowed = [address for address in answer.records if self._may_connect(address)]
        if not answer.records:
            raise FetchFailed(f"{host} has no address" if answer.exists else f"{host} does not exist in DNS")
        if not allowed:
            shown = listed([str(address) for address in answer.records])
            raise FetchFailed(f"{host} has no public address, only {shown}")
        return allowed

    async def _read(self, stream: aiohttp.StreamReader) -> bytes:
        """Read the body up to the cap and leave the rest."""
        body = b""
        while len(body) < self._max_bytes and (chunk := await stream.read(self._max_bytes - len(body))):
            body += chunk
        return body


class _Pinned(AbstractResolver):
    """Answers with the addresses that were judged, whatever is asked."""

    def __init__(self, addresses: Sequence[IPAddress]) -> None:
        self._addresses = addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002
    ) -> list[ResolveResult]:
        """List all addresses; aiohttp tries them in turn."""
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,  # noqa: PLR2004
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is held open."""


def _redirect_target(response: aiohttp.ClientResponse) -> URL:
    location = response.headers.get("Location", "")
    try:
        return response.url.join(URL(location))
    except ValueError as cause:
        raise FetchFailed(
            f"{response.url.raw_host} redirects to {quoted(location)}, which is no URL"
        ) from cause


def _why(cause: Exception, addresses: Sequence[IPAddress]) -> str:
    shown = listed([str(address) for address in addresses])
    if isinstance(cause, aiohttp.ClientSSLError):
        return f"TLS with {shown} failed"
    if isinstance(cause, aiohttp.ClientConnectorError):
        return f"no connection to {shown}"
    return f"{shown} did not answer in proper HTTP"
