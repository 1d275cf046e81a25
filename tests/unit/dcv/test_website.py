"""The validation file proves its own host name and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from certwright.cli.demo.challenge_servers import WebAnswer
from certwright.dcv.fetcher import Fetcher
from certwright.dcv.website import WebsiteProbe
from certwright.domain.dcv import DCVMethod, Probe

if TYPE_CHECKING:
    from certwright.cli.demo.challenge_servers import DNSServer, WebServer
    from certwright.dcv.resolver import Resolver

VALUE = "k3vx0q9w8e7r6t5y4u3i2o1p0a9s8d7f"
HOST = "www.example.test"
PATH = "/.well-known/pki-validation/fileauth.txt"
PROBE = Probe(
    method=DCVMethod.WEBSITE, domain=HOST, candidates=("www.example.test", "example.test"), random_value=VALUE
)


@pytest.fixture
def probe(dns_server: DNSServer, web_server: WebServer, resolver: Resolver) -> WebsiteProbe:
    dns_server.publish(HOST, "A", web_server.host)
    dns_server.publish("example.test", "A", web_server.host)
    fetcher = Fetcher(resolver, ports=[web_server.port], may_connect=lambda _: True)
    return WebsiteProbe(fetcher, port=web_server.port)


@pytest.mark.parametrize("body", [VALUE, f"\ufeff{VALUE}\r\n", f"<p>{VALUE}</p>"])
async def test_value_in_the_file_is_proof(web_server: WebServer, probe: WebsiteProbe, body: str) -> None:
    web_server.publish(HOST, PATH, body)
    assert (await probe.look(PROBE)).proved_domain == HOST
    assert web_server.requests == [HOST + PATH]


async def test_value_behind_a_redirect_is_proof(web_server: WebServer, probe: WebsiteProbe) -> None:
    web_server.redirect(HOST, PATH, f"//example.test:{web_server.port}/proof")
    web_server.publish("example.test", "/proof", VALUE)
    assert (await probe.look(PROBE)).proved_domain == HOST


async def test_file_of_the_parent_is_no_proof(web_server: WebServer, probe: WebsiteProbe) -> None:
    """BR §3.2.2.4.18: a file proves its FQDN alone."""
    web_server.publish("example.test", PATH, VALUE)
    assert not (await probe.look(PROBE)).is_proved


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (WebAnswer(b"hello"), 'The value is not in the first 5 bytes at "{url}", which are of type'),
        (WebAnswer(VALUE.upper().encode()), "The value is not in the first 32 bytes"),
        (WebAnswer(b" " * 4990 + VALUE.encode()), "The value is not in the first 5000 bytes"),
        (WebAnswer(VALUE.encode(), 404), '"{url}" answered with status 404 instead of 200'),
        (WebAnswer(VALUE.encode(), 203), "answered with status 203"),
        (WebAnswer(VALUE.encode(), 303, {"Location": "/"}), "answered with status 303"),
        (WebAnswer(VALUE.encode(), 500), "answered with status 500"),
        (
            WebAnswer(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
            'compressed ("gzip"), though asked not',
        ),
    ],
)
async def test_other_answer_is_no_proof(
    web_server: WebServer, probe: WebsiteProbe, answer: WebAnswer, reason: str
) -> None:
    web_server.publish(HOST, PATH, answer)
    result = await probe.look(PROBE)
    url = f"http://{HOST}:{web_server.port}{PATH}"
    assert not result.is_proved
    assert reason.format(url=url) in result.reason
    assert f"Serve a plain file with the text {VALUE} at {url}, with status 200" in result.next_step


async def test_body_is_never_told(web_server: WebServer, probe: WebsiteProbe) -> None:
    web_server.publish(HOST, PATH, "secret of an internal page")
    result = await probe.look(PROBE)
    assert "secret" not in result.reason + result.next_step


async def test_failed_fetch_is_told(dns_server: DNSServer, probe: WebsiteProbe) -> None:
    dns_server.publish(HOST, "A")
    result = await probe.look(PROBE)
    assert result.reason == f"The file could not be fetched: {HOST} does not exist in DNS"


async def test_standard_port_is_left_out_of_the_advice(resolver: Resolver) -> None:
    result = await WebsiteProbe(Fetcher(resolver)).look(PROBE)
    assert f"at http://{HOST}{PATH}," in result.next_step
