"""Servers that are killed in the middle of deliveries lose no change and mix up none of an order.

The receiver speaks TLS and refuses a quarter of what comes. On PostgreSQL two servers share the database and the work.
The moments of the kills are counted in requests, from a seed; leases and pauses are moved past, as time would do it.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from certwright.bootstrap.database import open_engine
from certwright.cli.demo.challenge_servers import DNSServer
from certwright.config import load_settings
from tests.support.books import pass_the_leases
from tests.support.installed import free_port
from tests.support.receiver import Receiver
from tests.support.subscriptions import check_order, is_signed

if TYPE_CHECKING:
    from aiohttp import web

    from tests.support.installed import Installed, RunningServer
    from tests.support.tls import TrustedTLS

pytestmark = pytest.mark.acceptance

SEED = 20261122
ROUNDS = 4
ORDERS_A_ROUND = 12
REFUSED = 0.25
SETTLE_SECONDS = 60


class BusyReceiver(Receiver):
    """Takes its time, and notes of which orders two changes were on their way at once."""

    def __init__(self, tls: TrustedTLS) -> None:
        super().__init__(tls.server)
        self._busy: Counter[int] = Counter()
        self.mixed: list[int] = []
        self._news = asyncio.Event()

    async def wait_for(self, count: int) -> None:
        """Wait until so many requests have come."""
        while len(self.received) < count:
            self._news.clear()
            await self._news.wait()

    async def _take(self, request: web.Request) -> web.Response:
        order_id = (await request.json())["data"]["order_id"]
        self._busy[order_id] += 1
        if self._busy[order_id] > 1:
            self.mixed.append(order_id)
        await asyncio.sleep(0.005)
        self._busy[order_id] -= 1
        answer = await super()._take(request)
        self._news.set()
        return answer


async def test_killed_servers_deliver_everything_in_order(
    each_installed: Installed, trusted_tls: TrustedTLS, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed, chance = each_installed, random.Random(SEED)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted_tls.trust_file))
    ports = [free_port() for _ in range(2 if "DATABASE_URL" in installed.settings else 1)]
    async with DNSServer() as dns, BusyReceiver(trusted_tls) as receiver:
        dns.publish(trusted_tls.host, "A", "127.0.0.1")
        receiver.judge = lambda _body: 503 if chance.random() < REFUSED else 200
        installed.settings |= {
            "DCV_DNS_SERVERS": dns.address,
            "WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "true",
            "LOG_LEVEL": "warning",
        }
        key = (await asyncio.to_thread(installed.json, "account", "create", "First account"))["digicert"]
        headers = {"Authorization": f"Bearer {key['api_key']}", "X-DC-DEVKEY": key["api_key"]}
        async with httpx2.AsyncClient(timeout=30, headers=headers) as http:
            secret = await _subscribe(installed, http, f"https://{trusted_tls.host}:{receiver.port}/", ports)
            for _ in range(ROUNDS):
                await _be_killed(installed, http, receiver, ports, after=chance.randint(1, ORDERS_A_ROUND))
            await pass_the_leases(installed)
            servers = await _start(installed, ports)
            try:
                await _wait_until_all_is_told(installed, receiver)
                shown = (await http.get(f"{servers[0].url}/v1/webhooks/1")).json()
            finally:
                ends = [await asyncio.to_thread(server.end) for server in servers]
    assert ends == [0] * len(ports)
    assert (shown["status"], shown["cursor"]) == ("active", len(await _log(installed)))
    assert receiver.mixed == []
    assert all(is_signed(got, secret) for got in receiver.received)
    bodies = {(got.headers["webhook-id"], got.raw) for got in receiver.received}
    assert len(bodies) == len(await _log(installed)) >= ROUNDS * ORDERS_A_ROUND // 2


async def _subscribe(installed: Installed, http: httpx2.AsyncClient, url: str, ports: list[int]) -> str:
    servers = await _start(installed, ports)
    try:
        made = await http.post(f"{servers[0].url}/v1/webhooks", json={"url": url})
        assert made.status_code == 201, made.text
    finally:
        for server in servers:
            server.end(signal.SIGKILL)
    secret: str = made.json()["secret"]
    return secret


async def _be_killed(
    installed: Installed, http: httpx2.AsyncClient, receiver: BusyReceiver, ports: list[int], *, after: int
) -> None:
    """Place and cancel orders, and kill the servers as soon as the receiver was sent so much more."""
    await pass_the_leases(installed)
    servers = await _start(installed, ports)
    enough = len(receiver.received) + after
    try:
        placing = [
            asyncio.create_task(_place_and_cancel(http, servers[number % len(servers)].url))
            for number in range(ORDERS_A_ROUND)
        ]
        await receiver.wait_for(enough)
    finally:
        for server in servers:
            server.end(signal.SIGKILL)
    await asyncio.gather(*placing)


async def _place_and_cancel(http: httpx2.AsyncClient, url: str) -> None:
    body = {"product": "positivessl", "common_name": "www.example.com"}
    with suppress(httpx2.TransportError):
        placed = (await http.post(f"{url}/v1/orders", json=body)).json()
        path = f"{url}/services/v2/order/certificate/{placed['order_id']}/status"
        await http.put(path, json={"status": "CANCELED", "note": "Not wanted"})


async def _wait_until_all_is_told(installed: Installed, receiver: Receiver) -> None:
    for _ in range(SETTLE_SECONDS * 4):
        await _pass_the_pauses(installed)
        await asyncio.sleep(0.25)
        if check_order(receiver.received) == set(await _log(installed)) and not await _jobs(installed):
            return
    raise AssertionError(f"Not told: {set(await _log(installed)) - check_order(receiver.received)}")


async def _start(installed: Installed, ports: list[int]) -> list[RunningServer]:
    servers = [installed.start(port) for port in ports]
    try:
        for server in servers:
            await asyncio.to_thread(server.wait_until_ready)
    except BaseException:
        for server in servers:
            server.end(signal.SIGKILL)
        raise
    return servers


async def _pass_the_pauses(installed: Installed) -> None:
    """Let what failed be tried again now."""
    await _execute(installed, "UPDATE held_changes SET run_at = 0")
    await _execute(installed, "UPDATE jobs SET run_at = 0 WHERE kind = 'deliver_changes'")


async def _log(installed: Installed) -> list[int]:
    return [row[0] for row in await _fetch(installed, "SELECT sequence FROM order_changes ORDER BY sequence")]


async def _jobs(installed: Installed) -> list[Any]:
    return await _fetch(installed, "SELECT kind FROM jobs WHERE kind IN ('deliver_changes', 'refund_order')")


async def _execute(installed: Installed, sql: str) -> None:
    engine = await open_engine(load_settings(installed.environment))
    try:
        async with engine.writing() as connection:
            await connection.execute(sql)
    finally:
        await engine.close()


async def _fetch(installed: Installed, sql: str) -> list[Any]:
    engine = await open_engine(load_settings(installed.environment))
    try:
        async with engine.reading() as connection:
            return list(await connection.fetch(sql))
    finally:
        await engine.close()
