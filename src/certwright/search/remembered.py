"""Pages of orders whose rows were read lately: instead of them, the database is asked only what was touched since.

Rows are the dearest part of a page, and the same first pages are asked for again and again. Everything that stores an
order raises the state of its book and names the order, so a row that was read at a state is that of a later one too if
its order was not touched in between. What is remembered of a book keeps this promise: each row was read at the book's
remembered state or later, and rows touched behind that state are forgotten before the state moves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import is_
from typing import TYPE_CHECKING

from certwright.services.batching import Batching
from certwright.services.ports import StatedPage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certwright.domain.ids import AccountId, OrderId
    from certwright.domain.query import OrderSummary
    from certwright.services.ports import BookReader, BookState

_MOST_ROWS = 10_000
"""Of all books together; each takes about a kilobyte."""

_MOST_TOUCHED = 200
"""Beyond that, to list what was touched costs more than to read a page."""


@dataclass(slots=True)
class _Book:
    state: BookState
    rows: dict[OrderId, OrderSummary] = field(default_factory=dict)


class RememberedPages:
    """Reads pages of orders as a ``BookReader`` does, as far as it can from memory; ``most_rows`` are kept there."""

    def __init__(self, reader: BookReader, *, most_rows: int = _MOST_ROWS) -> None:
        self._reader = reader
        self._most_rows = most_rows
        self._books: dict[AccountId, _Book] = {}
        self._count = 0
        self._levelings = Batching(self._level_all)

    async def page(
        self, account_id: AccountId, order_ids: Sequence[OrderId], state: BookState
    ) -> StatedPage[OrderSummary]:
        """Read orders by id if the book is in this state; one that is not there is left out."""
        items = self._find(account_id, order_ids)
        if items:
            now = await self._levelings.do(account_id)
            if now != state:
                return StatedPage(items=(), state=now)
            # The very rows that are still there were not touched up to this state; others may be newer than it.
            again = self._find(account_id, order_ids)
            if len(again) == len(items) and all(map(is_, items, again)):
                return StatedPage(items=items, state=now)
        page = await self._reader.page(account_id, order_ids, state)
        self._remember(account_id, page)
        return page

    def _find(self, account_id: AccountId, order_ids: Sequence[OrderId]) -> tuple[OrderSummary, ...]:
        """Return the rows, or nothing where one is not remembered."""
        book = self._books.get(account_id)
        try:
            return () if book is None else tuple([book.rows[order_id] for order_id in order_ids])
        except KeyError:
            return ()

    def _remember(self, account_id: AccountId, page: StatedPage[OrderSummary]) -> None:
        self._count += len(page.items)
        if self._count > self._most_rows:
            self._books.clear()
            self._count = len(page.items)
        book = self._books.setdefault(account_id, _Book(page.state))
        if not page.state.lacks(book.state):
            for item in page.items:
                # A row that is there stays: whoever waits for the book's state takes another one for a touched one.
                book.rows.setdefault(item.id, item)

    async def _level_all(self, account_ids: Sequence[AccountId]) -> list[BookState]:
        states = {account_id: await self._level(account_id) for account_id in dict.fromkeys(account_ids)}
        return [states[account_id] for account_id in account_ids]

    async def _level(self, account_id: AccountId) -> BookState:
        """Forget what was touched, and return the book's state."""
        book = self._books.get(account_id)
        if book is None:
            return await self._reader.state(account_id)
        touched = await self._reader.touched_since(account_id, book.state, _MOST_TOUCHED)
        if touched.is_all:
            for order_id in touched.ids:
                book.rows.pop(order_id, None)
        else:
            book.rows.clear()
        book.state = touched.state
        return touched.state
