"""Idempotency keys as rows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from certwright.domain.errors import StaleRecord
from certwright.domain.ids import CertificateId, OrderId
from certwright.services.ports import AnsweredRequest
from certwright.store.engine import listed, placeholders

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from certwright.domain.ids import AccountId
    from certwright.store.engine import Connection

_AT_ONCE = 100  # a longer statement would not be kept prepared


@cache
def _insertion(count: int) -> str:
    """Return the statement that stores so many keys of an account, unless one of them is there."""
    rows = ", ".join(f"($1, {placeholders(4, start=2 + 4 * number)})" for number in range(count))
    return (
        "INSERT INTO answered_requests (account_id, idempotency_key, fingerprint, order_id, certificate_id) "
        f"VALUES {rows} ON CONFLICT (account_id, idempotency_key) DO NOTHING"
    )


class SQLAnsweredRequests:
    """Idempotency keys in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, account_id: AccountId, keys: Collection[str]) -> dict[str, AnsweredRequest]:
        """Return what those of the keys were used for that were used."""
        return {
            row[0]: AnsweredRequest(
                fingerprint=row[1],
                order_id=OrderId(row[2]),
                certificate_id=None if row[3] is None else CertificateId(row[3]),
            )
            for some in listed(keys)
            for row in await self._connection.fetch(
                "SELECT idempotency_key, fingerprint, order_id, certificate_id FROM answered_requests "
                f"WHERE account_id = $1 AND idempotency_key IN ({placeholders(len(some), start=2)})",
                account_id,
                *some,
            )
        }

    async def add(self, account_id: AccountId, used: Mapping[str, AnsweredRequest]) -> None:
        """Store keys with what they were used for."""
        # Everybody in the same order, so that two requests with the same keys wait for each other in one place.
        keys = sorted(used)
        for start in range(0, len(keys), _AT_ONCE):
            await self._add(account_id, {key: used[key] for key in keys[start : start + _AT_ONCE]})

    async def _add(self, account_id: AccountId, used: Mapping[str, AnsweredRequest]) -> None:
        values = [
            value
            for key, each in used.items()
            for value in (key, each.fingerprint, each.order_id, each.certificate_id)
        ]
        added = await self._connection.execute(_insertion(len(used)), account_id, *values)
        if added != len(used):
            raise StaleRecord("Another request used the idempotency key at the same moment")

    async def remove(self, account_id: AccountId, keys: Collection[str]) -> None:
        """Forget keys."""
        for some in listed(keys):
            await self._connection.execute(
                "DELETE FROM answered_requests "
                f"WHERE account_id = $1 AND idempotency_key IN ({placeholders(len(some), start=2)})",
                account_id,
                *some,
            )
