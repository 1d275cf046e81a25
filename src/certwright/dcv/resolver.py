"""DNS look-ups, without any notion of what they are for.

A name that does not exist and a name without records of the wanted type are answers. No answer in time, SERVFAIL and
the like are not: they raise ``LookupFailed``, for nothing follows from them. Aliases (CNAME, DNAME) are followed by
the recursive name server, as every resolver does; an answer with more than 16 of them in a row is refused. Nothing is
kept between calls, for a proof should be seen the moment it is published; only those who ask the same at the same moment, as
orders below one domain do, ask together. The first question is a plain one (``datagram``); what it leaves open is asked again
with all that a full resolver can do.

Validating DNSSEC is the name server's duty (BR §4.2.2.2 since 2026-03-15): point ``nameservers`` at a validating
resolver on the loopback interface, which answers SERVFAIL for what is bogus.
"""

from __future__ import annotations

import asyncio
import copy
import ipaddress
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import urlsplit

import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.nameserver
import dns.rcode
import dns.resolver
from dns.rdatatype import RdataType

from certwright.dcv.datagram import Absence, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Self

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

T = TypeVar("T")

_DNS_PORT = 53
_UDP_PAYLOAD_BYTES = 1232  # fits every path without fragments; longer answers come over TCP
_LEAST_SECONDS = 0.01


class LookupFailed(Exception):
    """A question got no answer that anything may be concluded from; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """The records found, none being a valid answer; ``exists`` is false when the name itself does not exist.

    ``lifetime`` is how long the zone lets the answer be kept.
    """

    records: tuple[T, ...] = ()
    exists: bool = True
    lifetime: timedelta = field(default=timedelta(0), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CAARecord:
    """One CAA record as it stands in DNS (RFC 8659 §4.1)."""

    flags: int
    tag: str
    value: bytes


class Resolver:
    """Asks recursive name servers: those given as ``ip:port`` (53 if left out), or else the system's.

    ``timeout`` bounds each look-up as a whole, over all servers and repetitions.

    Raises:
        ValueError: a name server is not an IP address with a port.
    """

    def __init__(self, nameservers: Sequence[str] = (), *, timeout: timedelta = timedelta(seconds=5)) -> None:
        self._stub = _configured_stub(nameservers)
        self._stub.lifetime = timeout.total_seconds()
        # A lost datagram is asked for again, and a server that is dead leaves time for the next one.
        self._stub.timeout = self._stub.lifetime / 4
        self._stub.use_edns(0, 0, _UDP_PAYLOAD_BYTES)
        first = self._stub.nameservers[0]
        self._first = _parse_nameserver(first) if isinstance(first, str) else first
        self._line: Line | None = None
        self._asked_now: dict[tuple[str, RdataType], list[asyncio.Future[Any]]] = {}

    @contextmanager
    def in_turn(self) -> Iterator[Self]:
        """Give a resolver for questions that are asked one after the other; they share a socket, which halves their cost."""
        with self._open_line() as line:
            resolver = copy.copy(self)
            resolver._line = line  # noqa: SLF001 - of its own copy
            yield resolver

    async def find_texts(self, name: str) -> Answer[bytes]:
        """Find the TXT records at a name, each as its strings joined (RFC 7208 §3.3 reads them alike)."""
        return await self._ask(name, RdataType.TXT, lambda record: b"".join(record.strings))

    async def find_alias(self, name: str) -> Answer[str]:
        """Find the target of the CNAME record at a name itself, with its root dot, in lower case."""
        return await self._ask(name, RdataType.CNAME, lambda record: str(record.target).lower())

    async def find_caa(self, name: str) -> Answer[CAARecord]:
        """Find the CAA records at a name or at what it is an alias of."""
        return await self._ask(
            name,
            RdataType.CAA,
            lambda record: CAARecord(
                flags=record.flags, tag=record.tag.decode("ascii", "backslashreplace"), value=record.value
            ),
        )

    async def find_addresses(self, name: str) -> Answer[IPAddress]:
        """Find the IPv4 and IPv6 addresses of a name; one family is enough when the other's look-up fails."""
        answers = await asyncio.gather(
            self._ask(name, RdataType.A, lambda record: ipaddress.ip_address(record.address)),
            self._ask(name, RdataType.AAAA, lambda record: ipaddress.ip_address(record.address)),
            return_exceptions=True,
        )
        good = [answer for answer in answers if isinstance(answer, Answer)]
        records = tuple(record for answer in good for record in answer.records)
        for failure in answers:
            if isinstance(failure, BaseException) and not (records and isinstance(failure, LookupFailed)):
                raise failure
        return Answer(records, exists=any(answer.exists for answer in good))

    async def _ask(self, name: str, rdtype: RdataType, read: Callable[[Any], T]) -> Answer[T]:
        """Ask once for all who ask the same at this moment: until the question is sent, so that no answer is older than it."""
        asked = self._asked_now.get((name, rdtype))
        if asked is not None:
            turn: asyncio.Future[Answer[T] | None] = asyncio.get_running_loop().create_future()
            asked.append(turn)
            return await turn or await self._ask_alone(name, rdtype, read)
        asked = self._asked_now[name, rdtype] = []
        answer: Answer[T] | None = None
        try:
            await asyncio.sleep(0)
            del self._asked_now[name, rdtype]
            answer = await self._ask_alone(name, rdtype, read)
        except LookupFailed as failure:
            for each in asked:
                if not each.done():
                    each.set_exception(failure)
            raise
        finally:
            if self._asked_now.get((name, rdtype)) is asked:
                del self._asked_now[name, rdtype]
            for each in asked:
                if not each.done():
                    each.set_result(answer)  # or nothing, where the one who asked was canceled
        return answer

    async def _ask_alone(self, name: str, rdtype: RdataType, read: Callable[[Any], T]) -> Answer[T]:
        begun = time.monotonic()
        plain = await self._ask_plainly(name, rdtype, read)
        if plain is not None:
            return plain
        try:
            absolute = dns.name.from_text(name)
        except dns.exception.DNSException:
            return Answer(exists=False)  # such as a label of 64 characters: DNS can't hold it
        left = max(self._stub.lifetime - (time.monotonic() - begun), _LEAST_SECONDS)
        try:
            found = (await self._stub.resolve(absolute, rdtype, search=False, lifetime=left)).chaining_result
            records, exists = tuple(read(record) for record in found.answer or ()), True
        except dns.resolver.NXDOMAIN as absence:
            found = absence.kwargs["responses"][absolute].resolve_chaining()
            records, exists = (), False
        except dns.resolver.NoAnswer as absence:
            found = absence.kwargs["response"].resolve_chaining()
            records, exists = (), True
        except (dns.exception.DNSException, OSError) as cause:
            raise LookupFailed(f"the look-up of {rdtype.name} at {name} failed ({_why(cause)})") from cause
        return Answer(records, exists=exists, lifetime=timedelta(seconds=found.minimum_ttl))

    async def _ask_plainly(self, name: str, rdtype: RdataType, read: Callable[[Any], T]) -> Answer[T] | None:
        """Ask the first name server once; ``None`` where it takes more than that."""
        with nullcontext(self._line) if self._line else self._open_line() as line:
            answer = await line.ask(name, rdtype, seconds=self._stub.timeout)
        if isinstance(answer, Absence):
            return Answer(exists=answer.exists, lifetime=timedelta(seconds=answer.lifetime_seconds))
        if answer is None:
            return None
        try:
            message = dns.message.from_wire(answer.wire)
            found = message.resolve_chaining() if isinstance(message, dns.message.QueryMessage) else None
        except dns.exception.DNSException:
            return None
        if found is None:
            return None
        records = tuple(read(record) for record in found.answer or ())
        exists = message.rcode() == dns.rcode.NOERROR
        return Answer(records, exists=exists, lifetime=timedelta(seconds=found.minimum_ttl))

    def _open_line(self) -> Line:
        server = (self._first.answer_nameserver(), self._first.answer_port())
        return Line(server, payload_bytes=_UDP_PAYLOAD_BYTES)


def _configured_stub(nameservers: Sequence[str]) -> dns.asyncresolver.Resolver:
    stub = dns.asyncresolver.Resolver(configure=False)
    if nameservers:
        stub.nameservers = [_parse_nameserver(text) for text in nameservers]
        return stub
    try:
        stub.read_resolv_conf("/etc/resolv.conf")
    except dns.resolver.NoResolverConfiguration:
        stub.nameservers = ["127.0.0.1"]  # resolv.conf(5): without an entry, the local machine
    return stub


def _parse_nameserver(text: str) -> dns.nameserver.Do53Nameserver:
    try:
        parts = urlsplit(f"//[{text}]" if text.count(":") > 1 and "[" not in text else f"//{text}")
        address = ipaddress.ip_address(parts.hostname or "")
        port = parts.port or _DNS_PORT
    except ValueError as cause:
        raise ValueError(f"'{text}' is not a name server such as 192.0.2.53 or 192.0.2.53:5353") from cause
    return dns.nameserver.Do53Nameserver(str(address), port)


def _why(cause: Exception) -> str:
    """Word a failure without naming our name servers, which are nobody else's business."""
    if isinstance(cause, dns.exception.Timeout):
        return "no answer in time"
    errors = cause.kwargs.get("errors", ()) if isinstance(cause, dns.resolver.NoNameservers) else ()
    rcodes = dict.fromkeys(error[3] for error in errors if isinstance(error[3], str))
    return ", ".join(rcodes) or "the name server can't be reached or answers nonsense"
