"""The order index answers as a plain reading of the query would, whatever was written, and after it was saved and loaded."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certwright.domain.query import Condition, OneOf, OrderField, OrderQuery, SortKey
from certwright.search import (
    book_index,
    columns,
    grams,
    known_orders,
    numbering,
    numbers,
    paging,
    repeated_texts,
    sets,
    shared_texts,
    terms,
    text_column,
    texts,
)
from certwright.search.book_index import BookIndex
from certwright.search.errors import UnusableSnapshot
from certwright.services.ports import BookState
from tests.support.indexed import ACCOUNT, DAY, EPOCH, evaluate, indexed, random_query, random_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from certwright.services.ports import IndexedOrder

_TINY: dict[ModuleType, dict[str, float]] = {
    book_index: {"_BATCH": 5, "_WHOLE": 4},
    columns: {"_FILL": 4},
    grams: {"_SOME": 4},
    known_orders: {"_SMALLEST": 20, "_MOST_LISTED": 0.3, "_MOST_DOUBTFUL": 0.5},
    numbering: {"_MOST_LATE": 4, "_BLOCK": 7},
    numbers: {"_FEW": 1},
    repeated_texts: {"_MOST_BYTES": 200},
    paging: {"_FEW": 2},
    sets: {"_FEW": 2},
    shared_texts: {"_FEW": 1, "_SPARSE": 3, "_FILL": 4},
    terms: {
        "_FEWEST": 3,
        "_SAMPLE": 40,
        "_SAMPLE_BYTES": 900,
        "_BLOCK": 32,
        "_MARGIN": 3,
        "_MANY": 8,
        "_LARGEST_TABLE": 1 << 16,
    },
    text_column: {"_BLOCK": 32, "_FEW": 1, "_MUCH": 60},
    texts: {"_FEW": 1, "_BLOCK": 9},
}
"""Bounds at which the index changes its ways, made so small that small books pass them."""


@contextmanager
def bounds(*, tiny: bool) -> Iterator[None]:
    with ExitStack() as stack:
        for module, changes in _TINY.items() if tiny else ():
            for name, value in changes.items():
                stack.enter_context(patch.object(module, name, value))
        yield


def built(rows: list[IndexedOrder], batch: int = 50) -> BookIndex:
    ordered = sorted(rows, key=lambda row: (row.created_at, row.id))
    batches = [ordered[at : at + batch] for at in range(0, len(ordered), batch)]
    return BookIndex.build(ACCOUNT, BookState(1, 0), batches)


def ask(index: BookIndex, book: dict[int, IndexedOrder], rng: random.Random) -> None:
    rows = list(book.values())
    declined = 0
    for _ in range(30):
        query = random_query(rng, rows)
        found = index.find(query)
        declined += found is None
        if found is not None:
            assert (found.total, found.order_ids) == evaluate(rows, query), query
    assert declined < 25


@pytest.mark.parametrize("tiny", [True, False])
@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    size=st.integers(0, 150),
    batch=st.integers(1, 60),
    writes=st.lists(st.integers(0, 12), min_size=1, max_size=6),
)
def test_find_agrees_with_a_plain_reading(
    tiny: bool, seed: int, size: int, batch: int, writes: list[int]
) -> None:
    rng = random.Random(seed)
    with bounds(tiny=tiny), TemporaryDirectory() as folder:
        book = {number: random_row(rng, number) for number in rng.sample(range(1, 400), size)}
        index = built(list(book.values()), batch)
        ask(index, book, rng)
        for step, count in enumerate(writes):
            numbers = [rng.choice([rng.randint(1, 500), *book]) for _ in range(count)]
            written = [random_row(rng, number) for number in numbers]
            index.apply(written, BookState(step, 7))
            book |= {row.id: row for row in written}
            assert (len(index), index.state) == (len(book), BookState(step, 7))
            ask(index, book, rng)
            if rng.random() < 0.3:
                index.save(Path(folder, "book"))
                index = BookIndex.load(Path(folder, "book"))
                assert (len(index), index.state, index.account_id) == (len(book), BookState(step, 7), ACCOUNT)
        assert list(index.differences(book.values())) == []


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32), size=st.integers(0, 120))
def test_counts(seed: int, size: int) -> None:
    rng = random.Random(seed)
    rows = [random_row(rng, number) for number in range(size)]
    index = built(rows)
    start, end = (EPOCH + rng.randint(0, 9) * timedelta(days=1) for _ in range(2))
    low, high = ((at - EPOCH) // timedelta(microseconds=1) for at in (start, end))

    assert index.count_by_status() == Counter(row.status for row in rows)
    assert index.count_by_product() == Counter(row.product for row in rows)
    assert index.count_placed(start, end) == Counter(
        row.status for row in rows if low <= row.created_at < high
    )
    assert index.count_expiring(start, end) == sum(
        row.not_after is not None
        and low <= row.not_after < high
        and row.status in {"issued", "reissue_pending"}
        and not row.is_revoked
        for row in rows
    )


def test_what_is_left_to_the_database() -> None:
    index = built([indexed(1)])
    sort = (SortKey(field=OrderField.THUMBPRINT),)
    assert index.find(OrderQuery(account_id=ACCOUNT, sort=sort)) is None
    by_id = Condition(OrderField.ID, OneOf((1,)))
    assert index.find(OrderQuery(account_id=ACCOUNT, conditions=(by_id,))) is None


def test_orders_of_one_instant_lie_by_their_numbers_and_stay_where_they_are_when_more_come() -> None:
    rows = [indexed(number, created_at=DAY) for number in (2, 5, 9)]
    index = BookIndex.build(ACCOUNT, BookState(1, 0), [rows])
    with patch.object(
        columns.Columns, "truncate", autospec=True, side_effect=columns.Columns.truncate
    ) as truncate:
        index.apply([indexed(11, created_at=DAY), indexed(10, created_at=DAY)], BookState(2, 0))
        assert not truncate.called
        index.apply([indexed(6, created_at=DAY)], BookState(3, 0))
        (call,) = truncate.call_args_list
        assert call.args[1] == 2

    found = index.find(OrderQuery(account_id=ACCOUNT, sort=(SortKey(field=OrderField.ID),)))
    assert found is not None
    assert found.order_ids == [2, 5, 6, 9, 10, 11]
    assert (
        list(index.differences([*rows, *(indexed(number, created_at=DAY) for number in (6, 10, 11))])) == []
    )


def test_an_order_that_comes_very_late() -> None:
    rows = [indexed(number) for number in range(10, 300)]
    index = built(rows)
    late = [indexed(1), indexed(2, created_at=200 * DAY)]
    index.apply(late, BookState(2, 0))
    everything = index.find(OrderQuery(account_id=ACCOUNT, sort=()))
    assert everything == evaluate([*rows, *late], OrderQuery(account_id=ACCOUNT, sort=()))
    assert list(index.differences([*rows, *late])) == []


def test_a_snapshot_of_another_kind_of_order_is_refused(tmp_path: Path) -> None:
    built([indexed(1)]).save(tmp_path / "book")
    with patch.object(book_index, "_FIELDS", ["id"]), pytest.raises(UnusableSnapshot):
        BookIndex.load(tmp_path / "book")
