"""The list of the orders that changed in a span of time, of any length."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from certwright.domain.ids import HIGHEST_ID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from certwright.domain.account import Caller
    from certwright.domain.ids import OrderId
    from certwright.domain.query import ChangedOrder
    from certwright.services.ports import Store, UnitOfWork

_AT_A_TIME = 1_000


class ChangedOrders:
    """Reads the last change of each order.

    ``read_ahead`` is how many orders are read in one transaction; each looks through the whole span again.
    """

    def __init__(self, store: Store, *, read_ahead: int = 250_000) -> None:
        self._store = store
        self._read_ahead = read_ahead

    async def read(
        self, caller: Caller, start: datetime, end: datetime, *, offset: int = 0, limit: int | None = None
    ) -> AsyncIterator[Sequence[ChangedOrder]]:
        """Read the orders whose last status change lies in the span, both ends included, highest order id first.

        They come some at a time, and no transaction is open while a slow client takes them: the list is read ahead, in
        one view of the book as far as it is not very long. An order that changed again behind the span is left out: its
        last change is not in it. That goes for one that changes between two readings, too; none stands there twice.
        """
        below: OrderId | None = None
        left = HIGHEST_ID if limit is None else limit
        while left > 0:
            size = min(left, self._read_ahead)
            page = await self._store.report(
                caller.account_id,
                partial(_list, caller, start, end, below=below, offset=offset, limit=size),
            )
            for begin in range(0, len(page), _AT_A_TIME):
                yield page[begin : begin + _AT_A_TIME]
            if len(page) < size:
                return
            below, offset, left = page[-1].id, 0, left - size


async def _list(
    caller: Caller,
    start: datetime,
    end: datetime,
    work: UnitOfWork,
    *,
    below: OrderId | None,
    offset: int,
    limit: int,
) -> Sequence[ChangedOrder]:
    return await work.changes.list_changed_orders(
        caller.account_id,
        start,
        end,
        placed_by=caller.key.id if caller.sees_own_only else None,
        below=below,
        offset=offset,
        limit=limit,
    )
