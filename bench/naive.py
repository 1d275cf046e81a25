"""The same searches as most systems do them: one statement counts what matches, another reads a page of whole rows.

The statements find the indexes that our own search by SQL uses, so they are not slowed down by a lack of any; counting reads
nothing but such an index.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import apsw
import asyncpg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bench.server import Site
    from certwright.domain.status import OrderStatus


class Database(Protocol):
    """Runs a statement with numbered values."""

    async def fetch(self, sql: str, *values: Any) -> Sequence[Any]:
        """Return all rows."""
        ...


class _SQLite:
    def __init__(self, path: str) -> None:
        self._raw = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)

    async def fetch(self, sql: str, *values: Any) -> Sequence[Any]:
        # In a thread, as some take many seconds, and this process has others to serve; that costs a tenth of a millisecond.
        return await asyncio.to_thread(lambda: list(self._raw.execute(sql.replace("$", "?"), values)))

    def close(self) -> None:
        self._raw.close()


@asynccontextmanager
async def connected(site: Site) -> AsyncIterator[Database]:
    """Open a site's database beside the program."""
    path = site.settings.sqlite_path
    database: Any = (
        _SQLite(str(path)) if path else await asyncpg.connect(site.environment["CERTWRIGHT_DATABASE_URL"])
    )
    try:
        yield database
    finally:
        closing = database.close()
        if closing is not None:
            await closing


async def search(
    database: Database, account_id: int, text: str, status: OrderStatus | None, *, offset: int, limit: int
) -> int:
    """Read a page, newest first, and return how many orders match in all."""
    where, values = "WHERE o.account_id = $1", [account_id]
    for clause, value in _clauses(text, status):
        values.append(value)
        where += f" AND {clause} ${len(values)}"
    counted = await database.fetch(f"SELECT count(*) FROM orders o {where}", *values)  # noqa: S608 - constants
    page = f"ORDER BY o.created_at DESC, o.id DESC LIMIT {limit} OFFSET {offset}"
    joined = "FROM orders o JOIN certificates c ON c.id = o.certificate_id"
    await database.fetch(f"SELECT o.*, c.* {joined} {where} {page}", *values)
    total: int = counted[0][0]
    return total


def _clauses(text: str, status: OrderStatus | None) -> list[tuple[str, Any]]:
    clauses: list[tuple[str, Any]] = []
    if text:
        clauses.append(("o.common_name LIKE", f"%{text}%"))
    if status:
        clauses.append(("o.status =", status.value))
    return clauses
