"""Hosts: names and addresses, of which only public ones count unless the operator says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from certwright.dcv.hosts import Hosts
from certwright.dcv.resolver import Resolver
from certwright.domain.errors import Unavailable

if TYPE_CHECKING:
    from certwright.cli.demo.challenge_servers import DNSServer


async def test_private_addresses_do_not_count(dns_server: DNSServer) -> None:
    dns_server.publish("hooks.example.com", "A", "127.0.0.1")
    dns_server.publish("both.example.com", "A", "10.0.0.1")
    dns_server.publish("both.example.com", "AAAA", "2606:4700::1111")
    hosts = Hosts(Resolver([dns_server.address]))
    assert await hosts.find("both.example.com") == ("2606:4700::1111",)
    assert await hosts.find("1.1.1.1") == ("1.1.1.1",)
    for host in ("hooks.example.com", "127.0.0.1", "::1", "169.254.169.254", "10.0.0.1"):
        with pytest.raises(Unavailable, match="no public address"):
            await hosts.find(host)
    with pytest.raises(Unavailable, match="has no address"):
        await hosts.find("nowhere.example.com")


async def test_private_addresses_where_they_are_allowed(dns_server: DNSServer) -> None:
    dns_server.publish("hooks.example.com", "A", "127.0.0.1")
    hosts = Hosts(Resolver([dns_server.address]), allow_private_addresses=True)
    assert await hosts.find("hooks.example.com") == ("127.0.0.1",)
    assert await hosts.find("::1") == ("::1",)


async def test_failed_look_up(dns_server: DNSServer) -> None:
    hosts = Hosts(Resolver(["127.0.0.1:9"]))
    with pytest.raises(Unavailable, match="look-up"):
        await hosts.find("hooks.example.com")
