"""A steady trickle of changes to an account's book while it is searched: orders placed and issued."""

from __future__ import annotations

import asyncio
import itertools
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from bench.accounts import PROVED_DOMAIN
from bench.placing import order_requests

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.accounts import Holder
    from bench.server import Client

ORDERS_A_SECOND = 34
"""Each is placed, submitted and issued: a hundred changes a second."""

_ORDERS = 2_000


@asynccontextmanager
async def writing(client: Client, holder: Holder) -> AsyncIterator[None]:
    """Place orders at a steady rate while the block runs; names come again after some time, as they do in life."""
    token = await client.log_in(holder)
    requests = await asyncio.to_thread(order_requests, holder, token, PROVED_DOMAIN, _ORDERS)
    writer = asyncio.create_task(_write(client.port, requests))
    try:
        yield
    finally:
        if writer.done():
            await writer  # it never ends by itself
        writer.cancel()
        with suppress(asyncio.CancelledError):
            await writer


async def _write(port: int, requests: list[bytes]) -> None:
    reader, sender = await asyncio.open_connection("127.0.0.1", port)
    due = time.monotonic()
    for request in itertools.cycle(requests):
        sender.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        await reader.readexactly(_length(head))
        due = max(due + 1 / ORDERS_A_SECOND, time.monotonic() - 1)
        await asyncio.sleep(due - time.monotonic())


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0])
