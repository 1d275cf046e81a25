"""The order book as a search index reads it, in SQL: see ``services.ports.indexing``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from certwright.domain.errors import NotFound
from certwright.domain.ids import AccountId, OrderId
from certwright.services.ports import BookChanges, BookState, IndexedOrder, StatedPage, TouchedOrders
from certwright.store.engine import listed, placeholders
from certwright.store.order_pages import (
    AT_ONCE,
    SUMMARY,
    read_in_full,
    read_summaries,
    summary_from_row,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from certwright.domain.query import FoundOrder, OrderSummary
    from certwright.store.engine import Connection, Engine, Row

_JOIN = "orders o JOIN certificates c ON c.id = o.certificate_id"
_SEARCHABLE = (
    "SELECT o.id, o.created_at, o.status, o.common_name, o.names, o.email, lower(o.product_key), o.organization_id, "
    "o.placed_by, o.certificate_id, c.not_after, o.status_changed_at, o.term_years, "
    "CASE WHEN o.renewed_by_order_id IS NULL THEN 0 ELSE 1 END, "
    f"CASE WHEN c.status = 'revoked' THEN 1 ELSE 0 END, o.product_key FROM {_JOIN}"
)
_STATE = "SELECT last_sequence, last_edit FROM change_counters WHERE account_id = $1"
_SCAN = (
    f"{_SEARCHABLE} WHERE o.account_id = $1 AND (o.created_at, o.id) > ($2, $3) "
    "ORDER BY o.created_at, o.id LIMIT $4"
)

_NO_ORDER = OrderId(0)
_NAMES = msgspec.json.Decoder(list[tuple[str, str, str | None]])


class SQLBookReader:
    """Reads accounts' books for an index."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def large_books(self, orders: int) -> list[AccountId]:
        """List the accounts that hold at least so many orders."""
        async with self._engine.reading() as connection:
            # Every order has at least one change, so the counter spares most accounts the look at their orders.
            rows = await connection.fetch(
                "SELECT account_id FROM change_counters WHERE last_sequence >= $1 ORDER BY account_id", orders
            )
            return [AccountId(row[0]) for row in rows if await _holds(connection, row[0], orders)]

    async def state(self, account_id: AccountId) -> BookState:
        """Return how far a book has got."""
        async with self._engine.reading() as connection:
            return await read_state(connection, account_id)

    async def changed_since(self, account_id: AccountId, state: BookState, limit: int) -> BookChanges:
        """Return what changed behind a state, reading at most so many changes and edits each."""
        # Large searches wait for this, so it spares the round trips of a transaction: what is listed is one view, and
        # orders that are read after it are at least as new.
        async with self._engine.looking() as connection:
            rows = await connection.fetch(_touched(limit), account_id, state.sequence, state.edit)
            orders = [
                _to_indexed(row)
                for some in listed(sorted(_ids_in(rows)))
                for row in await connection.fetch(
                    f"{_SEARCHABLE} WHERE o.id IN ({placeholders(len(some))})", *some
                )
            ]
        reached = _reached(rows, state)
        return BookChanges(orders=tuple(orders), state=reached, is_all=reached == _state_in(rows))

    async def touched_since(self, account_id: AccountId, state: BookState, limit: int) -> TouchedOrders:
        """Tell which orders changed behind a state, reading at most so many changes and edits each."""
        async with self._engine.looking() as connection:
            rows = await connection.fetch(_touched(limit), account_id, state.sequence, state.edit)
        now = _state_in(rows)
        return TouchedOrders(ids=_ids_in(rows), state=now, is_all=_reached(rows, state) == now)

    async def scan(self, account_id: AccountId, batch: int) -> AsyncIterator[Sequence[IndexedOrder]]:
        """Read the whole book in the order of creation, each batch in a transaction of its own."""
        last = (-1, -1)
        while True:
            async with self._engine.reading() as connection:
                rows = await connection.fetch(_SCAN, account_id, *last, batch)
            if rows:
                last = (rows[-1][1], rows[-1][0])
                yield [_to_indexed(row) for row in rows]
            if len(rows) < batch:
                return

    async def page(
        self, account_id: AccountId, order_ids: Sequence[OrderId], state: BookState
    ) -> StatedPage[OrderSummary]:
        """Read orders by id if the book is in this state."""
        if len(order_ids) > AT_ONCE:
            return await self._long_page(account_id, order_ids, state)
        # One statement is one view, so the state is that of the orders; it comes even if there are none. An id that no order
        # has stands for none: a condition that is never true makes SQLite ask it of every order of the account.
        ids = order_ids or (_NO_ORDER,)
        async with self._engine.looking() as connection:
            rows = await connection.fetch(_stated_summaries(len(ids)), account_id, *ids)
        if not rows:
            raise NotFound("account")
        now = BookState(*rows[0][-2:])
        found = {row[0]: summary_from_row(row) for row in rows if row[0] is not None} if now == state else {}
        return StatedPage(items=tuple(found[number] for number in order_ids if number in found), state=now)

    async def _long_page(
        self, account_id: AccountId, order_ids: Sequence[OrderId], state: BookState
    ) -> StatedPage[OrderSummary]:
        async with self._engine.reading() as connection:
            now = await read_state(connection, account_id)
            items = await read_summaries(connection, account_id, order_ids) if now == state else ()
        return StatedPage(items=items, state=now)

    async def full_page(
        self, account_id: AccountId, order_ids: Sequence[OrderId], state: BookState
    ) -> StatedPage[FoundOrder]:
        """Read orders by id with all that belongs to them, if the book is in this state."""
        async with self._engine.reading() as connection:
            now = await read_state(connection, account_id)
            items = await read_in_full(connection, account_id, order_ids) if now == state else ()
        return StatedPage(items=items, state=now)


@cache
def _touched(limit: int) -> str:
    """List what was touched behind a state, and the state that the book is in.

    A limit that is a parameter would have PostgreSQL plan each time anew, for it could not tell how many rows come.
    """
    return f"""
        SELECT 'state', last_sequence, last_edit FROM change_counters WHERE account_id = $1
        UNION ALL SELECT 'change', sequence, order_id FROM (
          SELECT sequence, order_id FROM order_changes WHERE account_id = $1 AND sequence > $2
          ORDER BY sequence LIMIT {limit}
        ) c
        UNION ALL SELECT 'edit', edit, order_id FROM (
          SELECT edit, order_id FROM order_edits WHERE account_id = $1 AND edit > $3 ORDER BY edit LIMIT {limit}
        ) e
    """


@cache
def _stated_summaries(count: int) -> str:
    return (
        f"SELECT {SUMMARY}, s.last_sequence, s.last_edit FROM change_counters s LEFT JOIN orders o "
        f"ON o.account_id = s.account_id AND o.id IN ({placeholders(count, start=2)}) WHERE s.account_id = $1"
    )


async def _holds(connection: Connection, account_id: int, orders: int) -> bool:
    rows = await connection.fetch(
        "SELECT 1 FROM orders WHERE account_id = $1 ORDER BY created_at, id LIMIT 1 OFFSET $2",
        account_id,
        orders - 1,
    )
    return bool(rows)


async def read_state(connection: Connection, account_id: AccountId) -> BookState:
    """Return how far a book has got.

    Raises:
        NotFound: there is no such account.
    """
    rows = await connection.fetch(_STATE, account_id)
    if not rows:
        raise NotFound("account")
    return BookState(*rows[0])


def _state_in(rows: Sequence[Row]) -> BookState:
    for kind, sequence, edit in rows:
        if kind == "state":
            return BookState(sequence, edit)
    raise NotFound("account")


def _ids_in(rows: Sequence[Row]) -> frozenset[OrderId]:
    return frozenset(row[2] for row in rows if row[0] != "state")


def _reached(rows: Sequence[Row], state: BookState) -> BookState:
    """Return the state that knowing what is listed leads to."""
    return BookState(
        sequence=max((row[1] for row in rows if row[0] == "change"), default=state.sequence),
        edit=max((row[1] for row in rows if row[0] == "edit"), default=state.edit),
    )


def _to_indexed(row: Row) -> IndexedOrder:
    names = _NAMES.decode(row[4])
    others = tuple(name for name, _, _ in names[1:]) if len(names) > 1 else ()
    return IndexedOrder._make((*row[:4], others, *row[5:]))
