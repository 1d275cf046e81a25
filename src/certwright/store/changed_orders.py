"""The list of changed orders, read in one transaction into 17 bytes an order: it may have hundreds of thousands of rows."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from certwright.domain.ids import CertificateId, OrderId
from certwright.domain.query import ChangedOrder
from certwright.domain.status import OrderStatus
from certwright.store.engine import HIGHEST, to_instant, to_stored

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.ids import AccountId, APIKeyId
    from certwright.store.engine import Connection, Row

# The sums keep a planner from walking all orders by their ids to spare itself the sort of a few.
SELECT = (
    "SELECT id, certificate_id, status, status_changed_at FROM orders "
    "WHERE account_id = $1 AND status_changed_at >= $2 AND status_changed_at <= $3 AND id + 0 < $4 {more} "
    "ORDER BY id + 0 DESC LIMIT $5 OFFSET $6"
)
_STATUSES = tuple(OrderStatus)
_NUMBERS = {status.value: number for number, status in enumerate(_STATUSES)}


class PackedChangedOrders(Sequence[ChangedOrder]):
    """Changed orders in arrays; each is made when it is asked for."""

    def __init__(self) -> None:
        self._ids = array("i")  # ids fit 32 bits, see certwright.domain.ids
        self._certificate_ids = array("i")
        self._statuses = bytearray()
        self._changed_at = array("q")

    def extend(self, rows: list[Row]) -> None:
        """Add rows of the statement."""
        self._ids.extend([row[0] for row in rows])
        self._certificate_ids.extend([row[1] for row in rows])
        self._statuses.extend([_NUMBERS[row[2]] for row in rows])
        self._changed_at.extend([row[3] for row in rows])

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> ChangedOrder: ...

    @overload
    def __getitem__(self, index: slice) -> list[ChangedOrder]: ...

    def __getitem__(self, index: int | slice) -> ChangedOrder | list[ChangedOrder]:
        """Return an order, or a list of those of a slice."""
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        return ChangedOrder(
            id=OrderId(self._ids[index]),
            certificate_id=CertificateId(self._certificate_ids[index]),
            status=_STATUSES[self._statuses[index]],
            changed_at=to_instant(self._changed_at[index]),
        )


async def read_changed_orders(
    connection: Connection,
    account_id: AccountId,
    start: datetime,
    end: datetime,
    *,
    placed_by: APIKeyId | None,
    below: OrderId | None,
    offset: int,
    limit: int,
) -> PackedChangedOrders:
    """Read the orders whose last change lies in the span, highest id first; those of all keys from an index alone."""
    changed = PackedChangedOrders()
    async for rows in connection.batches(
        SELECT.format(more="" if placed_by is None else "AND placed_by = $7"),
        account_id,
        to_stored(start),
        to_stored(end),
        HIGHEST if below is None else below,
        min(limit, HIGHEST),
        min(offset, HIGHEST),
        *(() if placed_by is None else (placed_by,)),
    ):
        changed.extend(rows)
    return changed
