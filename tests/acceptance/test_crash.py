"""A server that is killed at random moments loses no accepted order and issues nothing twice.

The moments come from a seed, so that a failure can be repeated. The proofs are looked for by the worker alone; what a
killed worker held is leased for two minutes, which nobody wants to wait for: the test moves the clock of the jobs.
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from cryptography import x509

from certwright.bootstrap.database import open_engine
from certwright.cli.demo.challenge_servers import DNSServer
from certwright.config import load_settings
from certwright.domain.status import TRANSITIONS, Action, OrderStatus
from tests.support.installed import free_port
from tests.support.server import csr_for

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
PRODUCT = "positivessl"
SETTLE_SECONDS = 60

Row = Any


@dataclass(kw_only=True)
class Customer:
    """Orders until every name has been accepted, and publishes each proof."""

    http: httpx2.AsyncClient
    dns: DNSServer
    login: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)
    contact_id: str = ""
    placing: set[asyncio.Task[None]] = field(default_factory=set)
    accepted: dict[str, str] = field(default_factory=dict)
    """The order id of each name whose order was answered."""

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, path, json=body, headers=self.headers)
        assert answer.status_code < 500, answer.text
        envelope = answer.json()
        assert envelope["code"] == "1000", envelope
        return envelope.get("data")

    async def log_in(self) -> None:
        token = await self.call("POST", "/reseller/v2/api-user/token", self.login)
        self.headers = {"Authorization": f"Bearer {token['access_token']}"}

    async def make_contact(self) -> None:
        person = {
            "company": "Example",
            "firstName": "Domain",
            "lastName": "Example",
            "address1": "1 Jalan",
            "city": "Kuala Lumpur",
            "state": "KL",
            "countryCode": "MY",
            "zip": "50000",
            "phoneNumber": "+60.312345678",
            "email": "owner@example.test",
        }
        created = await self.call("POST", "/ssl/v2/contact/create", {"administrator": person})
        self.contact_id = created[0]["contactId"]

    async def place_some(self, enough: int) -> None:
        """Order until so many orders have been accepted or nothing is left to order, and leave the rest under way."""
        names = [name for name in NAMES if name not in self.accepted]
        before = len(self.accepted)
        limit = asyncio.Semaphore(AT_ONCE)

        async def one(name: str) -> None:
            async with limit:
                await self.place(name)

        self.placing = {asyncio.create_task(one(name)) for name in names}
        while len(self.accepted) < before + enough and not all(task.done() for task in self.placing):
            await asyncio.wait(self.placing, return_when=asyncio.FIRST_COMPLETED, timeout=0.005)

    async def give_up_on_the_dead(self) -> None:
        """Wait for the orders under way when the server died to come to nothing."""
        await asyncio.gather(*self.placing)

    async def place(self, name: str) -> None:
        """Order a certificate; a server that dies meanwhile leaves the name for another round."""
        body = {
            "productKey": PRODUCT,
            "term": 1,
            "csr": csr_for(name),
            "administratorContactId": self.contact_id,
            "authType": "dns",
        }
        try:
            placed = await self.call("POST", "/ssl/v2/orders/new", body)
        except httpx2.TransportError:
            return
        self.accepted[name] = placed["orderId"]
        self.publish(placed["commonName"])

    def publish(self, auth: dict[str, str]) -> None:
        """Add the value to those that earlier orders of the name published; a proved name wants none."""
        if "value" in auth:
            values = self.dns.values(auth["host"], "TXT")
            self.dns.publish(auth["host"], "TXT", *values, f'"{auth["value"]}"')

    async def publish_what_was_never_answered(self) -> None:
        """Serve the orders that were stored just before the server died, too: they must not be lost either."""
        found = await self.call(
            "POST", "/ssl/v2/orders/search", {"pagination": {"page": 1, "pageSize": 1000}}
        )
        assert found["totalPages"] == 1
        known = set(self.accepted.values())
        assert known <= {item["orderId"] for item in found["items"]}
        for item in found["items"]:
            if item["orderId"] not in known:
                auth = await self.call("GET", f"/ssl/v2/orders/{item['orderId']}/auth/info")
                self.publish(auth["commonName"])

    async def wait_until_all_are_issued(self) -> None:
        for _ in range(SETTLE_SECONDS * 5):
            filters = [{"field": "certStatus", "operator": "EQUAL", "value": "INITIAL"}]
            left = await self.call("POST", "/ssl/v2/orders/search", {"filters": filters})
            if left["totalItems"] == 0:
                return
            await asyncio.sleep(0.2)
        raise AssertionError(f"Not issued: {left}")


async def test_killed_server_loses_nothing_and_issues_nothing_twice(each_installed: Installed) -> None:
    moments = random.Random(SEED)
    async with DNSServer() as dns:
        each_installed.settings |= {"DCV_DNS_SERVERS": dns.address, "LOG_LEVEL": "warning"}
        port = free_port()
        made = await asyncio.to_thread(each_installed.json, "account", "create", "First account")
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            customer = Customer(http=http, dns=dns, login=made["webnic"])
            kills = await _order_through_crashes(each_installed, customer, port, moments)
            await _pass_the_leases(each_installed)
            server = await _start(each_installed, port)
            try:
                await customer.publish_what_was_never_answered()
                await customer.wait_until_all_are_issued()
            finally:
                status = await asyncio.to_thread(server.end)
    assert status == 0
    assert len(customer.accepted) == ORDERS
    assert kills >= FEWEST_KILLS
    await _check_the_books(each_installed, customer)


async def _order_through_crashes(
    installed: Installed, customer: Customer, port: int, moments: random.Random
) -> int:
    """Place all orders while the server is killed again and again; return how often it was.

    The moment is counted in orders, not in seconds, so that a slow machine sees as much happen between two kills.
    """
    kills = 0
    start_seconds = 1.0
    while len(customer.accepted) < ORDERS:
        if moments.random() < KILLED_AT_WORK:
            # Before anybody orders, while it takes up what its predecessor left, or even while it starts.
            await _pass_the_leases(installed)
            server = installed.start(port)
            await asyncio.sleep(start_seconds * moments.uniform(0.6, 1.3))
            server.end(signal.SIGKILL)
            kills += 1
        await _pass_the_leases(installed)
        begun = time.monotonic()
        server = await _start(installed, port)
        start_seconds = time.monotonic() - begun
        try:
            if not customer.contact_id:
                await customer.log_in()
                await customer.make_contact()
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


async def _pass_the_leases(installed: Installed) -> None:
    """Do what time would do: let the leases of dead workers run out, and the pauses between looks pass."""
    engine = await open_engine(load_settings(installed.environment))
    try:
        async with engine.writing() as connection:
            await connection.execute("UPDATE jobs SET lease_until = 0")
            await connection.execute("UPDATE jobs SET run_at = 0 WHERE kind = $1", "advance_order")
    finally:
        await engine.close()


async def _check_the_books(installed: Installed, customer: Customer) -> None:
    engine = await open_engine(load_settings(installed.environment))
    try:
        async with engine.reading() as connection:
            orders = await connection.fetch("SELECT id, account_id, status, common_name FROM orders")
            changes = await connection.fetch(
                "SELECT account_id, sequence, order_id, action, from_status, to_status, changed_at "
                "FROM order_changes ORDER BY account_id, sequence"
            )
            counters = await connection.fetch("SELECT account_id, last_sequence FROM change_counters")
            certificates = await connection.fetch(
                "SELECT order_id, status, der, serial_number FROM certificates"
            )
    finally:
        await engine.close()
    assert len(orders) >= ORDERS
    assert {order_id for order_id, *_ in orders} >= {
        int(text) - 2_000_000_000 for text in customer.accepted.values()
    }
    assert [row[1] for row in changes] == list(range(1, len(changes) + 1))
    assert [tuple(row) for row in counters] == [(orders[0][1], len(changes))]
    for order_id, _, status, name in orders:
        assert status == OrderStatus.ISSUED, name
        _check_history([row for row in changes if row[2] == order_id])
        _check_certificate([row for row in certificates if row[0] == order_id], name)
    serials = [row[3] for row in certificates]
    assert len(set(serials)) == len(serials) == len(orders)


def _check_history(changes: list[Row]) -> None:
    """An order's changes begin with its placing, follow the table step by step, and issue once."""
    first, *others = changes
    assert (first[3], first[4]) == (Action.PLACE, None)
    stands = first[5]
    for _, _, _, action, source, target, _ in others:
        assert source == stands
        assert TRANSITIONS[OrderStatus(source), Action(action)] == target
        stands = target
    assert [row[3] for row in changes].count(Action.ISSUE) == 1
    assert [row[6] for row in changes] == sorted(row[6] for row in changes)


def _check_certificate(certificates: list[Row], name: str) -> None:
    ((_, status, der, serial_number),) = certificates
    assert status == "issued"
    leaf = x509.load_der_x509_certificate(der)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [name]
    assert leaf.serial_number == int(serial_number, 16)
