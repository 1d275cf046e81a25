"""What changed: the status changes of an account, as rows of orders and as a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.services.visibility import get_order

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.account import Caller
    from certwright.domain.change import StatusChange
    from certwright.domain.ids import OrderId
    from certwright.domain.query import ChangedOrder
    from certwright.services.ports import Store


class Feed:
    """Reads the append-only log of status changes and the last change of each order."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def changed_orders(
        self, caller: Caller, start: datetime, end: datetime, *, offset: int = 0, limit: int | None = None
    ) -> list[ChangedOrder]:
        """List the orders whose last status change lies in the span, both ends included, highest order id first.

        An order that changed again behind the span is left out: its last change is not in it.
        """
        async with self._store.reading() as work:
            return await work.changes.list_changed_orders(
                caller.account_id, start, end, offset=offset, limit=limit
            )

    async def history(self, caller: Caller, order_id: OrderId) -> list[StatusChange]:
        """List an order's status changes, oldest first.

        Raises:
            NotFound: no such order in this account.
        """
        async with self._store.reading() as work:
            await get_order(work, caller, order_id)
            return await work.changes.list_of_order(caller.account_id, order_id)
