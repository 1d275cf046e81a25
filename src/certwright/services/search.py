"""Finding orders in the caller's account."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from certwright.domain.query import OrderPage, OrderQuery
    from certwright.services.ports import Store


class Search:
    """Answers questions to the order book."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def search(self, query: OrderQuery) -> OrderPage:
        """Return a page of the account's orders that match, and how many match in all, exactly."""
        async with self._store.reading() as work:
            return await work.search.search(query)

    async def search_in_full(self, query: OrderQuery) -> OrderPage:
        """Search, and tell of each order how many certificates it had and what its custom fields hold."""
        async with self._store.reading() as work:
            page = await work.search.search(query)
            ids = [found.order.id for found in page.items]
            further = await work.certificates.count_further(query.account_id, ids)
            values = await work.custom_fields.values_of_orders(query.account_id, ids)
        items = (
            replace(found, further=further.get(found.order.id), custom_values=values.get(found.order.id, ()))
            for found in page.items
        )
        return replace(page, items=tuple(items))
