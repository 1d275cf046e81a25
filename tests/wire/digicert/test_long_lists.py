"""A list of any length is sent as it is read: its bytes are those of a short one, and little of it is ever in memory."""

from __future__ import annotations

import asyncio
import hashlib
import tracemalloc
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.bootstrap import build_web
from certwright.bootstrap.database import open_engine
from certwright.domain.errors import Unavailable
from certwright.domain.ids import CertificateId, OrderId
from certwright.domain.query import ChangedOrder
from certwright.domain.status import OrderStatus
from certwright.services.changed_orders import ChangedOrders
from certwright.store.engine import to_stored
from tests.support.clock import NOON
from tests.wire.digicert.given import API, place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, MutableMapping

    from tests.support.server import Server

PATH = f"{API}/order/certificate/status-changes"
ROWS = 200_000
FIRST = 1_000_001
MOST_BYTES = 12_000_000
"""The rows alone take six times as much when they are all made at once."""

_COLUMNS = (
    "account_id, placed_by, product_key, status, common_name, names, term_years, expires_at, created_at, status_reason, "
    "random_value, email, alternative_order_id, details, version"
)
_NUMBERS = "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < $4) SELECT n FROM numbers"
_FILL = (
    f"INSERT INTO orders (id, certificate_id, status_changed_at, {_COLUMNS}) "
    "SELECT CAST($2 AS BIGINT) + n, CAST($2 AS BIGINT) + n, CAST($3 AS BIGINT) + 7919 * n % 1000, "
    f"{_COLUMNS} FROM orders JOIN ({_NUMBERS}) AS numbers ON id = $1"
)


@dataclass(kw_only=True)
class Taker:
    """A client at the application's own door, which keeps no answer: it hashes what comes, and may hang up."""

    hang_up_after: int | None = None
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    pieces: int = 0
    is_whole: bool = False
    hash: Any = field(default_factory=hashlib.sha256)

    async def ask(self, server: Server, query: str) -> None:
        """Ask for status changes."""
        hung_up = asyncio.Event()

        async def receive() -> MutableMapping[str, Any]:
            await hung_up.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
                return
            self.hash.update(message["body"])
            self.pieces += bool(message["body"])
            self.is_whole = not message.get("more_body")
            if self.pieces == self.hang_up_after:
                hung_up.set()
            await asyncio.sleep(0)

        key = server.account.digicert.secret.reveal().encode()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "path": PATH,
            "query_string": query.encode(),
            "headers": [(b"x-dc-devkey", key)],
        }
        await build_web(server.program)(scope, receive, send)


async def fill(server: Server) -> int:
    """Store copies of one order that all changed within a millisecond, in an order of their own; return that order's id."""
    placed = await place(server)
    engine = await open_engine(server.program.settings)
    try:
        async with engine.writing() as connection:
            now = to_stored(server.clock.now())
            assert await connection.execute(_FILL, placed["id"], FIRST, now + 1000, ROWS) == ROWS
    finally:
        await engine.close()
    server.clock.advance(timedelta(seconds=1))
    return int(placed["id"])


def told(order_id: int) -> Iterator[bytes]:
    """Write the list as the manual's example is written, in one line."""
    before = b'{"orders":['
    for number in (*range(FIRST + ROWS - 1, FIRST - 1, -1), order_id):
        certificate = number if number >= FIRST else 500_001
        yield before + b'{"order_id":%d,"certificate_id":%d,"status":"pending"}' % (number, certificate)
        before = b","
    yield b"]}"


async def test_long_list_is_that_of_the_manual_and_never_whole_in_memory(each_server: Server) -> None:
    order_id = await fill(each_server)
    taker = Taker()
    tracemalloc.start()
    try:
        await taker.ask(each_server, "minutes=1")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (taker.status, taker.is_whole) == (200, True)
    assert taker.headers["content-type"] == "application/json"
    assert taker.headers["cache-control"] == "private,no-cache"
    assert taker.hash.digest() == hashlib.sha256(b"".join(told(order_id))).digest()
    assert most < MOST_BYTES


async def test_client_that_hangs_up_ends_the_list(server: Server) -> None:
    changed = ScriptedList(pages=1000)
    taker = Taker(hang_up_after=3)
    await taker.ask(with_list(server, changed), "minutes=1")
    assert taker.status == 200
    assert not taker.is_whole
    assert changed.told < 10


@pytest.mark.parametrize("pages", [0, 1])
async def test_error_before_the_first_byte_is_told_as_any_other(server: Server, pages: int) -> None:
    taker = Taker()
    await taker.ask(with_list(server, ScriptedList(pages=pages, breaks=True)), "minutes=1")
    assert taker.status == 503
    assert taker.is_whole
    assert taker.headers["retry-after"] == "1"


async def test_error_behind_the_first_byte_is_not_taken_for_the_end(server: Server) -> None:
    taker = Taker()
    with pytest.raises(Unavailable, match="does not answer"):
        await taker.ask(with_list(server, ScriptedList(pages=5, breaks=True)), "minutes=1")
    assert taker.status == 200
    assert not taker.is_whole


class ScriptedList(ChangedOrders):
    """A list of so many pages of two rows that may break behind them."""

    def __init__(self, *, pages: int, breaks: bool = False) -> None:
        self._pages = pages
        self._breaks = breaks
        self.told = 0

    async def read(self, *_: object, **__: object) -> AsyncIterator[list[ChangedOrder]]:
        """Tell the same two rows again and again."""
        row = ChangedOrder(
            id=OrderId(1), certificate_id=CertificateId(2), status=OrderStatus.ISSUED, changed_at=NOON
        )
        for _page in range(self._pages):
            self.told += 1
            yield [row, row]
        if self._breaks:
            raise Unavailable("The database does not answer")


def with_list(server: Server, changed: ChangedOrders) -> Server:
    """Return the server with another list."""
    return replace(
        server, program=replace(server.program, use=replace(server.program.use, changed_orders=changed))
    )
