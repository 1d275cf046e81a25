"""The embedded CA's authorities as rows; their keys are sealed before they get here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.certificate import AuthorityRecord
from certwright.domain.ids import AuthorityId
from certwright.store.engine import to_instant, to_stored

if TYPE_CHECKING:
    from certwright.store.engine import Connection

_COLUMNS = "id, name, issuer_id, certificate, encrypted_key, created_at"


class SQLAuthorities:
    """Authorities in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, record: AuthorityRecord) -> None:
        """Store an authority."""
        await self._connection.execute(
            f"INSERT INTO authorities ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)",
            record.id,
            record.name,
            record.issuer_id,
            record.certificate,
            record.encrypted_key,
            to_stored(record.created_at),
        )

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
