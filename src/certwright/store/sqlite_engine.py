"""SQLite: one file, one writer, any number of readers, all inline on the event loop.

A point read takes two microseconds, so handing it to a thread would cost ten times what it saves (measured). Writers
queue for the one writing connection; a commit is on the disk when it returns (``synchronous=FULL``).
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import re
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import apsw

from certwright.domain.errors import Conflict, InvalidInput, StaleRecord, Unavailable
from certwright.store.engine import BATCH_ROWS, UNSTORABLE_TEXT, check_storable, storable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
    from pathlib import Path

    from certwright.store.engine import Bindable, Row

OLDEST_SAFE_VERSION = (3, 51, 3)
"""Older copies can corrupt a WAL database when two connections write and checkpoint at once (fixed 2026-03-13)."""

_BUSY_TIMEOUT_MS = 10_000
_PLACEHOLDER = re.compile(r"\$(\d+)")
_LONGEST_CACHED_STATEMENT = 8192
_DDL_TYPES = {"BIGINT": "INTEGER", "BYTEA": "BLOB"}


class SQLiteConnection:
    """A connection that runs our SQL text on SQLite."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._raw = apsw.Connection(str(path))
        self._raw.set_busy_timeout(_BUSY_TIMEOUT_MS)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
            self._raw.execute(f"PRAGMA {pragma}")
        if read_only:
            self._raw.execute("PRAGMA query_only=ON")
        self._begun: list[apsw.Cursor] = []

    async def fetch(self, sql: str, *values: Bindable) -> list[Row]:
        """Run a statement and return all its rows."""
        check_storable(values)
        return list(self._raw.execute(_numbered(sql), values))

    async def batches(self, sql: str, *values: Bindable) -> AsyncIterator[list[Row]]:
        """Run a statement and give its rows some at a time; others get their turn in between."""
        check_storable(values)
        rows = self._raw.execute(_numbered(sql), values)
        self._begun.append(rows)
        while batch := list(itertools.islice(rows, BATCH_ROWS)):
            yield batch
            await asyncio.sleep(0)

    async def execute(self, sql: str, *values: Bindable) -> int:
        """Run a statement and return how many rows it changed."""
        check_storable(values)
        self._raw.execute(_numbered(sql), values)
        return int(self._raw.changes())

    async def execute_many(self, sql: str, rows: Iterable[Sequence[Bindable]]) -> None:
        """Run a statement once for each row of values."""
        self._raw.executemany(_numbered(sql), storable(rows))

    def close(self) -> None:
        """Close the connection."""
        self._raw.close()

    def roll_back(self) -> None:
        """Undo the open transaction, unless SQLite did so itself, as it does when the disk is full."""
        if self._raw.in_transaction:
            self.run("ROLLBACK")

    def run(self, sql: str) -> None:
        """Begin or end a transaction; batches that nobody took to their end would keep its view open."""
        while self._begun:
            self._begun.pop().close(force=True)
        self._raw.execute(sql)


class SQLiteEngine:
    """A SQLite database in a file."""

    skip_locked = ""

    def __init__(self, path: Path) -> None:
        version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
        if version < OLDEST_SAFE_VERSION:
            raise Unavailable(
                f"SQLite {apsw.sqlite_lib_version()} can lose data in WAL mode; 3.51.3 is the oldest safe one"
            )
        self._path = path
        self._writer_lock = asyncio.Lock()
        with _translated():
            self._writer = SQLiteConnection(path, read_only=False)
        self._idle_readers: list[SQLiteConnection] = []

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[SQLiteConnection]:
        """Open the one writing transaction, after those who came before."""
        async with self._writer_lock:
            with _translated():
                self._writer.run("BEGIN IMMEDIATE")
            try:
                with _translated():
                    yield self._writer
                    self._writer.run("COMMIT")
            except BaseException:
                self._writer.roll_back()
                raise

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SQLiteConnection]:
        """Open a transaction on the state of its first read."""
        with _translated():
            reader = (
                self._idle_readers.pop()
                if self._idle_readers
                else SQLiteConnection(self._path, read_only=True)
            )
            reader.run("BEGIN")
            try:
                yield reader
            finally:
                reader.run("COMMIT")
                self._idle_readers.append(reader)

    def translate_ddl(self, sql: str) -> str:
        """Name SQLite's types, and make every table STRICT so that a wrong type is refused instead of kept."""
        for ours, theirs in _DDL_TYPES.items():
            sql = re.sub(rf"\b{ours}\b", theirs, sql)
        return f"{sql} STRICT" if sql.startswith("CREATE TABLE") else sql

    async def close(self) -> None:
        """Close every connection."""
        for connection in (self._writer, *self._idle_readers):
            connection.close()


def _numbered(sql: str) -> str:
    # A search of many conditions is unlike any other and not worth keeping.
    return _translate(sql) if len(sql) > _LONGEST_CACHED_STATEMENT else _translate_cached(sql)


def _translate(sql: str) -> str:
    # SQLite takes "$1" for a name and numbers names as they appear; "?1" is a number.
    return _PLACEHOLDER.sub(r"?\1", sql)


_translate_cached = functools.lru_cache(maxsize=1024)(_translate)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn apsw's exceptions into the domain's."""
    try:
        yield
    except UnicodeEncodeError as cause:
        raise InvalidInput(UNSTORABLE_TEXT) from cause
    except apsw.ConstraintError as cause:
        raise Conflict("The database refused a duplicate") from cause
    except apsw.BusyError as cause:
        raise StaleRecord("The database was busy") from cause
    except (apsw.SQLError, apsw.BindingsError, apsw.MismatchError):
        raise  # a fault of ours
    except apsw.Error as cause:
        raise Unavailable("The database does not answer") from cause
