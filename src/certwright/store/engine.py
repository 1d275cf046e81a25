"""What both databases have in common: a connection that runs one SQL text, and how values are stored.

Statements name their values ``$1``, ``$2`` … as PostgreSQL does. Instants are stored as whole microseconds since 1970
in UTC, on both databases, so that a comparison means the same everywhere.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from certwright.domain.errors import InvalidInput
from certwright.domain.text import is_storable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager

Row: TypeAlias = "Sequence[Any]"
Bindable: TypeAlias = str | int | bytes | None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

HIGHEST = 2**63 - 1
"""The largest number that both databases store."""

_LOWEST = -(2**63)

_MOST_IN_A_LIST = 1024

T = TypeVar("T")
BATCH_ROWS = 1_000
"""How many rows come at a time where a statement may have any number."""

UNSTORABLE_TEXT = "A text holds a character that can't be stored"


class Connection(Protocol):
    """A connection inside a transaction."""

    async def fetch(self, sql: str, *values: Bindable) -> list[Row]:
        """Run a statement and return all its rows."""
        ...

    def batches(self, sql: str, *values: Bindable) -> AsyncIterator[list[Row]]:
        """Run a statement and give its rows some thousand at a time, so that many are never in memory together."""
        ...

    async def execute(self, sql: str, *values: Bindable) -> int:
        """Run a statement and return how many rows it changed."""
        ...

    async def insert(self, table: str, columns: tuple[str, ...], rows: Iterable[Sequence[Bindable]]) -> None:
        """Store new rows of a table, hundreds of them in the database's fastest way.

        What is wrong with a row may be told by a later statement of the transaction, or by its end.
        """
        ...

    async def execute_many(self, sql: str, rows: Iterable[Sequence[Bindable]]) -> None:
        """Run a statement once for each row of values, in one round trip; it must return nothing."""
        ...

    async def fetch_many(self, sql: str, rows: Iterable[Sequence[Bindable]]) -> list[Row]:
        """Run a statement once for each row of values, in one round trip, and return all rows that came back."""
        ...


class Engine(Protocol):
    """A database that hands out transactions.

    What a driver raises comes out as an error of the domain's tree: ``Conflict`` for a broken unique constraint,
    ``StaleRecord`` for a serialization failure, ``Unavailable`` for a database that does not answer, ``InvalidInput``
    for a value that can't be stored.
    """

    @property
    def skip_locked(self) -> str:
        """What a claim of jobs appends so that claimants do not wait for one another, if the database needs it."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Connection]:
        """Open a transaction that is committed when the block ends well."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        """Open a transaction that sees one state of the database and writes nothing."""
        ...

    def looking(self) -> AbstractAsyncContextManager[Connection]:
        """Open a connection whose statements each see a state of their own and write nothing; cheap for a single one."""
        ...

    def translate_ddl(self, sql: str) -> str:
        """Turn a statement of a migration into this database's own words."""
        ...

    async def advise_planner(self) -> None:
        """Tell the query planner what it would not know by itself, once the tables are what they shall be."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


def check_storable(values: Sequence[Bindable]) -> None:
    """Refuse what one of the databases can't hold, so that both refuse the same.

    Raises:
        InvalidInput: a text holds U+0000 or half of a surrogate pair, or a number needs more than 64 bits.
    """
    # There are two hundred values in an order, so this is written for speed: no calls where none is needed.
    for value in values:
        if type(value) is str:
            if (not value.isascii() or "\0" in value) and not is_storable(value):
                raise InvalidInput(UNSTORABLE_TEXT)
        elif type(value) is int and not _LOWEST <= value <= HIGHEST:
            raise InvalidInput("A number is too large to be stored")


def storable(rows: Iterable[Sequence[Bindable]]) -> list[Sequence[Bindable]]:
    """Return the rows, each of which both databases can hold.

    Raises:
        InvalidInput: as for ``check_storable``.
    """
    checked = list(rows)
    for row in checked:
        check_storable(row)
    return checked


def to_stored(instant: datetime) -> int:
    """Turn an aware instant into microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def to_stored_or_none(instant: datetime | None) -> int | None:
    """Turn an instant into microseconds since 1970, or nothing into nothing."""
    return None if instant is None else to_stored(instant)


def to_instant(stored: int) -> datetime:
    """Turn microseconds since 1970 back into an instant."""
    return _EPOCH + stored * _MICROSECOND  # in half the time of timedelta(microseconds=stored)


def to_instant_or_none(stored: int | None) -> datetime | None:
    """Turn stored microseconds back into an instant, or nothing into nothing."""
    return None if stored is None else to_instant(stored)


def listed(values: Collection[T]) -> Iterator[list[T]]:
    """Split values into the lists of as many statements' IN (…), each filled up with its last to a power of two.

    So no statement has more values than a database takes, and there are only a dozen of them to be kept prepared.
    """
    every = list(values)
    for start in range(0, len(every), _MOST_IN_A_LIST):
        some = every[start : start + _MOST_IN_A_LIST]
        some += some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))
        yield some


@cache
def insertion(table: str, columns: tuple[str, ...]) -> str:
    """Return the statement that stores a row of a table."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({placeholders(len(columns))})"


def placeholders(count: int, *, start: int = 1) -> str:
    """Return ``$start, $start+1, …`` for so many values."""
    return ", ".join(f"${number}" for number in range(start, start + count))
