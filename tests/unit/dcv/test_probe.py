"""Each method is looked for in its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from certwright.dcv.probe import NetworkProbe
from certwright.domain.dcv import WEBSITE_FILE, WEBSITE_PATH, DCVMethod, Probe

if TYPE_CHECKING:
    from certwright.cli.demo.challenge_servers import DNSServer, WebServer
    from certwright.dcv.resolver import Resolver

VALUE = "k3vx0q9w8e7r6t5y4u3i2o1p0a9s8d7f"


def _probe(method: DCVMethod, value: str = VALUE) -> Probe:
    return Probe(method=method, domain="example.test", candidates=("example.test",), random_value=value)


@pytest.mark.parametrize("method", [DCVMethod.DNS_TXT, DCVMethod.DNS_CNAME, DCVMethod.WEBSITE])
async def test_each_method_finds_its_own_proof(
    dns_server: DNSServer, web_server: WebServer, resolver: Resolver, method: DCVMethod
) -> None:
    network = NetworkProbe(
        resolver, cname_target="dcv.ca.test", http_port=web_server.port, allow_private_addresses=True
    )
    assert not (await network.look(_probe(method))).is_proved
    match method:
        case DCVMethod.DNS_TXT:
            dns_server.publish("_dnsauth.example.test", "TXT", f'"{VALUE}"')
        case DCVMethod.DNS_CNAME:
            dns_server.publish("_dnsauth.example.test", "CNAME", f"{VALUE}.dcv.ca.test.")
        case _:
            dns_server.publish("example.test", "A", web_server.host)
            web_server.publish("example.test", WEBSITE_PATH + WEBSITE_FILE, VALUE)
    assert (await network.look(_probe(method))).proved_domain == "example.test"


async def test_private_addresses_are_refused_by_default(
    dns_server: DNSServer, web_server: WebServer, resolver: Resolver
) -> None:
    dns_server.publish("example.test", "A", web_server.host)
    network = NetworkProbe(resolver, cname_target="dcv.ca.test", http_port=web_server.port)
    result = await network.look(_probe(DCVMethod.WEBSITE))
    assert "example.test has no public address, only 127.0.0.1" in result.reason
    assert web_server.requests == []


async def test_email_is_answered_by_a_person(resolver: Resolver) -> None:
    result = await NetworkProbe(resolver, cname_target="dcv.ca.test").look(_probe(DCVMethod.EMAIL))
    assert not result.is_proved
    assert "approval e-mail" in result.next_step


async def test_nothing_is_not_found_everywhere(resolver: Resolver) -> None:
    with pytest.raises(ValueError, match="no random value"):
        await NetworkProbe(resolver, cname_target="dcv.ca.test").look(_probe(DCVMethod.DNS_TXT, ""))
