"""The columns of a book give its orders back as they were put in."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from certwright.search.columns import Columns
from certwright.search.records import reading, writing
from tests.support.indexed import DAY, indexed, random_row

if TYPE_CHECKING:
    from pathlib import Path


def held(columns: Columns) -> list[object]:
    return [columns.row(ordinal) for ordinal in range(len(columns))]


def test_orders_are_given_back_as_they_are(tmp_path: Path) -> None:
    rng = random.Random(3)
    rows = sorted((random_row(rng, number) for number in range(40)), key=lambda row: (row.created_at, row.id))
    columns = Columns()
    columns.extend(rows[:10])
    columns.extend(rows[10:30])
    columns.settle()
    for row in rows[30:]:
        columns.append_all([row])
    assert held(columns) == rows

    rows[5] = random_row(rng, rows[5].id)._replace(created_at=rows[5].created_at)
    columns.change(5, rows[5])
    columns.truncate(35)
    del rows[35:]
    assert held(columns) == rows
    assert [columns.find(row.id) for row in rows] == list(range(35))
    assert columns.find(12345) is None
    assert columns.find(-1) is None

    columns.refresh()
    with writing(tmp_path / "columns") as out:
        columns.save(out)
    with reading(tmp_path / "columns") as source:
        loaded = Columns.load(source)
    assert held(loaded) == rows
    loaded.append_all([indexed(500, created_at=9 * DAY)])
    assert loaded.find(500) == 35
    assert loaded.ids.get(35) == 500
    assert set(loaded.words["status"].distinct) >= {row.status for row in rows}
