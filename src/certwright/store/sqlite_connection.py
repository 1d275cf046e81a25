"""One connection to a SQLite file: runs our SQL text, and turns what apsw raises into the domain's errors."""

from __future__ import annotations

import asyncio
import functools
import itertools
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import apsw

from certwright.domain.errors import Conflict, InvalidInput, StaleRecord, Unavailable
from certwright.store.engine import BATCH_ROWS, UNSTORABLE_TEXT, check_storable, insertion, storable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
    from pathlib import Path

    from certwright.store.engine import Bindable, Row

_BUSY_TIMEOUT_MS = 10_000
_WRITERS_CACHE_KIB = 16_384
"""What the writer reads and writes of a book of a million orders within some hundred orders; two megabytes are SQLite's own
choice. Readers need no more than that, for each commit of the writer makes them forget what they read."""

_PLACEHOLDER = re.compile(r"\$(\d+)")
_LONGEST_CACHED_STATEMENT = 8192


class SQLiteConnection:
    """A connection that runs our SQL text on SQLite."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._raw = apsw.Connection(str(path))
        self._raw.set_busy_timeout(_BUSY_TIMEOUT_MS)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
            self._raw.execute(f"PRAGMA {pragma}")
        if read_only:
            self._raw.execute("PRAGMA query_only=ON")
        else:
            self._raw.execute(f"PRAGMA cache_size=-{_WRITERS_CACHE_KIB}")
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

    async def insert(self, table: str, columns: tuple[str, ...], rows: Iterable[Sequence[Bindable]]) -> None:
        """Store new rows of a table."""
        await self.execute_many(insertion(table, columns), rows)

    async def execute_many(self, sql: str, rows: Iterable[Sequence[Bindable]]) -> None:
        """Run a statement once for each row of values."""
        self._raw.executemany(_numbered(sql), storable(rows))

    async def fetch_many(self, sql: str, rows: Iterable[Sequence[Bindable]]) -> list[Row]:
        """Run a statement once for each row of values and return all rows that came back."""
        return list(self._raw.executemany(_numbered(sql), storable(rows)))

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction is open; SQLite ends one by itself when the disk is full."""
        return bool(self._raw.in_transaction)

    @property
    def rows_changed(self) -> int:
        """How many rows were ever changed, those of undone transactions included."""
        return int(self._raw.total_changes())

    def begin_writing(self) -> bool:
        """Open a transaction that may write; false, at once, when another connection has one."""
        self._raw.set_busy_timeout(0)
        try:
            self._raw.execute("BEGIN IMMEDIATE")
        except apsw.BusyError:
            return False
        finally:
            self._raw.set_busy_timeout(_BUSY_TIMEOUT_MS)
        return True

    def close(self) -> None:
        """Close the connection."""
        self._raw.close()

    def run(self, sql: str) -> None:
        """Begin or end a transaction or a part of one; batches that nobody took to their end would keep its view open."""
        while self._begun:
            self._begun.pop().close(force=True)
        self._raw.execute(sql)


def _numbered(sql: str) -> str:
    # A search of many conditions is unlike any other and not worth keeping.
    return _translate(sql) if len(sql) > _LONGEST_CACHED_STATEMENT else _translate_cached(sql)


def _translate(sql: str) -> str:
    # SQLite takes "$1" for a name and numbers names as they appear; "?1" is a number.
    return _PLACEHOLDER.sub(r"?\1", sql)


_translate_cached = functools.lru_cache(maxsize=1024)(_translate)


@contextmanager
def translated() -> Iterator[None]:
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
