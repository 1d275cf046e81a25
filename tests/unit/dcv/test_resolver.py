"""Look-ups tell "not there" from "no answer", and give bytes as bytes."""

from __future__ import annotations

import asyncio
import socket
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

import dns.asyncresolver
import dns.message
import dns.resolver
import pytest

from certwright.cli.demo.challenge_servers import DNSServer
from certwright.dcv.resolver import Answer, CAARecord, LookupFailed, Resolver

if TYPE_CHECKING:
    from collections.abc import Callable


async def test_text_strings_are_joined_as_bytes(dns_server: DNSServer, resolver: Resolver) -> None:
    dns_server.publish("example.test", "TXT", '"one " "two"', r'"\255\000"')
    answer = await resolver.find_texts("example.test")
    assert set(answer.records) == {b"one two", b"\xff\x00"}


async def test_alias_is_lower_case_with_its_root_dot(dns_server: DNSServer, resolver: Resolver) -> None:
    dns_server.publish("_dnsauth.example.test", "CNAME", "VALUE.dcv.Certwright.test.")
    assert (await resolver.find_alias("_dnsauth.example.test")).records == ("value.dcv.certwright.test.",)


async def test_aliases_are_followed_for_other_types(dns_server: DNSServer, resolver: Resolver) -> None:
    dns_server.publish("a.test", "CNAME", "b.test.")
    dns_server.publish("b.test", "TXT", '"found"')
    assert (await resolver.find_texts("a.test")).records == (b"found",)


async def test_caa_records_come_as_they_stand(dns_server: DNSServer, resolver: Resolver) -> None:
    dns_server.publish("example.test", "CAA", '128 issueWild "ca.test; a=b"')
    answer = await resolver.find_caa("example.test")
    assert answer.records == (CAARecord(flags=128, tag="issueWild", value=b"ca.test; a=b"),)


async def test_absent_name_and_absent_record_are_answers(dns_server: DNSServer, resolver: Resolver) -> None:
    dns_server.publish("example.test", "A", "192.0.2.1")
    assert await resolver.find_texts("example.test") == Answer((), exists=True)
    assert await resolver.find_texts("other.test") == Answer((), exists=False)


@pytest.mark.parametrize("name", ["a" * 64 + ".test", "a..test", ".".join(["abcdefg"] * 40)])
async def test_name_that_dns_cannot_hold_does_not_exist(resolver: Resolver, name: str) -> None:
    assert await resolver.find_texts(name) == Answer((), exists=False)


async def test_long_answer_comes_over_tcp(dns_server: DNSServer, resolver: Resolver) -> None:
    dns_server.publish("example.test", "TXT", *(f'"{number:0200}"' for number in range(20)))
    assert len((await resolver.find_texts("example.test")).records) == 20


async def test_servfail_is_no_answer(dns_server: DNSServer, resolver: Resolver) -> None:
    dns_server.fail("example.test")
    with pytest.raises(LookupFailed, match=r"TXT at example.test failed \(SERVFAIL\)"):
        await resolver.find_texts("example.test")


async def test_silence_is_no_answer() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        resolver = Resolver([f"127.0.0.1:{deaf.getsockname()[1]}"], timeout=timedelta(milliseconds=100))
        with pytest.raises(LookupFailed, match="no answer in time"):
            await resolver.find_caa("example.test")


async def test_next_server_is_asked_where_the_first_is_silent(dns_server: DNSServer) -> None:
    dns_server.publish("example.test", "TXT", '"found"')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        silent = f"127.0.0.1:{deaf.getsockname()[1]}"
        resolver = Resolver([silent, dns_server.address], timeout=timedelta(seconds=2))
        assert (await resolver.find_texts("example.test")).records == (b"found",)


async def test_failure_does_not_name_our_name_servers(
    monkeypatch: pytest.MonkeyPatch, resolver: Resolver, dns_server: DNSServer
) -> None:
    dns_server.fail("example.test")

    async def resolve(*_: object, **__: object) -> dns.resolver.Answer:
        attempt = ("Do53:192.0.2.1@53", False, 53, EOFError(), None)
        query = dns.message.make_query("example.test", "A")
        raise dns.resolver.NoNameservers(request=query, errors=[attempt])  # type: ignore[no-untyped-call]

    monkeypatch.setattr(resolver._stub, "resolve", resolve)
    with pytest.raises(LookupFailed, match=r"failed \(the name server can't be reached or answers nonsense"):
        await resolver.find_texts("example.test")


async def test_addresses_of_both_families(dns_server: DNSServer, resolver: Resolver) -> None:
    dns_server.publish("example.test", "A", "192.0.2.1")
    dns_server.publish("example.test", "AAAA", "2001:db8::1")
    answer = await resolver.find_addresses("example.test")
    assert answer.records == (IPv4Address("192.0.2.1"), IPv6Address("2001:db8::1"))
    assert not (await resolver.find_addresses("other.test")).exists


async def test_failed_look_up_of_addresses(dns_server: DNSServer, resolver: Resolver) -> None:
    dns_server.fail("example.test")
    with pytest.raises(LookupFailed):
        await resolver.find_addresses("example.test")


async def test_one_family_of_addresses_is_enough(dns_server: DNSServer, resolver: Resolver) -> None:
    """Some authoritative servers answer SERVFAIL for AAAA, a type they have never heard of."""
    dns_server.publish("example.test", "A", "192.0.2.1")
    dns_server.fail("example.test", "AAAA")
    assert (await resolver.find_addresses("example.test")).records == (IPv4Address("192.0.2.1"),)


async def test_nothing_is_kept_between_look_ups(dns_server: DNSServer, resolver: Resolver) -> None:
    for text in ("one", "two"):
        dns_server.publish("example.test", "TXT", f'"{text}"')
        assert (await resolver.find_texts("example.test")).records == (text.encode(),)


class WatchedServer(DNSServer):
    """Counts questions, and lets something happen between looking for an answer and giving it."""

    asked = 0
    meanwhile: Callable[[], None] | None = None

    def answer(self, wire: bytes, *, over_udp: bool) -> bytes | None:
        answer = super().answer(wire, over_udp=over_udp)
        self.asked += 1
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return answer


async def test_those_who_ask_the_same_at_the_same_time_ask_once() -> None:
    async with WatchedServer() as server:
        server.publish("example.test", "TXT", '"one"')
        resolver = Resolver([server.address], timeout=timedelta(seconds=2))
        answers = await asyncio.gather(*(resolver.find_texts("example.test") for _ in range(5)))
        assert {answer.records for answer in answers} == {(b"one",)}
        assert server.asked == 1


async def test_failure_is_told_to_all_who_asked(dns_server: DNSServer, resolver: Resolver) -> None:
    dns_server.fail("example.test")
    looks = (resolver.find_texts("example.test") for _ in range(3))
    answers = await asyncio.gather(*looks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [LookupFailed] * 3


async def test_answer_to_a_question_that_is_under_way_is_not_shared() -> None:
    """What was published before a look-up began is found, though another one was just answered without it."""
    async with WatchedServer() as server:
        resolver = Resolver([server.address], timeout=timedelta(seconds=2))
        later: list[asyncio.Task[Answer[bytes]]] = []

        def publish() -> None:
            server.publish("example.test", "TXT", '"one"')
            later.append(asyncio.create_task(resolver.find_texts("example.test")))

        server.meanwhile = publish
        assert (await resolver.find_texts("example.test")).records == ()
        assert (await later[0]).records == (b"one",)


@pytest.mark.parametrize("turns", [1, 2, 3, 4])
async def test_who_gives_up_leaves_the_others_their_answer(
    dns_server: DNSServer, resolver: Resolver, turns: int
) -> None:
    dns_server.publish("example.test", "TXT", '"one"')
    looks = [asyncio.create_task(resolver.find_texts("example.test")) for _ in range(3)]
    for _ in range(turns):
        await asyncio.sleep(0)
    looks[0].cancel()
    answers = await asyncio.gather(*looks, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert [answer.records for answer in answers[1:] if isinstance(answer, Answer)] == [(b"one",)] * 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ],
)
def test_name_servers_are_read(text: str, expected: tuple[str, int]) -> None:
    (server,) = Resolver([text])._stub.nameservers
    assert (server.address, server.port) == expected  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["", "ns.example.test", "192.0.2.53:dns", "192.0.2.53:70000", "192.0.2.300"])
def test_bad_name_server_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a name server such as"):
        Resolver([text])


def test_system_name_servers_are_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    def configure(stub: dns.asyncresolver.Resolver, _: str) -> None:
        stub.nameservers = ["192.0.2.1"]

    monkeypatch.setattr(dns.asyncresolver.Resolver, "read_resolv_conf", configure)
    assert list(Resolver()._stub.nameservers) == ["192.0.2.1"]


def test_local_machine_is_asked_where_the_system_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def configure(*_: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.asyncresolver.Resolver, "read_resolv_conf", configure)
    assert list(Resolver()._stub.nameservers) == ["127.0.0.1"]
