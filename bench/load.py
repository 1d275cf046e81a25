"""Bulk loading of a book through the databases' own fast ways, into the tables that the migrations made.

Secondary indexes are put aside and made again afterwards from the database's own definitions. The columns are asked of
the database, so a row that lacks one stops the load instead of drifting from the store.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

import apsw
import asyncpg

from bench.book import TABLES
from bench.copying import copies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.book import Book, Rows

_KINDS = ("order", "certificate", "validation", "request")
_SET_NUMBER = """
INSERT INTO number_blocks (kind, next_number) VALUES ($1, $2)
ON CONFLICT (kind) DO UPDATE SET next_number = excluded.next_number
"""
_SET_SEQUENCE = "UPDATE change_counters SET last_sequence = $2 WHERE account_id = $1"
_SECONDARY_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i WHERE i.indrelid = $1::regclass AND NOT i.indisunique
"""


def load_sqlite(path: Path, books: Sequence[Book], next_number: int) -> None:
    """Load books into the SQLite file that the program made."""
    database = apsw.Connection(str(path))
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-200000"):
        database.execute(f"PRAGMA {pragma}")
    indexes = [
        (name, sql)
        for name, sql, table in database.execute(
            "SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        )
        if table in TABLES and "UNIQUE" not in sql
    ]
    columns = {
        table: [str(row[1]) for row in database.execute(f"PRAGMA table_info({table})")] for table in TABLES
    }
    pickers = {table: itemgetter(*columns[table]) for table in TABLES}
    inserts = {
        table: f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - names of ours
        for table, names in columns.items()
    }
    database.execute("BEGIN")
    for name, _ in indexes:
        database.execute(f"DROP INDEX {name}")
    for book in books:
        for rows in book.chunks():
            for table, values in _values(rows, pickers):
                database.executemany(inserts[table], values)
        for statement in copies(book, columns):
            database.execute(statement)
        database.execute(
            _SET_SEQUENCE.replace("$", "?"), (book.holder.account_id, book.last_sequence * book.copies)
        )
    for _, sql in indexes:
        database.execute(sql)
    for kind in _KINDS:
        database.execute(_SET_NUMBER.replace("$", "?"), (kind, next_number))
    database.execute("COMMIT")
    database.close()


async def load_postgres(url: str, books: Sequence[Book], next_number: int) -> None:
    """Load books into the PostgreSQL database that the program made, and vacuum it as its daemon would in time."""
    database = await asyncpg.connect(url)
    try:
        # Foreign keys were checked when the rows were thought up.
        await database.execute("SET session_replication_role = replica")
        await database.execute("SET maintenance_work_mem = '256MB'")
        indexes: list[Any] = []
        pickers: dict[str, itemgetter[Any]] = {}
        columns: dict[str, list[str]] = {}
        for table in TABLES:
            indexes += await database.fetch(_SECONDARY_INDEXES, table)
            statement = await database.prepare(f"SELECT * FROM {table}")  # noqa: S608 - a name of ours
            columns[table] = [attribute.name for attribute in statement.get_attributes()]
            pickers[table] = itemgetter(*columns[table])
        for name, _ in indexes:
            await database.execute(f"DROP INDEX {name}")
        for book in books:
            for rows in book.chunks():
                for table, values in _values(rows, pickers):
                    await database.copy_records_to_table(table, records=values, columns=columns[table])
            for copy in copies(book, columns):
                await database.execute(copy)
            await database.execute(_SET_SEQUENCE, book.holder.account_id, book.last_sequence * book.copies)
        for _, sql in indexes:
            await database.execute(sql)
        for kind in _KINDS:
            await database.execute(_SET_NUMBER, kind, next_number)
        for table in TABLES:
            await database.execute(f"VACUUM ANALYZE {table}")
        await database.execute("CHECKPOINT")
    finally:
        await database.close()


def _values(rows: Rows, pickers: dict[str, itemgetter[Any]]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    for table, mappings in rows.items():
        yield table, [pickers[table](mapping) for mapping in mappings]
