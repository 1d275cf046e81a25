"""The attempts to deliver changes to subscribers, as rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.subscription import Attempt, AttemptOutcome
from certwright.store.engine import HIGHEST, placeholders, to_instant, to_stored

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from certwright.domain.ids import SubscriptionId
    from certwright.store.engine import Bindable, Connection, Row

_COLUMNS = (
    "subscription_id",
    "number",
    "sequence",
    "try_number",
    "outcome",
    "status_code",
    "error",
    "duration_ms",
    "attempted_at",
)
_INSERT = f"INSERT INTO delivery_attempts ({', '.join(_COLUMNS)}) VALUES ({placeholders(len(_COLUMNS))})"
_SELECT = (
    f"SELECT {', '.join(_COLUMNS[1:])} FROM delivery_attempts WHERE subscription_id = $1 AND number < $2"
)
_NEWEST = "ORDER BY number DESC LIMIT $3"
_MILLISECOND = timedelta(milliseconds=1)


class SQLDeliveryAttempts:
    """Attempts in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, subscription_id: SubscriptionId, attempts: Sequence[Attempt]) -> None:
        """Store attempts, which have their numbers."""
        await self._connection.execute_many(_INSERT, [_to_row(subscription_id, each) for each in attempts])

    async def list_before(
        self,
        subscription_id: SubscriptionId,
        number: int | None,
        limit: int,
        *,
        outcome: AttemptOutcome | None = None,
    ) -> list[Attempt]:
        """List attempts of lower numbers, or the last ones, newest first."""
        values: tuple[Bindable, ...] = (subscription_id, HIGHEST if number is None else number, limit)
        if outcome is None:
            rows = await self._connection.fetch(f"{_SELECT} {_NEWEST}", *values)
        else:
            rows = await self._connection.fetch(
                f"{_SELECT} AND outcome = $4 {_NEWEST}", *values, outcome.value
            )
        return [_from_row(row) for row in rows]

    async def purge(self, before: datetime) -> None:
        """Forget the attempts made before an instant."""
        await self._connection.execute(
            "DELETE FROM delivery_attempts WHERE attempted_at < $1", to_stored(before)
        )


def _to_row(subscription_id: SubscriptionId, attempt: Attempt) -> tuple[Bindable, ...]:
    return (
        subscription_id,
        attempt.number,
        attempt.sequence,
        attempt.try_number,
        attempt.outcome.value,
        attempt.status_code,
        attempt.error,
        attempt.duration // _MILLISECOND,
        to_stored(attempt.attempted_at),
    )


def _from_row(row: Row) -> Attempt:
    return Attempt(
        number=row[0],
        sequence=row[1],
        try_number=row[2],
        outcome=AttemptOutcome(row[3]),
        status_code=row[4],
        error=row[5],
        duration=timedelta(milliseconds=row[6]),
        attempted_at=to_instant(row[7]),
    )
