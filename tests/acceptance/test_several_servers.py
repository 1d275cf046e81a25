"""Four server processes on one PostgreSQL take orders together; two are killed at random moments and started again.

They begin at the same moment on an empty database and an empty home, and share the file that seals the CA's keys. The
customer repeats what a dead server did not answer at another one, under the same idempotency key.
"""

from __future__ import annotations

import asyncio
import random
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx2
import pytest

from certwright.cli.demo.challenge_servers import DNSServer
from tests.support.books import check_books, pass_the_leases
from tests.support.customer import Customer
from tests.support.installed import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.installed import Installed, RunningServer

pytestmark = pytest.mark.acceptance

SEED = 20261122
SERVERS = 4
ORDERS = 240
KILLS = 2
AT_ONCE = 12
NAMES = [f"name-{number}.test" for number in range(ORDERS)]


async def test_orders_taken_by_four_servers_are_each_issued_once(
    installed: Installed, fresh_database_url: str
) -> None:
    installed.settings |= {"DATABASE_URL": fresh_database_url, "LOG_LEVEL": "warning"}
    async with DNSServer() as dns, httpx2.AsyncClient(timeout=30) as http:
        installed.settings["DCV_DNS_SERVERS"] = dns.address
        with _servers(installed) as servers:
            for server in servers:
                await asyncio.to_thread(server.wait_until_ready)
            made = await asyncio.to_thread(installed.json, "account", "create", "First account")
            urls = [server.url for server in servers]
            customer = Customer(http=http, urls=urls, dns=dns, login=made["webnic"])
            await customer.log_in()
            roots = {(await http.get(f"{url}/pki/1.crt")).content for url in urls}
            await _order_all(installed, servers, customer, random.Random(SEED))
            await pass_the_leases(installed)
            await customer.wait_until_all_are_issued()
            statuses = [await asyncio.to_thread(server.end) for server in servers]
    assert statuses == [0] * SERVERS
    assert len(roots) == 1
    issued = await check_books(installed)
    assert {int(text) - 2_000_000_000 for text in customer.accepted.values()} == set(issued)
    assert len(issued) == ORDERS


async def _order_all(
    installed: Installed, servers: list[RunningServer], customer: Customer, moments: random.Random
) -> None:
    """Order a certificate for every name, and kill a server whenever a random number of orders was accepted."""
    doomed = dict(
        zip(moments.sample(range(20, ORDERS - 80), KILLS), moments.sample(servers, KILLS), strict=True)
    )
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> None:
        async with limit:
            await customer.place_surely(name)
            server = doomed.get(len(customer.accepted))
            if server is not None:
                await _kill_and_start_again(installed, servers, server)

    await asyncio.gather(*map(one, NAMES))


async def _kill_and_start_again(
    installed: Installed, servers: list[RunningServer], server: RunningServer
) -> None:
    """Kill a server; then every lease runs out, those of the living too, as if their workers had stood still so long."""
    server.end(signal.SIGKILL)
    servers[servers.index(server)] = new = installed.start(int(server.url.rpartition(":")[2]))
    await pass_the_leases(installed)
    await asyncio.to_thread(new.wait_until_ready)


@contextmanager
def _servers(installed: Installed) -> Iterator[list[RunningServer]]:
    """Start the servers at the same moment; end what is left of them with the block."""
    servers = [installed.start(free_port()) for _ in range(SERVERS)]
    try:
        yield servers
    finally:
        for server in servers:
            server.end(signal.SIGKILL)
