"""A server that is killed at random moments loses no accepted order and issues nothing twice.

The moments come from a seed, so that a failure can be repeated. The proofs are looked for by the worker alone; what a
killed worker held is leased for half a minute, which nobody wants to wait for: the test moves the clock of the jobs.
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2
import pytest

from certwright.cli.demo.challenge_servers import DNSServer
from tests.support.books import check_books, pass_the_leases
from tests.support.customer import Customer
from tests.support.installed import free_port

if TYPE_CHECKING:
    from tests.support.installed import Installed, RunningServer

pytestmark = pytest.mark.acceptance

SEED = 20261122
ORDERS = 200
MOST_AT_A_TIME = 35
KILLED_AT_WORK = 0.5
FEWEST_KILLS = 6
AT_ONCE = 8
NAMES = [f"name-{number}.test" for number in range(ORDERS)]


@dataclass(kw_only=True)
class PatientCustomer(Customer):
    """Orders until every name has been accepted, each anew if its server died."""

    placing: set[asyncio.Task[None]] = field(default_factory=set)

    async def place_some(self, enough: int) -> None:
        """Order until so many orders have been accepted or nothing is left to order, and leave the rest under way."""
        names = [name for name in NAMES if name not in self.accepted]
        before = len(self.accepted)
        limit = asyncio.Semaphore(AT_ONCE)

        async def one(name: str) -> None:
            async with limit:
                try:
                    await self.place(name)
                except httpx2.TransportError:
                    return  # the name is left for another round

        self.placing = {asyncio.create_task(one(name)) for name in names}
        while len(self.accepted) < before + enough and not all(task.done() for task in self.placing):
            await asyncio.wait(self.placing, return_when=asyncio.FIRST_COMPLETED, timeout=0.005)

    async def give_up_on_the_dead(self) -> None:
        """Wait for the orders under way when the server died to come to nothing."""
        await asyncio.gather(*self.placing)


async def test_killed_server_loses_nothing_and_issues_nothing_twice(each_installed: Installed) -> None:
    moments = random.Random(SEED)
    async with DNSServer() as dns, httpx2.AsyncClient(timeout=30) as http:
        each_installed.settings |= {"DCV_DNS_SERVERS": dns.address, "LOG_LEVEL": "warning"}
        port = free_port()
        made = await asyncio.to_thread(each_installed.json, "account", "create", "First account")
        customer = PatientCustomer(
            http=http, urls=[f"http://127.0.0.1:{port}"], dns=dns, login=made["webnic"]
        )
        kills = await _order_through_crashes(each_installed, customer, port, moments)
        await pass_the_leases(each_installed)
        server = await _start(each_installed, port)
        try:
            await customer.publish_what_was_never_answered()
            await customer.wait_until_all_are_issued()
        finally:
            status = await asyncio.to_thread(server.end)
    assert status == 0
    assert len(customer.accepted) == ORDERS
    assert kills >= FEWEST_KILLS
    issued = await check_books(each_installed)
    assert {int(text) - 2_000_000_000 for text in customer.accepted.values()} <= set(issued)


async def _order_through_crashes(
    installed: Installed, customer: PatientCustomer, port: int, moments: random.Random
) -> int:
    """Place all orders while the server is killed again and again; return how often it was.

    The moment is counted in orders, not in seconds, so that a slow machine sees as much happen between two kills.
    """
    kills = 0
    start_seconds = 1.0
    while len(customer.accepted) < ORDERS:
        if moments.random() < KILLED_AT_WORK:
            # Before anybody orders, while it takes up what its predecessor left, or even while it starts.
            await pass_the_leases(installed)
            server = installed.start(port)
            await asyncio.sleep(start_seconds * moments.uniform(0.6, 1.3))
            server.end(signal.SIGKILL)
            kills += 1
        await pass_the_leases(installed)
        begun = time.monotonic()
        server = await _start(installed, port)
        start_seconds = time.monotonic() - begun
        try:
            if not customer.contact_id:
                await customer.log_in()
            await customer.place_some(moments.randint(1, MOST_AT_A_TIME))
            await asyncio.sleep(moments.uniform(0, 0.02))  # others are under way now
        finally:
            server.end(signal.SIGKILL)
            kills += 1
        await customer.give_up_on_the_dead()
    return kills


async def _start(installed: Installed, port: int) -> RunningServer:
    server = installed.start(port)
    try:
        await asyncio.to_thread(server.wait_until_ready)
    except BaseException:
        server.end(signal.SIGKILL)
        raise
    return server
