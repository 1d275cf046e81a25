"""What SQLite's query planner is told about the tables: that they are those of large accounts.

Untold, SQLite takes it that an account has ten orders. Then it reads the whole account to find twenty orders by their
numbers, which is no matter in a book of a thousand orders and takes seconds in one of ten million. What it would count
itself (``ANALYZE``) is right for the day on which it counts, and nobody knows which plans come of that. So it is told
the same of every book: small ones are fast under any plan, and a plan that was tested is the plan that runs.

The table ``sqlite_stat1`` holds for each index its number of rows, and for each of its columns how many rows have the
same values up to that column (https://www.sqlite.org/fileformat2.html#the_sqlite_stat1_table).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from certwright.store.sqlite_connection import SQLiteConnection

_ROWS = {
    "approval_requests": 10_000_000,
    "certificates": 10_000_000,
    "custom_values": 10_000_000,
    "order_changes": 30_000_000,
    "order_edits": 1_000_000,
    "order_names": 20_000_000,
    "order_notes": 1_000_000,
    "orders": 10_000_000,
    "organization_validations": 100_000,
    "organizations": 100_000,
    "validations": 10_000_000,
    "webhook_events": 1_000_000,
}
"""Rows of the tables that grow with the book; of the others, that they are small is what SQLite takes for granted."""

_PARTIAL = 10
"""An index with a condition has one row in so many."""

_VALUES = {
    None: 1_000,  # an expression: the group of a number
    "account_id": 10,
    "administrator_contact_id": 10,
    "authority_id": 1,
    "product_key": 20,
    "review": 4,
    "status": 5,
    "technical_contact_id": 10,
    "webhook_id": 10,
}
"""Values of the columns that have few; of the others, every million rows have a value of their own."""
_MANY = 1_000_000

_LENGTHS = {"validations_of_domains": 5_000}
"""Rows of indexes that have far fewer than their tables."""

_UNEVEN = {"validations_by_order": 1_000}
"""Rows of a value where one has most: the validations of domains are of no order. Not so many that a statement for a thousand
orders would rather read the whole table."""

_INDEXES = """
SELECT t.name, i.name, i."unique", i.partial FROM sqlite_schema t, pragma_index_list(t.name) i
WHERE t.type = 'table' ORDER BY i.name
"""
_COLUMNS = "SELECT name FROM pragma_index_info($1) ORDER BY seqno"


async def advise(connection: SQLiteConnection) -> None:
    """Tell the planner of connections that are opened from now on, if it does not know yet."""
    told = [await _describe(connection, *row) for row in await connection.fetch(_INDEXES) if row[0] in _ROWS]
    await connection.execute("ANALYZE sqlite_schema")  # makes the table, and counts nothing
    if told == await connection.fetch("SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY idx"):
        return
    await connection.execute("DELETE FROM sqlite_stat1")
    await connection.execute_many("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)", told)
    await connection.execute("ANALYZE sqlite_schema")  # now it has this connection read it


async def _describe(
    connection: SQLiteConnection, table: str, index: str, is_unique: int, is_partial: int
) -> tuple[str, str, str]:
    rows = _LENGTHS.get(index, _ROWS[table] // (_PARTIAL if is_partial else 1))
    figures = [rows]
    for (column,) in await connection.fetch(_COLUMNS, index):
        rows = max(1, rows // _VALUES.get(column, _MANY))
        figures.append(rows)
    figures[-1] = 1 if is_unique else _UNEVEN.get(index, figures[-1])
    return table, index, " ".join(map(str, figures))
