"""Engines: what both databases' connections do alike, below the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from certwright.store.engine import Row
    from tests.support.stores import OpenStore

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
