"""The fetcher goes where it is allowed to and comes back in time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, closing, suppress
from datetime import timedelta
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

import pytest
from yarl import URL

from certwright.cli.demo.challenge_servers import WebAnswer, WebServer
from certwright.dcv.fetcher import Fetcher, FetchFailed, Page
from certwright.dcv.resolver import Answer, IPAddress, Resolver

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

    from certwright.cli.demo.challenge_servers import DNSServer

VALUE = "k3vx0q9w8e7r6t5y4u3i2o1p0a9s8d7f"
HOST = "www.example.test"
PUBLIC = IPv4Address("127.0.0.1")  # the one address that these tests take for a public one


def _may_connect(address: IPAddress) -> bool:
    return address == PUBLIC


def _fetcher(resolver: Resolver, *ports: int, seconds: float = 5) -> Fetcher:
    return Fetcher(
        resolver, ports={80, 443, *ports}, may_connect=_may_connect, time_limit=timedelta(seconds=seconds)
    )


async def _get(fetcher: Fetcher, port: int, path: str = "/") -> Page:
    return await fetcher.get(URL(f"http://{HOST}:{port}{path}"), secret=VALUE)


@asynccontextmanager
async def _raw_server(*chunks: bytes, endless: bool = False) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Send raw bytes to whoever asks, the last chunk for ever if so wished; keep what was asked."""
    requests: list[bytes] = []
    stopping = asyncio.Event()
    sessions: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sessions.add(asyncio.current_task())
        with suppress(ConnectionError, asyncio.IncompleteReadError), closing(writer):
            requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.writelines(chunks)
            while endless and not stopping.is_set():
                writer.write(chunks[-1])
                await writer.drain()
                await asyncio.sleep(0.001)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], requests
        stopping.set()
        await asyncio.wait([session for session in sessions if session])


@pytest.fixture(autouse=True)
def _addresses(dns_server: DNSServer) -> None:
    dns_server.publish(HOST, "A", "127.0.0.1")
    dns_server.publish("other.test", "A", "127.0.0.1")
    dns_server.publish("inner.test", "A", "127.0.0.2")


# Answers without redirects


async def test_page_is_told_with_its_status_and_type(web_server: WebServer, resolver: Resolver) -> None:
    web_server.publish(HOST, "/", WebAnswer(b"\xff\x00", 418, {"Content-Type": "text/html"}))
    page = await _get(_fetcher(resolver, web_server.port), web_server.port)
    assert (page.status, page.body, page.content_type) == (418, b"\xff\x00", "text/html")


async def test_request_carries_no_more_than_needed(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with _raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as (port, requests):
        await _get(_fetcher(resolver, port), port)
    assert requests[0].decode().split("\r\n") == [
        "GET / HTTP/1.1",
        f"Host: {HOST}:{port}",
        "User-Agent: Certwright (domain control validation)",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
        "",
        "",
    ]


async def test_cookies_are_forgotten(resolver: Resolver) -> None:
    answer = b"HTTP/1.1 302 Found\r\nSet-Cookie: a=b\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    async with _raw_server(answer) as (port, requests):
        with pytest.raises(FetchFailed):
            await _get(_fetcher(resolver, port), port)
    assert len(requests) == 6
    assert not any(b"cookie" in request.lower() for request in requests)


async def test_compressed_body_is_left_alone(web_server: WebServer, resolver: Resolver) -> None:
    """Nothing is unpacked, so a small body can't grow into a big one."""
    web_server.publish(HOST, "/", WebAnswer(b"\x1f\x8bnot gzip", 200, {"Content-Encoding": "gzip"}))
    page = await _get(_fetcher(resolver, web_server.port), web_server.port)
    assert (page.body, page.encoding) == (b"\x1f\x8bnot gzip", "gzip")


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
    ],
)
async def test_endless_body_is_cut(resolver: Resolver, head: bytes) -> None:
    async with _raw_server(head, b"x" * 700, endless=True) as (port, _):
        page = await _get(_fetcher(resolver, port), port)
    assert page.body == b"x" * 5000


async def test_endless_chunked_body_is_cut(resolver: Resolver) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with _raw_server(head, b"2bc\r\n" + b"x" * 700 + b"\r\n", endless=True) as (port, _):
        page = await _get(_fetcher(resolver, port), port)
    assert page.body == b"x" * 5000


@pytest.mark.parametrize(
    "answer",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b""),  # a body that never comes
        (b"",),  # not even a head
        (b"HTTP/1.1 100 Continue\r\n\r\n",),  # a head that never ends
    ],
)
async def test_slow_answer_is_given_up(resolver: Resolver, answer: tuple[bytes, ...]) -> None:
    async with _raw_server(*answer, endless=True) as (port, _):
        with pytest.raises(FetchFailed, match=rf"{HOST} did not answer in full within 0.1 seconds"):
            await _get(_fetcher(resolver, port, seconds=0.1), port)


async def test_time_limit_holds_for_all_hops_together(web_server: WebServer, resolver: Resolver) -> None:
    async with _raw_server(b"HTTP/1.1 200 OK\r\n\r\n", b"", endless=True) as (port, _):
        web_server.redirect(HOST, "/", f"http://other.test:{port}/")
        with pytest.raises(FetchFailed, match=r"within 0.1 seconds"):
            await _get(_fetcher(resolver, web_server.port, port, seconds=0.1), web_server.port)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 1000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_broken_http_is_told_as_such(resolver: Resolver, answer: bytes) -> None:
    async with _raw_server(answer) as (port, _):
        with pytest.raises(
            FetchFailed, match=rf"{HOST} port {port}: 127.0.0.1 did not answer in proper HTTP"
        ):
            await _get(_fetcher(resolver, port), port)


async def test_absent_server_is_told_as_such(resolver: Resolver) -> None:
    async with WebServer() as server:
        port = server.port
    with pytest.raises(FetchFailed, match=rf"{HOST} port {port}: no connection to 127.0.0.1"):
        await _get(_fetcher(resolver, port), port)


# Addresses


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ({"A": ["127.0.0.2", "10.0.0.1"]}, "has no public address, only"),
        ({"AAAA": ["::ffff:127.0.0.1"]}, "has no public address, only ::ffff:"),
        ({"TXT": ['"x"']}, f"{HOST} has no address"),
        ({}, f"{HOST} does not exist in DNS"),
    ],
)
async def test_host_without_a_public_address(
    dns_server: DNSServer,
    web_server: WebServer,
    resolver: Resolver,
    records: dict[str, list[str]],
    message: str,
) -> None:
    dns_server.publish(HOST, "A")
    for kind, values in records.items():
        dns_server.publish(HOST, kind, *values)
    with pytest.raises(FetchFailed, match=message):
        await _get(_fetcher(resolver, web_server.port), web_server.port)
    assert web_server.requests == []


async def test_loopback_is_not_public_by_default(web_server: WebServer, resolver: Resolver) -> None:
    with pytest.raises(FetchFailed, match=r"has no public address, only 127.0.0.1"):
        await _get(Fetcher(resolver, ports=[web_server.port]), web_server.port)
    assert web_server.requests == []


async def test_failed_look_up_is_told(dns_server: DNSServer, resolver: Resolver) -> None:
    dns_server.fail(HOST)
    with pytest.raises(FetchFailed, match=rf"the look-up of A at {HOST} failed \(SERVFAIL\)"):
        await _get(_fetcher(resolver), 80)


async def test_private_addresses_beside_a_public_one_are_left_out(
    dns_server: DNSServer, web_server: WebServer, resolver: Resolver
) -> None:
    async with WebServer("127.0.0.2") as inner:
        dns_server.publish(HOST, "A", "127.0.0.2", "127.0.0.1")
        with pytest.raises(FetchFailed, match=r"no connection to 127\.0\.0\.1$"):
            await _get(_fetcher(resolver, inner.port), inner.port)
        assert inner.requests == []


async def test_addresses_are_tried_in_turn(
    dns_server: DNSServer, web_server: WebServer, resolver: Resolver
) -> None:
    dns_server.publish(HOST, "A", "127.0.0.3", "127.0.0.1")
    fetcher = Fetcher(resolver, ports=[web_server.port], may_connect=lambda _: True)
    assert (await _get(fetcher, web_server.port)).status == 404


async def test_address_is_pinned_against_dns_rebinding(dns_server: DNSServer, web_server: WebServer) -> None:
    """The name turns to an inner address right after the look-up; the connection goes to the one judged."""

    class Rebinding(Resolver):
        async def find_addresses(self, name: str) -> Answer[IPAddress]:
            answer = await super().find_addresses(name)
            dns_server.publish(name, "A", "127.0.0.2")
            return answer

    resolver = Rebinding([dns_server.address])
    fetcher = _fetcher(resolver, web_server.port)
    web_server.publish(HOST, "/", "outer")
    web_server.redirect(HOST, "/twice", "/")
    assert (await _get(fetcher, web_server.port)).body == b"outer"
    assert dns_server.queries[HOST, "A"] == 1
    with pytest.raises(FetchFailed, match=r"no public address, only 127.0.0.2"):  # judged anew at each hop
        await _get(fetcher, web_server.port, "/twice")


# Redirects


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize(
    "location", ["/end", "end", "http://other.test:{port}/end", "//other.test:{port}/end"]
)
async def test_redirect_is_followed(
    web_server: WebServer, resolver: Resolver, status: int, location: str
) -> None:
    web_server.redirect(HOST, "/", location.format(port=web_server.port), status=status)
    web_server.publish(HOST, "/end", "end")
    web_server.publish("other.test", "/end", "end")
    assert (await _get(_fetcher(resolver, web_server.port), web_server.port)).body == b"end"


@pytest.mark.parametrize("status", [300, 303, 304, 305, 399])
async def test_other_3xx_is_a_final_answer(web_server: WebServer, resolver: Resolver, status: int) -> None:
    """BR §3.2.2.4.18 names the statuses that may be followed."""
    web_server.redirect(HOST, "/", "/end", status=status)
    assert (await _get(_fetcher(resolver, web_server.port), web_server.port)).status == status


async def test_redirect_to_https_with_any_certificate_is_followed(
    web_server: WebServer, resolver: Resolver, untrusted_tls: ssl.SSLContext
) -> None:
    async with WebServer(tls=untrusted_tls) as https:
        web_server.redirect(HOST, "/", f"https://{HOST}:{https.port}/")
        https.publish(HOST, "/", "secure")
        fetcher = _fetcher(resolver, web_server.port, https.port)
        assert (await _get(fetcher, web_server.port)).body == b"secure"


async def test_redirect_to_https_without_tls_fails(web_server: WebServer, resolver: Resolver) -> None:
    web_server.redirect(HOST, "/", f"https://{HOST}:{web_server.port}/")
    with pytest.raises(FetchFailed, match=r"TLS with 127.0.0.1 failed"):
        await _get(_fetcher(resolver, web_server.port), web_server.port)


@pytest.mark.parametrize(("redirects", "is_fetched"), [(5, True), (6, False)])
async def test_five_redirects_are_followed(
    web_server: WebServer, resolver: Resolver, redirects: int, is_fetched: bool
) -> None:
    for hop in range(redirects):
        web_server.redirect(HOST, f"/{hop}", f"/{hop + 1}")
    web_server.publish(HOST, f"/{redirects}", "end")
    fetcher = _fetcher(resolver, web_server.port)
    if is_fetched:
        assert (await _get(fetcher, web_server.port, "/0")).body == b"end"
    else:
        with pytest.raises(FetchFailed, match="more than 5 redirects"):
            await _get(fetcher, web_server.port, "/0")
    assert len(web_server.requests) == 6


async def test_redirect_to_a_private_address_is_not_followed(
    web_server: WebServer, resolver: Resolver
) -> None:
    async with WebServer("127.0.0.2") as inner:
        web_server.redirect(HOST, "/", f"http://inner.test:{inner.port}/")
        with pytest.raises(FetchFailed, match=r"inner.test has no public address, only 127.0.0.2"):
            await _get(_fetcher(resolver, web_server.port, inner.port), web_server.port)
        assert inner.requests == []


@pytest.mark.parametrize(
    ("location", "fault"),
    [
        ("http://other.test:22/", "its port is not among 80, 443"),
        ("https://other.test:8443/", "its port is not among 80, 443"),
        ("http://other.test:0/", "its port is not among 80, 443"),
        ("ftp://other.test/", "its scheme is neither http nor https"),
        ("file:///etc/passwd", "its scheme is neither http nor https"),
        ("javascript:alert(1)", "its scheme is neither http nor https"),
        ("http://user@other.test/", "it carries a user name or password"),
        ("http://user:password@other.test/", "it carries a user name or password"),
        ("http://127.0.0.1/", "its host is not a domain name"),
        ("http://127.1/", "its host is not a domain name"),
        ("http://2130706433/", "its host is not a domain name"),
        ("http://0x7f.0.0.1/", "its host is not a domain name"),
        ("http://0x7f000001/", "its host is not a domain name"),
        ("http://127.0.0.1./", "its host is not a domain name"),
        ("http://[::1]/", "its host is not a domain name"),
        ("http://[::ffff:127.0.0.1]/", "its host is not a domain name"),
        ("http://localhost/", "its host is not a domain name"),
        ("http://①②⑦.0.0.1/", "is"),
        ("http://other.test/" + VALUE, "it contains the value to be found"),
        ("http://other.test/?echo=" + VALUE, "it contains the value to be found"),
        ("http://other.test/%6b" + VALUE[1:], "it contains the value to be found"),
        ("http://other.test:99999/", "which is no URL"),
        ("http://other.test:port/", "which is no URL"),
        ("http://[other.test/", "which is no URL"),
        ("", "more than 5 redirects"),
    ],
)
async def test_odd_redirect_is_not_followed(
    web_server: WebServer, resolver: Resolver, location: str, fault: str
) -> None:
    web_server.redirect(HOST, "/", location)
    with pytest.raises(FetchFailed, match=fault):
        await _get(_fetcher(resolver, web_server.port), web_server.port)
    assert set(web_server.requests) == {f"{HOST}/"}


async def test_redirect_without_a_target_fails(web_server: WebServer, resolver: Resolver) -> None:
    web_server.publish(HOST, "/", WebAnswer(status=302))
    with pytest.raises(FetchFailed):
        await _get(_fetcher(resolver, web_server.port), web_server.port)


async def test_target_is_shown_without_control_characters(resolver: Resolver) -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: ftp://\xff\x80/\x1b[31m\r\nContent-Length: 0\r\n\r\n"
    async with _raw_server(answer) as (port, _):
        with pytest.raises(FetchFailed) as caught:
            await _get(_fetcher(resolver, port), port)
    assert str(caught.value).isprintable()
