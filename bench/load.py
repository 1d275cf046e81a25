"""Bulk loading of growing books through the databases' own fast ways, into the tables that the migrations made.

Secondary indexes are put aside and made again afterwards from the database's own definitions; whatever makes loading faster ends
with it, and a load that leaves other indexes than it found fails. The columns are asked of the database, so a row that
lacks one stops the load instead of drifting from the store.
"""

from __future__ import annotations

import asyncio
import gc
import os
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol

import apsw
import asyncpg

from bench.book import TABLES
from bench.copying import copies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.book import Book, Rows
    from bench.server import Site

_KINDS = ("order", "certificate", "validation", "request")
_SET_NUMBER = """
INSERT INTO number_blocks (kind, next_number) VALUES ($1, $2)
ON CONFLICT (kind) DO UPDATE SET next_number = excluded.next_number
"""
_SET_SEQUENCE = "UPDATE change_counters SET last_sequence = $2 WHERE account_id = $1"

_HASTY_SQLITE = (
    "locking_mode=EXCLUSIVE",
    "journal_mode=OFF",
    "synchronous=OFF",
    "foreign_keys=OFF",
    "cache_size=-1000000",
    "threads=2",
)
_HASTY_SERVER = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
}
_HASTY_SESSION = {
    # Foreign keys were checked when the rows were thought up.
    "session_replication_role": "replica",
    "synchronous_commit": "off",
    "maintenance_work_mem": "1GB",
    "vacuum_buffer_usage_limit": "0",
}
_INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"
_UNIQUE = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE contype = 'u' AND conrelid = ANY ($1::text[]::regclass[])
"""
_SECONDARY = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i WHERE i.indrelid = ANY ($1::text[]::regclass[]) AND NOT i.indisunique
"""


class Loader(Protocol):
    """Puts rows into one database: ``begin``, then ``put`` again and again, then ``finish``."""

    async def begin(self) -> None:
        """Put the indexes aside."""
        ...

    async def put(self, rows: Rows) -> None:
        """Store rows."""
        ...

    async def finish(self, books: Sequence[Book], before: Sequence[int]) -> None:
        """Make the further copies of books that had so many before, and the indexes again."""
        ...


def loader(site: Site, next_number: int) -> Loader:
    """Return what loads a site's database; orders are numbered from ``next_number`` on after the first load."""
    path = site.settings.sqlite_path
    if path is not None:
        return _SQLiteLoader(str(path), next_number)
    return _PostgresLoader(site.environment["CERTWRIGHT_DATABASE_URL"], next_number)


async def grow(loaders: Sequence[Loader], books: Sequence[Book], sizes: Sequence[int]) -> None:
    """Let books grow to these sizes, in all databases at once."""
    gc.disable()  # millions of small values, none of them garbage
    before = [book.copies if book.size else 1 for book in books]
    await asyncio.gather(*(each.begin() for each in loaders))
    for book, size in zip(books, sizes, strict=True):
        for rows in book.grow(size):
            await asyncio.gather(*(each.put(rows) for each in loaders))
    await asyncio.gather(*(each.finish(books, before) for each in loaders))
    await asyncio.to_thread(os.sync)  # what is measured next need not wait for what was loaded
    gc.freeze()
    gc.enable()


class _SQLiteLoader:
    def __init__(self, path: str, next_number: int) -> None:
        self._path = path
        self._next_number: int | None = next_number

    async def begin(self) -> None:
        self._database = apsw.Connection(self._path)
        for pragma in _HASTY_SQLITE:
            self._database.execute(f"PRAGMA {pragma}")
        self._indexes = self._list_indexes()
        self._columns = {
            table: [str(row[1]) for row in self._database.execute(f"PRAGMA table_info({table})")]
            for table in TABLES
        }
        self._database.execute("BEGIN")
        for name, table, sql in self._indexes:
            if table in TABLES and sql and "UNIQUE" not in sql:
                self._database.execute(f"DROP INDEX {name}")

    async def put(self, rows: Rows) -> None:
        await asyncio.to_thread(self._put, rows)

    async def finish(self, books: Sequence[Book], before: Sequence[int]) -> None:
        await asyncio.to_thread(self._finish, books, before)

    def _put(self, rows: Rows) -> None:
        for table, values in _values(rows, self._columns):
            names = self._columns[table]
            places = ", ".join("?" * len(names))
            self._database.executemany(
                f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})",  # noqa: S608 - names of ours
                values,
            )

    def _finish(self, books: Sequence[Book], before: Sequence[int]) -> None:
        for book, had in zip(books, before, strict=True):
            for statement in copies(book, had, self._columns):
                self._database.execute(statement)
        there = {name for name, _, _ in self._list_indexes()}
        for name, _, sql in self._indexes:
            if name not in there:
                self._database.execute(sql)
        if self._next_number is not None:
            for book in books:
                sequence = (book.holder.account_id, book.last_sequence)
                self._database.execute(_SET_SEQUENCE.replace("$", "?"), sequence)
            for kind in _KINDS:
                self._database.execute(_SET_NUMBER.replace("$", "?"), (kind, self._next_number))
            self._next_number = None
        self._database.execute("COMMIT")
        assert self._list_indexes() == self._indexes, "The load has changed the indexes"
        self._database.close()

    def _list_indexes(self) -> list[tuple[Any, ...]]:
        listed = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
        return list(self._database.execute(listed))


class _PostgresLoader:
    def __init__(self, url: str, next_number: int) -> None:
        self._url = url
        self._next_number: int | None = next_number

    async def begin(self) -> None:
        self._database = await asyncpg.connect(self._url)
        await self._set_server(_HASTY_SERVER)
        for name, value in _HASTY_SESSION.items():
            await self._database.execute(f"SET {name} = '{value}'")
        self._listed = await self._database.fetch(_INDEXES)
        self._constraints = await self._database.fetch(_UNIQUE, TABLES)
        self._indexes = await self._database.fetch(_SECONDARY, TABLES)
        self._columns: dict[str, list[str]] = {}
        for table in TABLES:
            statement = await self._database.prepare(f"SELECT * FROM {table}")  # noqa: S608 - a name of ours
            self._columns[table] = [attribute.name for attribute in statement.get_attributes()]
        for table, name, _ in self._constraints:
            await self._database.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _ in self._indexes:
            await self._database.execute(f"DROP INDEX {name}")

    async def put(self, rows: Rows) -> None:
        for table, values in _values(rows, self._columns):
            await self._database.copy_records_to_table(table, records=values, columns=self._columns[table])

    async def finish(self, books: Sequence[Book], before: Sequence[int]) -> None:
        for book, had in zip(books, before, strict=True):
            for statement in copies(book, had, self._columns):
                await self._database.execute(statement)
        if self._next_number is not None:
            for book in books:
                await self._database.execute(_SET_SEQUENCE, book.holder.account_id, book.last_sequence)
            for kind in _KINDS:
                await self._database.execute(_SET_NUMBER, kind, self._next_number)
            self._next_number = None
        for table in TABLES:  # as its daemon would in time
            await self._database.execute(f"VACUUM (ANALYZE) {table}")
        for _, sql in self._indexes:
            await self._database.execute(sql)
        for table, name, definition in self._constraints:
            await self._database.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        assert await self._database.fetch(_INDEXES) == self._listed, "The load has changed the indexes"
        await self._database.execute("CHECKPOINT")
        await self._set_server(dict.fromkeys(_HASTY_SERVER, None))
        await self._database.close()

    async def _set_server(self, settings: dict[str, str] | dict[str, None]) -> None:
        for name, value in settings.items():
            change = f"SET {name} = '{value}'" if value else f"RESET {name}"
            await self._database.execute(f"ALTER SYSTEM {change}")
        await self._database.execute("SELECT pg_reload_conf()")


def _values(rows: Rows, columns: dict[str, list[str]]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    for table, mappings in rows.items():
        yield table, list(map(itemgetter(*columns[table]), mappings))
