"""A question in one datagram takes its own answer and no other, and leaves what is not plain to the full resolver."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from dns.rdatatype import RdataType

from certwright.dcv.datagram import Absence, Line, Presence

if TYPE_CHECKING:
    from collections.abc import Callable

    Responder = Callable[[dns.message.QueryMessage], list[bytes]]

_NAME = "host.example.test"


async def _ask(respond: Responder, *, name: str = _NAME, seconds: float = 5) -> Absence | Presence | None:
    """Ask a server that sends back what it likes."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0)

        async def serve() -> None:
            wire, sender = await loop.sock_recvfrom(server, 65535)
            query = dns.message.from_wire(wire)
            assert isinstance(query, dns.message.QueryMessage)
            for answer in respond(query):
                await loop.sock_sendto(server, answer, sender)

        serving = asyncio.create_task(serve())
        with Line(server.getsockname(), payload_bytes=1232) as line:
            answer = await line.ask(name, RdataType.CAA, seconds=seconds)
        serving.cancel()
        return answer


def _response(
    query: dns.message.Message, *, rcode: dns.rcode.Rcode = dns.rcode.NOERROR, soa: str = "", ttl: int = 60
) -> dns.message.Message:
    response = dns.message.make_response(query)
    response.set_rcode(rcode)
    if soa:
        response.authority.append(dns.rrset.from_text("example.test.", ttl, "IN", "SOA", soa))
    return response


def _soa(minimum: int) -> str:
    return f"ns.example.test. nobody.example.test. 1 60 60 60 {minimum}"


@pytest.mark.parametrize(
    ("rcode", "soa", "ttl", "expected"),
    [
        (dns.rcode.NOERROR, _soa(30), 60, Absence(exists=True, lifetime_seconds=30)),
        (dns.rcode.NXDOMAIN, _soa(90), 60, Absence(exists=False, lifetime_seconds=60)),
        (dns.rcode.NXDOMAIN, "", 0, Absence(exists=False, lifetime_seconds=300)),
        (dns.rcode.SERVFAIL, "", 0, None),
        (dns.rcode.REFUSED, "", 0, None),
        (dns.rcode.BADVERS, "", 0, None),  # whose lower half is that of no failure
    ],
)
async def test_absence_is_told_with_its_lifetime(
    rcode: dns.rcode.Rcode, soa: str, ttl: int, expected: Absence | None
) -> None:
    assert await _ask(lambda query: [_response(query, rcode=rcode, soa=soa, ttl=ttl).to_wire()]) == expected


async def test_records_come_as_they_were_sent() -> None:
    sent: list[bytes] = []

    def respond(query: dns.message.QueryMessage) -> list[bytes]:
        response = _response(query)
        response.answer.append(dns.rrset.from_text(f"{_NAME}.", 60, "IN", "CAA", '0 issue "ca.test"'))
        sent.append(response.to_wire())
        return sent

    assert await _ask(respond) == Presence(sent[0])


async def test_what_answers_something_else_is_passed_over() -> None:
    """Who can't see the question can only guess its number, and gets nowhere with an answer to another question."""

    def respond(query: dns.message.QueryMessage) -> list[bytes]:
        wrong_number = _response(query, rcode=dns.rcode.NXDOMAIN)
        wrong_number.id ^= 1
        other = dns.message.make_query("other.example.test", "CAA", id=query.id)
        other_type = dns.message.make_query(_NAME, "TXT", id=query.id)
        return [
            b"",
            wrong_number.to_wire(),
            _response(other, rcode=dns.rcode.NXDOMAIN).to_wire(),
            _response(other_type, rcode=dns.rcode.NXDOMAIN).to_wire(),
            _response(query).to_wire(),
        ]

    assert await _ask(respond) == Absence(exists=True, lifetime_seconds=300)


async def test_answer_that_was_cut_short_is_not_plain() -> None:
    def respond(query: dns.message.QueryMessage) -> list[bytes]:
        response = _response(query)
        response.flags |= dns.flags.TC
        return [response.to_wire()]

    assert await _ask(respond) is None


async def test_echo_of_the_question_is_not_plain() -> None:
    assert await _ask(lambda query: [query.to_wire()]) is None


@pytest.mark.parametrize("missing_bytes", range(1, 60))
async def test_answer_that_breaks_off_is_not_plain(missing_bytes: int) -> None:
    assert (
        await _ask(lambda query: [_response(query, soa=_soa(30)).to_wire()[:-missing_bytes]], seconds=0.2)
        is None
    )


async def test_silence_is_not_plain() -> None:
    assert await _ask(lambda _: [], seconds=0.05) is None


@pytest.mark.parametrize("name", ["", "a" * 64 + ".test", "a..test", r"a\.b.test", "ä.test", "abcdefg." * 40])
async def test_name_that_takes_more_is_not_asked_for(name: str) -> None:
    with Line(("127.0.0.1", 1), payload_bytes=1232) as line:
        assert await line.ask(name, RdataType.CAA, seconds=5) is None


async def test_nobody_who_listens_is_not_plain_and_spoils_nothing() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        address = server.getsockname()
    with Line(address, payload_bytes=1232) as line:
        for _ in range(2):
            assert await line.ask(_NAME, RdataType.CAA, seconds=5) is None


async def test_questions_of_a_line_share_a_port_and_not_their_answers() -> None:
    """The answer that came too late for the first question is none to the second, of which it knows nothing."""
    loop = asyncio.get_running_loop()
    senders: list[object] = []
    late: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0)

        async def serve() -> None:
            while True:
                wire, sender = await loop.sock_recvfrom(server, 65535)
                query = dns.message.from_wire(wire)
                senders.append(sender)
                late.append(_response(query, rcode=dns.rcode.NXDOMAIN).to_wire())
                if len(late) > 1:
                    for answer in (late[0], _response(query).to_wire()):
                        await loop.sock_sendto(server, answer, sender)

        serving = asyncio.create_task(serve())
        with Line(server.getsockname(), payload_bytes=1232) as line:
            assert await line.ask(_NAME, RdataType.CAA, seconds=0.05) is None
            found = await line.ask(_NAME, RdataType.CAA, seconds=5)
        serving.cancel()
    assert found == Absence(exists=True, lifetime_seconds=300)
    assert len(set(senders)) == 1


async def test_question_is_read_as_it_was_meant() -> None:
    seen: list[dns.message.QueryMessage] = []

    def respond(query: dns.message.QueryMessage) -> list[bytes]:
        seen.append(query)
        return [_response(query).to_wire()]

    await _ask(respond, name=f"{_NAME}.")
    (query,) = seen
    assert str(query.question[0]) == f"{_NAME}. IN CAA"
    assert (query.edns, query.payload, query.flags) == (0, 1232, dns.flags.RD)
