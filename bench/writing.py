"""A steady trickle of changes to an account's book while it is searched: orders placed and issued."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import threading
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bench.accounts import PROVED_DOMAIN
from bench.placing import PLACE, order_bodies

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.accounts import Holder
    from bench.server import Client

ORDERS_A_SECOND = 34
"""Each is placed, submitted and issued: a hundred changes a second."""

_ORDERS = 2_000


@asynccontextmanager
async def writing(client: Client, holder: Holder) -> AsyncIterator[None]:
    """Place orders at a steady rate while the block runs; names come again after some time, as they do in life.

    A thread does it, for what is measured meanwhile may hold up the loop.
    """
    token = await client.log_in(holder)
    bodies = await asyncio.to_thread(order_bodies, holder, PROVED_DOMAIN, _ORDERS)
    stopped = threading.Event()
    writer = asyncio.create_task(asyncio.to_thread(_write, client.port, token, bodies, stopped))
    try:
        yield
    finally:
        stopped.set()
        await writer


def _write(port: int, token: str, bodies: list[bytes], stopped: threading.Event) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    server = http.client.HTTPConnection("127.0.0.1", port)
    due = time.monotonic()
    for body in itertools.cycle(bodies):
        if stopped.is_set():
            break
        server.request("POST", PLACE, body, headers)
        answer = server.getresponse()
        told = answer.read()
        assert answer.status == 200, told
        due = max(due + 1 / ORDERS_A_SECOND, time.monotonic() - 1)
        time.sleep(max(0.0, due - time.monotonic()))
    server.close()
