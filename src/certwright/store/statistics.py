"""Counts of orders in SQL, each answered from an index alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.ids import ProductKey
from certwright.domain.status import OrderStatus
from certwright.store.engine import to_stored

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from certwright.domain.ids import AccountId
    from certwright.store.engine import Connection


class SQLStatistics:
    """Counts of orders in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def count_by_status(self, account_id: AccountId) -> dict[OrderStatus, int]:
        """Count the account's orders of each status."""
        rows = await self._connection.fetch(
            "SELECT status, count(*) FROM orders WHERE account_id = $1 GROUP BY status", account_id
        )
        return {OrderStatus(row[0]): row[1] for row in rows}

    async def count_by_product(self, account_id: AccountId) -> dict[ProductKey, int]:
        """Count the account's orders of each product."""
        rows = await self._connection.fetch(
            "SELECT product_key, count(*) FROM orders WHERE account_id = $1 GROUP BY product_key", account_id
        )
        return {ProductKey(row[0]): row[1] for row in rows}

    async def count_expiring(
        self, account_id: AccountId, start: datetime, ends: Sequence[datetime]
    ) -> list[int]:
        """Count the issued orders whose current certificate runs out before each end, in one pass over the last."""
        spans = ", ".join(
            f"count(CASE WHEN c.not_after < ${number} THEN 1 END)" for number in range(4, 4 + len(ends))
        )
        rows = await self._connection.fetch(
            # Over the order's own key: nothing else of an order is indexed by its certificate.
            f"SELECT {spans} FROM certificates c JOIN orders o ON o.id = c.order_id AND o.certificate_id = c.id "
            "WHERE c.account_id = $1 AND c.not_after >= $2 AND c.not_after < $3 AND c.status <> 'revoked' "
            "AND o.status IN ('issued', 'reissue_pending')",
            account_id,
            to_stored(start),
            to_stored(max(ends)),
            *(to_stored(end) for end in ends),
        )
        return list(rows[0])

    async def count_placed(
        self, account_id: AccountId, start: datetime, end: datetime
    ) -> dict[OrderStatus, int]:
        """Count the orders placed in a span, by what they are now."""
        rows = await self._connection.fetch(
            "SELECT status, count(*) FROM orders "
            "WHERE account_id = $1 AND created_at >= $2 AND created_at < $3 GROUP BY status",
            account_id,
            to_stored(start),
            to_stored(end),
        )
        return {OrderStatus(row[0]): row[1] for row in rows}
