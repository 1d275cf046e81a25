"""Answers from the store itself: for small books, and whenever no index answers."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from certwright.domain.statistics import EXPIRY_SPANS_DAYS, OrderStatistics, expiry_ends

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from certwright.domain.ids import AccountId
    from certwright.domain.query import FoundOrder, OrderPage, OrderQuery, OrderSummary
    from certwright.domain.status import OrderStatus
    from certwright.services.ports import Store, UnitOfWork


class StoreAnswers:
    """Opens the store for each question and asks there; what the state of a book speaks for, maybe its standby."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def search(self, query: OrderQuery) -> OrderPage[OrderSummary]:
        """Return a page of what matches, and how many match in all."""
        if query.custom_values:
            async with self._store.reading() as work:
                return await work.search.search(query)
        return await self._store.report(query.account_id, lambda work: work.search.search(query))

    async def search_in_full(self, query: OrderQuery) -> OrderPage[FoundOrder]:
        """Search, and return whole orders with all that belongs to them."""
        async with self._store.reading() as work:
            return await work.search.search_in_full(query)

    async def count_orders(self, account_id: AccountId, at: datetime) -> OrderStatistics:
        """Count by status, by product, and what runs out within the usual spans from an instant."""

        async def count(work: UnitOfWork) -> OrderStatistics:
            counts = work.statistics
            expiring = await counts.count_expiring(account_id, at, expiry_ends(at))
            return OrderStatistics(
                by_status=await counts.count_by_status(account_id),
                by_product=await counts.count_by_product(account_id),
                expiring=dict(zip(EXPIRY_SPANS_DAYS, expiring, strict=True)),
            )

        return await self._store.report(account_id, count)

    async def count_placed(
        self, account_id: AccountId, instants: Sequence[datetime]
    ) -> list[dict[OrderStatus, int]]:
        """Count the orders placed from each instant up to the next, by what they are now."""

        async def count(work: UnitOfWork) -> list[dict[OrderStatus, int]]:
            return [
                await work.statistics.count_placed(account_id, start, end)
                for start, end in pairwise(instants)
            ]

        return await self._store.report(account_id, count)
