"""PostgreSQL, and what speaks its protocol, through a pool of asyncpg connections."""

from __future__ import annotations

import itertools
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from certwright.domain.errors import Conflict, InvalidInput, StaleRecord, Unavailable
from certwright.store.engine import BATCH_ROWS, UNSTORABLE_TEXT, check_storable, storable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from certwright.store.engine import Bindable, Row

_CONNECT_SECONDS = 10.0
_STATEMENT_SECONDS = 60.0
_FEWEST_TO_COPY = 64

_Target: TypeAlias = "tuple[str, tuple[str, ...]]"
"""A table and the columns that new rows of it give."""


class PostgresConnection:
    """A connection that runs our SQL text on PostgreSQL.

    New rows wait for the next statement of another kind, or for the commit, and are sent together, whatever their tables.
    """

    def __init__(self, raw: Any, insertions: _Insertions) -> None:
        self._raw = raw
        self._insertions = insertions
        self._new: dict[_Target, list[Sequence[Bindable]]] = {}

    async def fetch(self, sql: str, *values: Bindable) -> list[Row]:
        """Run a statement and return all its rows."""
        check_storable(values)
        await self.write_new()
        rows: list[Row] = await self._raw.fetch(sql, *values)
        return rows

    async def batches(self, sql: str, *values: Bindable) -> AsyncIterator[list[Row]]:
        """Run a statement and give its rows some at a time, as the server has them."""
        check_storable(values)
        await self.write_new()
        cursor = await self._raw.cursor(sql, *values)
        batch = await cursor.fetch(BATCH_ROWS)
        while batch:
            yield batch
            # A batch that is not full is the last one, which spares a round trip to be told so.
            batch = await cursor.fetch(BATCH_ROWS) if len(batch) == BATCH_ROWS else []

    async def execute(self, sql: str, *values: Bindable) -> int:
        """Run a statement and return how many rows it changed."""
        check_storable(values)
        await self.write_new()
        command: str = await self._raw.execute(sql, *values)
        count = command.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def insert(self, table: str, columns: tuple[str, ...], rows: Iterable[Sequence[Bindable]]) -> None:
        """Store new rows of a table: many by COPY, which takes the server two thirds of the time."""
        checked = storable(rows)
        if len(checked) >= _FEWEST_TO_COPY:
            await self.write_new()
            await self._raw.copy_records_to_table(table, columns=columns, records=checked)
        elif checked:
            self._new.setdefault((table, columns), []).extend(checked)

    async def write_new(self) -> None:
        """Store the rows that wait."""
        if self._new:
            new, self._new = self._new, {}
            sql = await self._insertions.get(self._raw, tuple(new))
            arrays = (array for rows in new.values() for array in zip(*rows, strict=True))
            await self._raw.execute(sql, *arrays)

    async def execute_many(self, sql: str, rows: Iterable[Sequence[Bindable]]) -> None:
        """Run a statement once for each row of values, sent together and answered together."""
        if checked := storable(rows):
            await self.write_new()
            await self._raw.executemany(sql, checked)

    async def fetch_many(self, sql: str, rows: Iterable[Sequence[Bindable]]) -> list[Row]:
        """Run a statement once for each row of values, sent together, and return all rows that came back."""
        checked = storable(rows)
        if not checked:
            return []
        await self.write_new()
        found: list[Row] = await self._raw.fetchmany(sql, checked)
        return found


class _Insertions:
    """The statements that store rows of several tables at once; the values of a column come as one array."""

    def __init__(self) -> None:
        self._statements: dict[tuple[_Target, ...], str] = {}

    async def get(self, raw: Any, targets: tuple[_Target, ...]) -> str:
        """Return the statement for tables; what types their columns have is asked the first time."""
        known = self._statements.get(targets)
        if known is None:
            known = self._statements[targets] = await _joint_insertion(raw, targets)
        return known


async def _joint_insertion(raw: Any, targets: Iterable[_Target]) -> str:
    numbers, parts = itertools.count(1), []
    for table, columns in targets:
        names = ", ".join(columns)
        described = await raw.prepare(f"SELECT {names} FROM {table}")
        types = [attribute.type.name for attribute in described.get_attributes()]
        # The types come first, for zip takes one more of what comes first, and numbers go on.
        arrays = ", ".join(f"${number}::{type_}[]" for type_, number in zip(types, numbers, strict=False))
        parts.append(f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays})")
    *others, last = parts
    named = ", ".join(f"part{number} AS ({part})" for number, part in enumerate(others))
    return f"WITH {named} {last}" if named else last


class PostgresEngine:
    """A PostgreSQL database behind a pool of connections."""

    skip_locked = "FOR UPDATE SKIP LOCKED"

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._insertions = _Insertions()

    @classmethod
    async def connect(cls, url: str, *, max_connections: int, min_connections: int = 1) -> PostgresEngine:
        """Open the pool; with no connection at all at first, the server need not be there yet.

        Raises:
            Unavailable: the server does not answer, or refuses us; the message holds no password.
        """
        with _translated():
            pool = await asyncpg.create_pool(
                url,
                min_size=min_connections,
                max_size=max_connections,
                timeout=_CONNECT_SECONDS,
                command_timeout=_STATEMENT_SECONDS,
                reset=_leave_as_it_is,
            )
        return cls(pool)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[PostgresConnection]:
        """Open a READ COMMITTED transaction; rows are guarded by their versions."""
        with _translated():
            async with self._pool.acquire() as raw, raw.transaction():
                connection = PostgresConnection(raw, self._insertions)
                yield connection
                await connection.write_new()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[PostgresConnection]:
        """Open a read-only transaction on one snapshot."""
        with _translated():
            async with (
                self._pool.acquire() as raw,
                raw.transaction(isolation="repeatable_read", readonly=True),
            ):
                yield PostgresConnection(raw, self._insertions)

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[PostgresConnection]:
        """Open a connection without a transaction, which spares two round trips."""
        with _translated():
            async with self._pool.acquire() as raw:
                yield PostgresConnection(raw, self._insertions)

    def translate_ddl(self, sql: str) -> str:
        """Return the statement as it is: our DDL is PostgreSQL's."""
        return sql

    async def advise_planner(self) -> None:
        """Do nothing: PostgreSQL's own daemon counts rows as they come."""

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()


async def _leave_as_it_is(_raw: Any) -> None:
    """Spare the round trip that would reset a session: nothing of ours outlives its transaction."""


@contextmanager
def _translated() -> Iterator[None]:
    """Turn asyncpg's exceptions into the domain's."""
    try:
        yield
    except UnicodeEncodeError as cause:
        raise InvalidInput(UNSTORABLE_TEXT) from cause
    # The others: of two processes that create a table "if it does not exist" at once, one is told that it does, or
    # that the type does which goes with every table.
    except (
        asyncpg.IntegrityConstraintViolationError,
        asyncpg.DuplicateTableError,
        asyncpg.DuplicateObjectError,
    ) as cause:
        raise Conflict("The database refused a duplicate") from cause
    except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError) as cause:
        raise StaleRecord("The database found a conflict") from cause
    except (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError) as cause:
        raise InvalidInput(UNSTORABLE_TEXT) from cause
    except (
        TimeoutError,
        asyncpg.PostgresConnectionError,
        asyncpg.InterfaceError,
        asyncpg.OperatorInterventionError,
        asyncpg.InsufficientResourcesError,
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InvalidCatalogNameError,
        OSError,
    ) as cause:
        raise Unavailable("The database does not answer") from cause
