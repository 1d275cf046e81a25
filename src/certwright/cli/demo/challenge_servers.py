"""A name server and a web server for loopback, small but real: the demo and the tests publish proofs with them.

Both are async context managers; inside the block they listen on ``host`` and ``port``, and what they serve may be
changed at any time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from aiohttp import web

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from pathlib import Path

    from dns.rdatatype import RdataType

_LOOPBACK = "127.0.0.1"
_MAX_ALIASES = 8
_PLAIN_UDP_BYTES = 512  # RFC 1035 §4.2.1, for those who don't speak EDNS
_MOST_BYTES = 65535  # of any message, RFC 1035 §4.2.2
_SOA = "localhost. nobody.localhost. 1 60 60 60"


class DNSServer:
    """Answers as a recursive name server would that knows nothing but the records set here.

    What it says may be remembered for ``ttl_seconds``: by nobody, unless a test or a benchmark is about just that. ``queries`` counts the questions by name and type, such as ``("example.test", "TXT")``.
    """

    def __init__(self, host: str = _LOOPBACK, *, ttl_seconds: int = 0) -> None:
        self.host = host
        self.port = 0
        self.ttl_seconds = ttl_seconds
        self.queries: Counter[tuple[str, str]] = Counter()
        self._records: dict[tuple[dns.name.Name, RdataType], dns.rrset.RRset] = {}
        self._failing: set[tuple[dns.name.Name, RdataType]] = set()

    @property
    def address(self) -> str:
        """The server as ``ip:port``, as settings name it."""
        return f"{self.host}:{self.port}"

    def publish(self, name: str, kind: str, *values: str) -> None:
        """Set all records of a type at a name, each value as in a zone file; none at all removes them.

        A TXT value needs its quotes: ``publish("example.test", "TXT", '"some text"')``. A name that begins with ``*.``
        stands for all names below it that have no records of their own (RFC 4592).
        """
        owner, rdtype = dns.name.from_text(name), dns.rdatatype.from_text(kind)
        self._records.pop((owner, rdtype), None)
        if values:
            self._records[owner, rdtype] = dns.rrset.from_text(owner, self.ttl_seconds, "IN", rdtype, *values)

    def values(self, name: str, kind: str) -> list[str]:
        """Return what is published of a type at a name, in the form that ``publish`` takes."""
        found = self._records.get((dns.name.from_text(name), dns.rdatatype.from_text(kind)))
        return [record.to_text() for record in found or ()]

    def fail(self, name: str, *kinds: str) -> None:
        """Answer SERVFAIL for some types at a name, or for the whole name, from now on."""
        self._failing.update(
            (dns.name.from_text(name), dns.rdatatype.from_text(kind)) for kind in kinds or ["ANY"]
        )

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        while True:
            self._tcp = await asyncio.start_server(self._serve_tcp, self.host, 0)
            self.port = self._tcp.sockets[0].getsockname()[1]
            try:
                self._udp, _ = await loop.create_datagram_endpoint(
                    lambda: _UDPProtocol(self), local_addr=(self.host, self.port)
                )
            except OSError:  # another program holds the UDP port of that number
                self._tcp.close()
            else:
                return self

    async def __aexit__(self, *_: object) -> None:
        self._udp.close()
        self._tcp.close()
        await self._tcp.wait_closed()

    def answer(self, wire: bytes, *, over_udp: bool) -> bytes | None:
        """Answer a query as it came from the network; ``None`` for what is no query."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        response = dns.message.make_response(query, recursion_available=True)
        for question in query.question[:1]:
            kind = dns.rdatatype.to_text(question.rdtype)
            self.queries[question.name.to_text(omit_final_dot=True).lower(), kind] += 1
            self._fill(response, question.name, question.rdtype)
        limit = max(query.payload, _PLAIN_UDP_BYTES) if over_udp else _MOST_BYTES
        return response.to_wire(max_size=limit, prefer_truncation=over_udp)

    def _fill(self, response: dns.message.Message, name: dns.name.Name, rdtype: RdataType) -> None:
        for _ in range(_MAX_ALIASES):
            if {(name, rdtype), (name, dns.rdatatype.ANY)} & self._failing:
                response.set_rcode(dns.rcode.SERVFAIL)
                return
            if found := self._find(name, rdtype):
                response.answer.append(found)
                return
            alias = self._find(name, dns.rdatatype.CNAME)
            if alias is None:
                break
            response.answer.append(alias)
            name = alias[0].target
        # RFC 2308 §2: a name with others below it exists, if without records of its own.
        if not self._exists(name) and self._wildcard_above(name) is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
        response.authority.append(
            dns.rrset.from_text(dns.name.root, self.ttl_seconds, "IN", "SOA", f"{_SOA} {self.ttl_seconds}")
        )

    def _exists(self, name: dns.name.Name) -> bool:
        return any(owner.is_subdomain(name) for owner, _ in self._records)

    def _find(self, name: dns.name.Name, rdtype: RdataType) -> dns.rrset.RRset | None:
        """Find the records at a name or, if there is no such name, those of the wildcard above it under that name."""
        if found := self._records.get((name, rdtype)):
            return found
        wildcard = None if self._exists(name) else self._wildcard_above(name)
        found = self._records.get((wildcard, rdtype)) if wildcard else None
        return dns.rrset.from_rdata_list(name, self.ttl_seconds, list(found)) if found else None

    def _wildcard_above(self, name: dns.name.Name) -> dns.name.Name | None:
        """Find the wildcard directly below the closest name above that exists (RFC 4592 §3.3.1)."""
        while name != dns.name.root:
            name = name.parent()
            if self._exists(name):
                wildcard = dns.name.Name((b"*", *name.labels))
                return wildcard if self._exists(wildcard) else None
        return None

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one query and hang up, as RFC 7766 §6.2.3 lets a server do."""
        with suppress(asyncio.IncompleteReadError, ConnectionError), closing(writer):
            length = int.from_bytes(await reader.readexactly(2), "big")
            if answer := self.answer(await reader.readexactly(length), over_udp=False):
                writer.write(len(answer).to_bytes(2, "big") + answer)


class _UDPProtocol(asyncio.DatagramProtocol):
    """Carries datagrams between the loop and the server."""

    def __init__(self, server: DNSServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if answer := self._server.answer(data, over_udp=True):
            self._transport.sendto(answer, addr)


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What the web server sends for a page."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class WebServer:
    """Serves pages by host and path, over http or, with a TLS context, https; anything else is 404.

    ``requests`` lists what was asked for, as ``host/path``. What was not published is looked for in the ``folder``, if
    there is one, as a file ``host/path``.
    """

    def __init__(
        self, host: str = _LOOPBACK, *, tls: ssl.SSLContext | None = None, folder: Path | None = None
    ) -> None:
        self.host = host
        self.port = 0
        self.requests: list[str] = []
        self._tls = tls
        self._folder = folder
        self._answers: dict[str, WebAnswer] = {}

    def publish(self, host: str, path: str, answer: WebAnswer | str) -> None:
        """Set the answer for a path of a host, or a plain text in place of one."""
        page = WebAnswer(answer.encode()) if isinstance(answer, str) else answer
        self._answers[host.lower() + path] = page

    def redirect(self, host: str, path: str, location: str, *, status: int = 302) -> None:
        """Redirect a path of a host."""
        self.publish(host, path, WebAnswer(status=status, headers={"Location": location}))

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._serve), shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, ssl_context=self._tls)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        page = (request.url.host or "").lower() + request.path
        self.requests.append(page)
        answer = self._answers.get(page) or self._read_file(page) or WebAnswer(b"no such page", 404)
        return web.Response(body=answer.body, status=answer.status, headers=answer.headers)

    def _read_file(self, page: str) -> WebAnswer | None:
        if self._folder is None:
            return None
        path = (self._folder / page).resolve()
        if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
            return None
        return WebAnswer(path.read_bytes())
