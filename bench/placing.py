"""How many orders are placed, and how many are issued from order to certificate, in a second?

Orders come over WebNIC's Place Order from many clients at once, out of a process of their own (``pump``). Names below a
proved domain are issued in the background while further orders come in; the rate of issuing counts from the first
order until the last certificate is stored, by the change log's own times. A name server in this process answers the
look-ups for CAA and for missing proofs.
"""

from __future__ import annotations

import asyncio
import functools
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.accounts import PROVED_DOMAIN
from bench.pump import post, pump
from bench.server import new_site, prepare, serving
from certwright.bootstrap.database import open_engine
from certwright.domain.csr import CSRSubject, KeySpec, make_csr

if TYPE_CHECKING:
    from bench.accounts import Holder
    from bench.server import Client, Site
    from bench.timing import Throughput
    from certwright.store.engine import Engine

CLIENTS = 64
UNPROVED_DOMAIN = "unproved.example"

PLACE = "/ssl/v2/orders/new"
_WARM_UP = 500
_MOST_A_SECOND = 3000
_LONGEST_WAIT_SECONDS = 120
_POLL_SECONDS = 0.25
_ISSUED = "SELECT count(*), max(changed_at) FROM order_changes WHERE account_id = $1 AND sequence > $2 AND action = $3"
_SEQUENCE = "SELECT last_sequence FROM change_counters WHERE account_id = $1"


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


@functools.cache
def _csrs(domain: str, first: int, count: int) -> list[tuple[str, str]]:
    names = [f"host{number}.{domain}" for number in range(first, first + count)]
    spec = KeySpec("P-256")
    return [(name, make_csr(CSRSubject(common_name=name), (name,), spec).csr_pem) for name in names]


def order_bodies(holder: Holder, domain: str, count: int, *, first: int = 0) -> list[bytes]:
    """Write orders with a P-256 key and a name each; ``first`` is the number in the first name."""
    fixed = {"productKey": "positivessl", "term": 1, "authType": "dns"}
    contact = {"administratorContactId": holder.contact_text}
    return [json.dumps({**fixed, **contact, "csr": csr}).encode() for _, csr in _csrs(domain, first, count)]


async def place_into_empty(
    engine: str, url: str | None, dns: str, hello: Client, *, proved: bool, seconds: float, turn: int = 0
) -> Placed:
    """Place orders into a book of their own, empty before; ``url`` is that of any database of PostgreSQL."""
    with new_site(engine, url, CERTWRIGHT_DCV_DNS_SERVERS=dns) as site:
        (holder,) = await prepare(site, "Bench")
        async with serving(site) as client:
            return await place(site, client, hello, holder, proved=proved, seconds=seconds, turn=turn)


async def place(
    site: Site, client: Client, hello: Client, holder: Holder, *, proved: bool, seconds: float, turn: int = 0
) -> Placed:
    """Place orders as fast as they are taken and, where that can be, wait until all are issued; each turn has its own names."""
    token = await client.log_in(holder)
    domain = PROVED_DOMAIN if proved else UNPROVED_DOMAIN
    count = _WARM_UP + int(_MOST_A_SECOND * seconds)
    bodies = await asyncio.to_thread(order_bodies, holder, domain, count, first=turn * count)
    requests = [post(PLACE, body, token=token) for body in bodies]
    engine = await open_engine(site.settings)
    try:
        used = hello.cpu_seconds()
        greeted = await pump(hello.port, requests, clients=CLIENTS, seconds=1)
        hello_cpu_ms = 1000 * (hello.cpu_seconds() - used) / greeted.sample.count
        begun_at = await _sequence(engine, holder)
        warm_up = await pump(client.port, requests[:_WARM_UP], clients=CLIENTS, seconds=seconds)
        if proved:
            await _wait_until_issued(engine, holder, begun_at, warm_up.sample.count)
        used, begun_at = client.cpu_seconds(), await _sequence(engine, holder)
        throughput = await pump(client.port, requests[_WARM_UP:], clients=CLIENTS, seconds=seconds)
        count = throughput.sample.count
        issued_per_second = 0.0
        if proved:
            last_at = await _wait_until_issued(engine, holder, begun_at, count)
            issued_per_second = count / (last_at - throughput.begun_at)
    finally:
        await engine.close()
    return Placed(
        throughput=throughput,
        hello=greeted,
        cpu_ms=1000 * (client.cpu_seconds() - used) / count,
        hello_cpu_ms=hello_cpu_ms,
        issued_per_second=issued_per_second,
    )


async def _sequence(engine: Engine, holder: Holder) -> int:
    """Return how far the account's change log has got."""
    async with engine.reading() as connection:
        rows = await connection.fetch(_SEQUENCE, holder.account_id)
    return int(rows[0][0])


async def _wait_until_issued(engine: Engine, holder: Holder, after: int, count: int) -> float:
    """Wait until so many orders have been issued behind a change, and return when the last was, as ``time.time`` does."""
    give_up_at = time.monotonic() + _LONGEST_WAIT_SECONDS
    while True:
        async with engine.reading() as connection:
            ((issued, last_at),) = await connection.fetch(_ISSUED, holder.account_id, after, "issue")
        if issued >= count:
            return float(last_at / 1e6)
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{count - issued} orders were not issued in time")
        await asyncio.sleep(_POLL_SECONDS)
