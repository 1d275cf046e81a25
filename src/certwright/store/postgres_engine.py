"""PostgreSQL, and what speaks its protocol, through a pool of asyncpg connections."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from certwright.domain.errors import Conflict, InvalidInput, StaleRecord, Unavailable
from certwright.store.engine import BATCH_ROWS, UNSTORABLE_TEXT, check_storable, insertion, storable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from certwright.store.engine import Bindable, Row

_CONNECT_SECONDS = 10.0
_STATEMENT_SECONDS = 60.0
_FEWEST_TO_COPY = 16


class PostgresConnection:
    """A connection that runs our SQL text on PostgreSQL."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def fetch(self, sql: str, *values: Bindable) -> list[Row]:
        """Run a statement and return all its rows."""
        check_storable(values)
        rows: list[Row] = await self._raw.fetch(sql, *values)
        return rows

    async def batches(self, sql: str, *values: Bindable) -> AsyncIterator[list[Row]]:
        """Run a statement and give its rows some at a time, as the server has them."""
        check_storable(values)
        cursor = await self._raw.cursor(sql, *values)
        batch = await cursor.fetch(BATCH_ROWS)
        while batch:
            yield batch
            # A batch that is not full is the last one, which spares a round trip to be told so.
            batch = await cursor.fetch(BATCH_ROWS) if len(batch) == BATCH_ROWS else []

    async def execute(self, sql: str, *values: Bindable) -> int:
        """Run a statement and return how many rows it changed."""
        check_storable(values)
        command: str = await self._raw.execute(sql, *values)
        count = command.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def insert(self, table: str, columns: tuple[str, ...], rows: Iterable[Sequence[Bindable]]) -> None:
        """Store new rows of a table: many by COPY, which takes the server two thirds of the time."""
        checked = storable(rows)
        if len(checked) >= _FEWEST_TO_COPY:
            await self._raw.copy_records_to_table(table, columns=columns, records=checked)
        elif checked:
            await self._raw.executemany(insertion(table, columns), checked)

    async def execute_many(self, sql: str, rows: Iterable[Sequence[Bindable]]) -> None:
        """Run a statement once for each row of values, sent together and answered together."""
        if checked := storable(rows):
            await self._raw.executemany(sql, checked)

    async def fetch_many(self, sql: str, rows: Iterable[Sequence[Bindable]]) -> list[Row]:
        """Run a statement once for each row of values, sent together, and return all rows that came back."""
        checked = storable(rows)
        found: list[Row] = await self._raw.fetchmany(sql, checked) if checked else []
        return found


class PostgresEngine:
    """A PostgreSQL database behind a pool of connections."""

    skip_locked = "FOR UPDATE SKIP LOCKED"

    def __init__(self, pool: Any) -> None:
        self._pool = pool

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
                yield PostgresConnection(raw)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[PostgresConnection]:
        """Open a read-only transaction on one snapshot."""
        with _translated():
            async with (
                self._pool.acquire() as raw,
                raw.transaction(isolation="repeatable_read", readonly=True),
            ):
                yield PostgresConnection(raw)

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[PostgresConnection]:
        """Open a connection without a transaction, which spares two round trips."""
        with _translated():
            async with self._pool.acquire() as raw:
                yield PostgresConnection(raw)

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
