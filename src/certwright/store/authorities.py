"""The embedded CA's authorities as rows; their keys are sealed before they get here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.certificate import AuthorityRecord
from certwright.domain.ids import AuthorityId
from certwright.services.ports import NumberKind
from certwright.store.engine import to_instant, to_stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certwright.store.engine import Bindable, Connection

_COLUMNS = "id, name, issuer_id, certificate, encrypted_key, created_at"
_HOLD = "UPDATE number_blocks SET next_number = next_number WHERE kind = $1"


class SQLAuthorities:
    """Authorities in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add_first(self, records: Sequence[AuthorityRecord]) -> list[AuthorityRecord]:
        """Store authorities, unless there are some, and return those that are stored then."""
        # Whoever comes second waits here, on the row that gave out the numbers, and then sees what the first stored.
        await self._connection.execute(_HOLD, NumberKind.AUTHORITY.value)
        stored = await self.list_all()
        if stored:
            return stored
        await self._connection.execute_many(
            f"INSERT INTO authorities ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)", map(_to_row, records)
        )
        return await self.list_all()

    async def list_all(self) -> list[AuthorityRecord]:
        """List all authorities by id."""
        rows = await self._connection.fetch(f"SELECT {_COLUMNS} FROM authorities ORDER BY id")
        return [
            AuthorityRecord(
                id=AuthorityId(row[0]),
                name=row[1],
                issuer_id=None if row[2] is None else AuthorityId(row[2]),
                certificate=row[3],
                encrypted_key=row[4],
                created_at=to_instant(row[5]),
            )
            for row in rows
        ]


def _to_row(record: AuthorityRecord) -> tuple[Bindable, ...]:
    return (
        record.id,
        record.name,
        record.issuer_id,
        record.certificate,
        record.encrypted_key,
        to_stored(record.created_at),
    )
