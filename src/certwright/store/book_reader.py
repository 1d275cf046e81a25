"""The order book as a search index reads it, in SQL: see ``services.ports.indexing``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from certwright.domain.ids import AccountId, OrderId
from certwright.domain.query import FoundOrder
from certwright.services.ports import BookChanges, BookState, IndexedOrder, StatedPage
from certwright.store.certificates import COLUMNS as CERTIFICATE_COLUMNS
from certwright.store.certificates import certificate_from_row
from certwright.store.engine import placeholders
from certwright.store.orders import COLUMNS as ORDER_COLUMNS
from certwright.store.orders import order_from_row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from certwright.store.engine import Connection, Engine, Row

_AT_ONCE = 500
"""How many orders one statement reads by id."""

_JOIN = "orders o JOIN certificates c ON c.id = o.certificate_id"
_SEARCHABLE = (
    "SELECT o.id, o.created_at, o.status, o.common_name, o.names, o.email, lower(o.product_key), o.organization_id, "
    "o.placed_by, o.certificate_id, c.not_after, o.status_changed_at, o.term_years, "
    f"CASE WHEN o.renewed_by_order_id IS NULL THEN 0 ELSE 1 END FROM {_JOIN}"
)
_STATE = "SELECT last_sequence, last_edit FROM change_counters WHERE account_id = $1"
_CHANGED = (
    "SELECT sequence, order_id FROM order_changes "
    "WHERE account_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3"
)
_EDITED = "SELECT edit, order_id FROM order_edits WHERE account_id = $1 AND edit > $2 ORDER BY edit LIMIT $3"
_SCAN = (
    f"{_SEARCHABLE} WHERE o.account_id = $1 AND (o.created_at, o.id) > ($2, $3) "
    "ORDER BY o.created_at, o.id LIMIT $4"
)
_WHOLE = ", ".join(
    [*(f"o.{column}" for column in ORDER_COLUMNS), *(f"c.{column}" for column in CERTIFICATE_COLUMNS)]
)

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
            return await _state(connection, account_id)

    async def changed_since(self, account_id: AccountId, state: BookState, limit: int) -> BookChanges:
        """Return what changed behind a state, reading at most so many changes and edits each."""
        async with self._engine.reading() as connection:
            now = await _state(connection, account_id)
            changed = await connection.fetch(_CHANGED, account_id, state.sequence, limit)
            edited = await connection.fetch(_EDITED, account_id, state.edit, limit)
            ids = sorted({row[1] for row in (*changed, *edited)})
            orders = [await _searchable(connection, part) for part in _parts(ids)]
        reached = BookState(
            sequence=changed[-1][0] if changed else state.sequence,
            edit=edited[-1][0] if edited else state.edit,
        )
        return BookChanges(
            orders=tuple(order for part in orders for order in part), state=reached, is_all=reached == now
        )

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

    async def page(self, account_id: AccountId, order_ids: Sequence[OrderId]) -> StatedPage:
        """Read orders by id; a page of usual size is one statement beside the transaction's own."""
        async with self._engine.reading() as connection:
            pages = [await _page(connection, account_id, part) for part in _parts(order_ids) or [()]]
        return StatedPage(items=tuple(item for page in pages for item in page.items), state=pages[0].state)


async def _holds(connection: Connection, account_id: int, orders: int) -> bool:
    rows = await connection.fetch(
        "SELECT 1 FROM orders WHERE account_id = $1 ORDER BY created_at, id LIMIT 1 OFFSET $2",
        account_id,
        orders - 1,
    )
    return bool(rows)


async def _state(connection: Connection, account_id: AccountId) -> BookState:
    rows = await connection.fetch(_STATE, account_id)
    return BookState(*rows[0])


async def _searchable(connection: Connection, ids: Sequence[int]) -> list[IndexedOrder]:
    rows = await connection.fetch(f"{_SEARCHABLE} WHERE o.id IN ({placeholders(len(ids))})", *ids)
    return [_to_indexed(row) for row in rows]


async def _page(connection: Connection, account_id: AccountId, ids: Sequence[OrderId]) -> StatedPage:
    # The state comes with the rows, and even if there are none.
    listed = f"o.id IN ({placeholders(len(ids), start=2)})" if ids else "1 = 0"
    rows = await connection.fetch(
        f"SELECT s.last_sequence, s.last_edit, {_WHOLE} FROM change_counters s "
        f"LEFT JOIN orders o ON o.account_id = s.account_id AND {listed} "
        "LEFT JOIN certificates c ON c.id = o.certificate_id WHERE s.account_id = $1",
        account_id,
        *ids,
    )
    found = {row[2]: _to_found(row) for row in rows if row[2] is not None}
    items = (found[order_id] for order_id in ids if order_id in found)
    return StatedPage(items=tuple(items), state=BookState(rows[0][0], rows[0][1]))


def _parts(ids: Sequence[OrderId]) -> list[Sequence[OrderId]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]


def _to_indexed(row: Row) -> IndexedOrder:
    names = _NAMES.decode(row[4])
    others = tuple(name for name, _, _ in names[1:]) if len(names) > 1 else ()
    return IndexedOrder._make((*row[:4], others, *row[5:]))


def _to_found(row: Row) -> FoundOrder:
    split = 2 + len(ORDER_COLUMNS)
    return FoundOrder(order=order_from_row(row[2:split]), certificate=certificate_from_row(row[split:]))
