"""A name server and a web server on loopback for a test, and a resolver that asks that name server."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.cli.demo.challenge_servers import DNSServer, WebServer
from certwright.dcv.resolver import Resolver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def dns_server() -> AsyncIterator[DNSServer]:
    async with DNSServer() as server:
        yield server


@pytest.fixture
async def web_server() -> AsyncIterator[WebServer]:
    async with WebServer() as server:
        yield server


@pytest.fixture
def resolver(dns_server: DNSServer) -> Resolver:
    return Resolver([dns_server.address], timeout=timedelta(seconds=2))
