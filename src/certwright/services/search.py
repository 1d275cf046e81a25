"""Finding orders in the caller's account."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from certwright.domain.query import Between, Condition, OrderField, SortKey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from certwright.domain.query import FoundOrder, OrderPage, OrderQuery, OrderSummary
    from certwright.services.ports import OrderSearch

_MOST_IN_FULL = 500
"""Whole orders take some kilobytes each."""


class Search:
    """Answers questions to the order book.

    ``read_ahead`` is how many orders of a list without a limit are read at a time.
    """

    def __init__(self, orders: OrderSearch, *, read_ahead: int = 5_000) -> None:
        self._orders = orders
        self._read_ahead = read_ahead

    async def search(self, query: OrderQuery) -> OrderPage[OrderSummary]:
        """Return a page of the account's orders that match, and how many match in all, exactly."""
        return await self._orders.search(query)

    async def read_all(self, query: OrderQuery) -> AsyncIterator[tuple[OrderSummary, ...]]:
        """Read all that a query without a limit finds; some at a time, if it is sorted by the order's id.

        Each reading is a search of its own behind the end of the last, so a long list is nowhere in memory as a whole.
        Any other sort takes all at once.
        """
        key = query.sort[0]
        size = None if key.field is not OrderField.ID else self._read_ahead
        rest, offset = query.conditions, query.offset
        while True:
            page = await self.search(replace(query, conditions=rest, offset=offset, limit=size))
            if page.items:
                yield page.items
            if size is None or len(page.items) < size:
                return
            last = page.items[-1].id
            behind = Between(high=last - 1) if key.descending else Between(low=last + 1)
            rest, offset = (*query.conditions, Condition(OrderField.ID, behind)), 0

    async def read_all_in_full(self, query: OrderQuery) -> AsyncIterator[tuple[FoundOrder, ...]]:
        """Read whole orders as ``read_all`` does, the highest id first, whatever sort the query asks for."""
        rest = query.conditions
        while True:
            sort = (SortKey(field=OrderField.ID, descending=True),)
            size = min(self._read_ahead, _MOST_IN_FULL)
            page = await self.search_in_full(replace(query, conditions=rest, sort=sort, offset=0, limit=size))
            if page.items:
                yield page.items
            if len(page.items) < size:
                return
            behind = Between(high=page.items[-1].order.id - 1)
            rest = (*query.conditions, Condition(OrderField.ID, behind))

    async def search_in_full(self, query: OrderQuery) -> OrderPage[FoundOrder]:
        """Search, and return whole orders with their certificates and custom fields."""
        return await self._orders.search_in_full(query)
