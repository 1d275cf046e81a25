"""SQLite: one file, one writer, any number of readers, all inline on the event loop but for commits.

A point read takes two microseconds, so handing it to a thread would cost ten times what it saves (measured). A commit
waits for the disk, so it is done in a thread, for all who wrote meanwhile at once (``group_commit``); it is on the
disk when it returns (``synchronous=FULL``).
"""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import apsw

from certwright.domain.errors import Unavailable
from certwright.store.group_commit import GroupCommit
from certwright.store.sqlite_connection import SQLiteConnection, translated
from certwright.store.sqlite_planner import advise

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

OLDEST_SAFE_VERSION = (3, 51, 3)
"""Older copies can corrupt a WAL database when two connections write and checkpoint at once (fixed 2026-03-13)."""

_DDL_TYPES = {"BIGINT": "INTEGER", "BYTEA": "BLOB"}


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
        with translated():
            self._writer = GroupCommit(SQLiteConnection(path, read_only=False))
        self._idle_readers: list[SQLiteConnection] = []

    def writing(self) -> AbstractAsyncContextManager[SQLiteConnection]:
        """Open a unit of work on the one writing connection, after those who came before."""
        return self._writer.unit()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SQLiteConnection]:
        """Open a transaction on the state of its first read."""
        async with self.looking() as reader:
            reader.run("BEGIN")
            try:
                yield reader
            finally:
                reader.run("COMMIT")

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[SQLiteConnection]:
        """Take a reading connection, without a transaction."""
        with translated():
            reader = (
                self._idle_readers.pop()
                if self._idle_readers
                else SQLiteConnection(self._path, read_only=True)
            )
            try:
                yield reader
            finally:
                self._idle_readers.append(reader)

    def translate_ddl(self, sql: str) -> str:
        """Name SQLite's types, and make every table STRICT so that a wrong type is refused instead of kept."""
        for ours, theirs in _DDL_TYPES.items():
            sql = re.sub(rf"\b{ours}\b", theirs, sql)
        return f"{sql} STRICT" if sql.startswith("CREATE TABLE") else sql

    async def advise_planner(self) -> None:
        """Tell SQLite of large books, in which it would else read whole accounts."""
        async with self.writing() as connection:
            await advise(connection)
        self._close_readers()  # they hold to what they read when they were opened

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.close()
        self._close_readers()

    def _close_readers(self) -> None:
        while self._idle_readers:
            self._idle_readers.pop().close()
