"""Engines: what both databases' connections do alike, below the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import Conflict, InvalidInput
from certwright.store.engine import BATCH_ROWS

if TYPE_CHECKING:
    from certwright.store.engine import Row
    from tests.support.stores import OpenStore

_COLUMNS = ("kind", "next_number")
_ADD = "INSERT INTO number_blocks (kind, next_number) VALUES ($1, $2)"


async def _blocks(opened: OpenStore) -> list[Row]:
    async with opened.engine.reading() as connection:
        rows = await connection.fetch("SELECT kind, next_number FROM number_blocks ORDER BY kind")
        return [tuple(row) for row in rows]


async def test_statement_is_run_once_for_each_row(opened: OpenStore) -> None:
    async with opened.engine.writing() as connection:
        await connection.execute_many(_ADD, [("a", 1), ("b", 2), ("c", 3)])
        await connection.execute_many(_ADD, [])
    assert await _blocks(opened) == [("a", 1), ("b", 2), ("c", 3)]


@pytest.mark.parametrize(
    ("row", "error"), [(("a\0", 1), InvalidInput), (("a", 2**63), InvalidInput), (("a", 1), Conflict)]
)
async def test_one_bad_row_stores_none(
    opened: OpenStore, row: tuple[str, int], error: type[Exception]
) -> None:
    with pytest.raises(error):
        async with opened.engine.writing() as connection:
            await connection.execute_many(_ADD, [("a", 1), row])
    assert await _blocks(opened) == []


MANY = [(f"{number:04}", number) for number in range(200)]


@pytest.mark.parametrize("rows", [[], MANY[:1], MANY])
async def test_new_rows_are_stored_few_or_many(opened: OpenStore, rows: list[tuple[str, int]]) -> None:
    async with opened.engine.writing() as connection:
        await connection.insert("number_blocks", _COLUMNS, iter(rows))
    assert await _blocks(opened) == rows


@pytest.mark.parametrize("rows", [MANY[:1], MANY])
@pytest.mark.parametrize(
    ("row", "error"), [(("a\0", 1), InvalidInput), (("a", 2**63), InvalidInput), (MANY[0], Conflict)]
)
async def test_one_bad_row_among_the_new_stores_none(
    opened: OpenStore, rows: list[tuple[str, int]], row: tuple[str, int], error: type[Exception]
) -> None:
    with pytest.raises(error):
        async with opened.engine.writing() as connection:
            await connection.insert("number_blocks", _COLUMNS, [*rows, row])
    assert await _blocks(opened) == []


KEYS = [(bytes([number]) * 32,) for number in range(3)]


async def test_new_rows_of_several_tables_are_there_for_the_next_statement(opened: OpenStore) -> None:
    async with opened.engine.writing() as connection:
        await connection.insert("number_blocks", _COLUMNS, MANY[:2])
        await connection.insert("compromised_keys", ("key_hash",), KEYS)
        await connection.insert("number_blocks", _COLUMNS, MANY[2:3])
        found = await connection.fetch("SELECT count(*) FROM number_blocks CROSS JOIN compromised_keys")
        assert found[0][0] == 9
        await connection.insert("number_blocks", _COLUMNS, MANY[3:4])
        await connection.insert("number_blocks", _COLUMNS, MANY[4:])
    assert await _blocks(opened) == MANY


async def test_one_bad_row_of_one_table_stores_none_of_another(opened: OpenStore) -> None:
    async def store() -> None:
        async with opened.engine.writing() as connection:
            await connection.insert("number_blocks", _COLUMNS, MANY[:2])
            await connection.insert("compromised_keys", ("key_hash",), [*KEYS, KEYS[0]])

    with pytest.raises(Conflict):
        await store()
    assert await _blocks(opened) == []


async def test_many_rows_come_in_batches_of_one_view(opened: OpenStore) -> None:
    rows = [(f"{number:04}", number) for number in range(2 * BATCH_ROWS + 1)]
    async with opened.engine.writing() as connection:
        await connection.execute_many(_ADD, rows)
    async with opened.engine.reading() as connection:
        batches = connection.batches(
            "SELECT kind, next_number FROM number_blocks WHERE next_number >= $1 ORDER BY kind", 0
        )
        first = await anext(batches)
        async with opened.engine.writing() as other:
            await other.execute("DELETE FROM number_blocks")
        sizes = [len(first), *[len(batch) async for batch in batches]]
        none = [
            batch
            async for batch in connection.batches("SELECT kind FROM number_blocks WHERE next_number < $1", 0)
        ]
    assert [tuple(row) for row in first] == rows[:BATCH_ROWS]
    assert (sizes, none) == ([BATCH_ROWS, BATCH_ROWS, 1], [])
    assert await _blocks(opened) == []


async def test_reading_that_is_given_up_leaves_the_engine_usable(opened: OpenStore) -> None:
    async with opened.engine.writing() as connection:
        await connection.execute_many(_ADD, [(str(number), number) for number in range(2 * BATCH_ROWS)])
    for _ in range(20):  # more often than a pool has connections
        async with opened.engine.reading() as connection:
            await anext(connection.batches("SELECT kind FROM number_blocks"))
    async with opened.engine.writing() as connection:
        await connection.execute("DELETE FROM number_blocks")
    assert await _blocks(opened) == []
