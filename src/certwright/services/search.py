"""Finding orders in the caller's account."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from certwright.domain.query import FoundOrder, OrderPage, OrderQuery, OrderSummary
    from certwright.services.ports import Store


class Search:
    """Answers questions to the order book."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def search(self, query: OrderQuery) -> OrderPage[OrderSummary]:
        """Return a page of the account's orders that match, and how many match in all, exactly."""
        async with self._store.reading() as work:
            return await work.search.search(query)

    async def search_in_full(self, query: OrderQuery) -> OrderPage[FoundOrder]:
        """Search, and return whole orders with their certificates and custom fields."""
        async with self._store.reading() as work:
            return await work.search.search_in_full(query)
