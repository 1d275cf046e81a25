"""How many orders are placed, and how many are issued from order to certificate, in a second?

Orders come over WebNIC's Place Order from several clients at once. Names below a proved domain are issued in the
background while further orders come in; the rate of issuing counts until the last certificate is stored. A name
server in this process answers the look-ups for CAA and for missing proofs.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.accounts import PROVED_DOMAIN
from bench.timing import load
from certwright.domain.csr import CSRSubject, KeySpec, make_csr

if TYPE_CHECKING:
    from bench.accounts import Holder
    from bench.server import Client
    from bench.timing import Throughput

CLIENTS = 8
UNPROVED_DOMAIN = "unproved.example"

_PLACE = "/ssl/v2/orders/new"
_SEARCH = "/ssl/v2/orders/search"
_WARM_UP = 20
_LONGEST_WAIT_SECONDS = 90
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """How placing orders went; ``issued_per_second`` is 0 where none of them could be issued.

    ``cpu_ms`` is the server's processor time for each order, issuing included, ``hello_cpu_ms`` that of a greeting.
    """

    throughput: Throughput
    hello: Throughput
    cpu_ms: float
    hello_cpu_ms: float
    issued_per_second: float = 0


def order_bodies(holder: Holder, domain: str, count: int) -> list[dict[str, object]]:
    """Write orders with a new P-256 key and a new name each."""
    bodies: list[dict[str, object]] = []
    for number in range(count):
        name = f"host{number}.{domain}"
        csr = make_csr(CSRSubject(common_name=name), (name,), KeySpec("P-256")).csr_pem
        body = {"productKey": "positivessl", "term": 1, "csr": csr, "authType": "dns"}
        bodies.append({**body, "administratorContactId": holder.contact_text})
    return bodies


async def place(
    client: Client, hello: Client, holder: Holder, *, proved: bool, most: int, seconds: float
) -> Placed:
    """Place orders as fast as they are taken and, where that can be, wait until all are issued."""
    token = await client.log_in(holder)
    domain = PROVED_DOMAIN if proved else UNPROVED_DOMAIN
    bodies = await asyncio.to_thread(order_bodies, holder, domain, most + _WARM_UP)

    async def place_one(number: int) -> None:
        await client.post(_PLACE, bodies[number], token=token)

    async def greet(number: int) -> None:
        await hello.post("/", bodies[number])

    used = hello.cpu_seconds()
    greeted = await load(greet, clients=CLIENTS, most=most, seconds=1)
    hello_cpu_ms = 1000 * (hello.cpu_seconds() - used) / greeted.sample.count
    unfinished = await _count_unfinished(client, token)
    await load(place_one, clients=CLIENTS, most=_WARM_UP, seconds=seconds)
    if proved:
        await _wait_until_issued(client, token, unfinished)
    used, begun = client.cpu_seconds(), time.perf_counter()
    throughput = await load(place_one, first=_WARM_UP, clients=CLIENTS, most=most, seconds=seconds)
    count = throughput.sample.count
    issued_per_second = 0.0
    if proved:
        await _wait_until_issued(client, token, unfinished)
        issued_per_second = count / (time.perf_counter() - begun)
    return Placed(
        throughput=throughput,
        hello=greeted,
        cpu_ms=1000 * (client.cpu_seconds() - used) / count,
        hello_cpu_ms=hello_cpu_ms,
        issued_per_second=issued_per_second,
    )


async def _count_unfinished(client: Client, token: str) -> int:
    """Count the account's orders on their way, which costs next to nothing however many orders there are."""
    filters = [{"field": "orderStatus", "operator": "EQUAL", "value": "PENDING,IN_PROCESS,PROCESSED"}]
    body = {"filters": filters, "pagination": {"page": 1, "pageSize": 1}}
    answer = await client.post(_SEARCH, body, token=token)
    return int(answer["data"]["totalItems"])


async def _wait_until_issued(client: Client, token: str, unfinished_before: int) -> None:
    give_up_at = time.monotonic() + _LONGEST_WAIT_SECONDS
    while (unfinished := await _count_unfinished(client, token)) > unfinished_before:
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{unfinished - unfinished_before} orders were not issued in time")
        await asyncio.sleep(_POLL_SECONDS)
