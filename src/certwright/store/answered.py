"""Idempotency keys as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import StaleRecord
from certwright.domain.ids import OrderId
from certwright.services.ports import AnsweredRequest

if TYPE_CHECKING:
    from certwright.domain.ids import AccountId
    from certwright.store.engine import Connection


class SQLAnsweredRequests:
    """Idempotency keys in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, account_id: AccountId, key: str) -> AnsweredRequest | None:
        """Return what a key was used for."""
        rows = await self._connection.fetch(
            "SELECT fingerprint, order_id FROM answered_requests WHERE account_id = $1 AND idempotency_key = $2",
            account_id,
            key,
        )
        return AnsweredRequest(fingerprint=rows[0][0], order_id=OrderId(rows[0][1])) if rows else None

    async def add(self, account_id: AccountId, key: str, fingerprint: bytes, order_id: OrderId) -> None:
        """Store a key with what it was used for."""
        added = await self._connection.execute(
            "INSERT INTO answered_requests (account_id, idempotency_key, fingerprint, order_id) "
            "VALUES ($1, $2, $3, $4) ON CONFLICT (account_id, idempotency_key) DO NOTHING",
            account_id,
            key,
            fingerprint,
            order_id,
        )
        if added != 1:
            raise StaleRecord("Another request used the idempotency key at the same moment")
