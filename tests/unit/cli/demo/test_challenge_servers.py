"""The servers of the demo speak DNS and HTTP as others understand them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import dns.asyncquery
import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import pytest
from yarl import URL

from certwright.cli.demo.challenge_servers import DNSServer, WebAnswer, WebServer

if TYPE_CHECKING:
    from pathlib import Path


async def _ask(server: DNSServer, name: str, kind: str) -> dns.message.Message:
    query = dns.message.make_query(name, kind)
    response, _ = await dns.asyncquery.udp_with_fallback(query, server.host, port=server.port, timeout=2)
    return response


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("TXT", '"some text"'),
        ("A", "192.0.2.1"),
        ("AAAA", "2001:db8::1"),
        ("CNAME", "other.test."),
        ("CAA", '0 issue "ca.test"'),
    ],
)
async def test_records_are_served_in_any_case_and_counted(
    dns_server: DNSServer, kind: str, value: str
) -> None:
    dns_server.publish("example.test", kind, value)
    response = await _ask(dns_server, "EXAMPLE.test", kind)
    assert [str(record) for record in response.answer[0]] == [value]
    assert dns_server.queries == {("example.test", kind): 1}
    assert response.flags & dns.flags.RA


async def test_aliases_are_followed(dns_server: DNSServer) -> None:
    dns_server.publish("a.test", "CNAME", "b.test.")
    dns_server.publish("b.test", "TXT", '"found"')
    response = await _ask(dns_server, "a.test", "TXT")
    assert [str(rrset.name) for rrset in response.answer] == ["a.test.", "b.test."]
    assert response.rcode() == dns.rcode.NOERROR


async def test_alias_loop_ends(dns_server: DNSServer) -> None:
    dns_server.publish("a.test", "CNAME", "a.test.")
    assert (await _ask(dns_server, "a.test", "TXT")).answer


async def test_absent_names_and_absent_types_differ(dns_server: DNSServer) -> None:
    dns_server.publish("deep.example.test", "TXT", '"x"')
    for name, rcode in [
        ("nowhere.test", dns.rcode.NXDOMAIN),
        ("deep.example.test", dns.rcode.NOERROR),
        ("example.test", dns.rcode.NOERROR),  # RFC 2308 §2: something stands below it
    ]:
        response = await _ask(dns_server, name, "A")
        assert (response.rcode(), response.answer) == (rcode, [])
        assert response.authority


async def test_wildcards_stand_for_names_that_are_not_there(dns_server: DNSServer) -> None:
    dns_server.publish("*.test", "A", "192.0.2.1")
    dns_server.publish("_dnsauth.deep.example.test", "TXT", '"x"')
    for name, answers in [
        ("shop.test", ["192.0.2.1"]),
        ("www.shop.test", ["192.0.2.1"]),
        ("example.test", []),  # RFC 4592 §2.2.2: it exists, for something stands below it
        ("www.example.test", []),  # §3.3.1: the closest name above that exists has no wildcard
    ]:
        response = await _ask(dns_server, name, "A")
        assert [str(record) for rrset in response.answer for record in rrset] == answers, name
        assert all(str(rrset.name) == f"{name}." for rrset in response.answer)
    response = await _ask(dns_server, "shop.test", "AAAA")
    assert (response.rcode(), response.answer) == (dns.rcode.NOERROR, [])
    assert (await _ask(dns_server, "www.example.test", "A")).rcode() == dns.rcode.NXDOMAIN


async def test_failing_name_is_servfail(dns_server: DNSServer) -> None:
    dns_server.publish("example.test", "A", "192.0.2.1")
    dns_server.fail("example.test")
    assert (await _ask(dns_server, "example.test", "A")).rcode() == dns.rcode.SERVFAIL


async def test_records_can_be_taken_back(dns_server: DNSServer) -> None:
    dns_server.publish("example.test", "A", "192.0.2.1")
    dns_server.publish("example.test", "A")
    assert (await _ask(dns_server, "example.test", "A")).rcode() == dns.rcode.NXDOMAIN


async def test_long_answer_moves_to_tcp(dns_server: DNSServer) -> None:
    dns_server.publish("example.test", "TXT", *(f'"{number:0200}"' for number in range(20)))
    response = await _ask(dns_server, "example.test", "TXT")
    assert len(response.answer[0]) == 20
    assert dns_server.queries["example.test", "TXT"] == 2


async def test_noise_is_not_answered(dns_server: DNSServer) -> None:
    assert dns_server.answer(b"\x00noise", over_udp=True) is None


async def test_pages_are_found_by_host_and_path(web_server: WebServer) -> None:
    web_server.publish("example.test", "/a", "hello")
    web_server.publish("example.test", "/b", WebAnswer(b"\xff", 418, {"X-Test": "1"}))
    web_server.redirect("example.test", "/c", "http://other.test/", status=307)
    base = f"http://{web_server.host}:{web_server.port}"
    async with aiohttp.ClientSession(headers={"Host": "Example.test:8080"}) as session:
        async with session.get(base + "/a") as response:
            assert (response.status, await response.text()) == (200, "hello")
        async with session.get(base + "/b") as response:
            assert (response.status, response.headers["X-Test"]) == (418, "1")
        async with session.get(base + "/c", allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (307, "http://other.test/")
        async with session.get(base + "/d") as response:
            assert response.status == 404
    assert web_server.requests[0] == "example.test/a"


async def test_folder_holds_websites_and_nothing_outside_it_is_served(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    page = tmp_path / "www" / "shop.test" / ".well-known" / "file.txt"
    page.parent.mkdir(parents=True)
    page.write_text("hello")
    async with WebServer(folder=tmp_path / "www") as server, aiohttp.ClientSession() as session:
        base = f"http://{server.host}:{server.port}"
        for host, path, status in [
            ("shop.test", "/.well-known/file.txt", 200),
            ("shop.test", "/.well-known", 404),
            ("other.test", "/.well-known/file.txt", 404),
            ("shop.test", "/%2e%2e/%2e%2e/secret", 404),
            ("..", "/secret", 404),
        ]:
            async with session.get(URL(base + path, encoded=True), headers={"Host": host}) as response:
                assert response.status == status, (host, path)


async def test_servers_let_go_of_their_ports() -> None:
    async with DNSServer() as dns_server, WebServer() as web_server:
        ports = [dns_server.port, web_server.port]
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
