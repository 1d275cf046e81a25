"""Every page of every order is the one that a sorted list has, walked to from either end."""

from __future__ import annotations

import random
from itertools import product
from unittest.mock import patch

import pytest
from pyroaring import BitMap

from certwright.domain.query import NEWEST_FIRST, OrderField, OrderQuery, SortKey
from certwright.search import columns as columns_module
from certwright.search import paging
from certwright.search.columns import Columns
from certwright.search.paging import find_sorting
from tests.support.indexed import ACCOUNT, evaluate, random_row

F = OrderField


def by(*words: str) -> tuple[SortKey, ...]:
    return tuple(SortKey(field=F(word.lstrip("-")), descending=word.startswith("-")) for word in words)


SORTS = [
    (),
    NEWEST_FIRST,
    by("-created_at"),
    by("id"),
    by("status"),
    by("-not_after"),
    by("organization_id", "-common_name"),
    by("-status", "created_at"),
    by("term_years", "-created_at", "-id"),
    by("status", "is_renewed", "-placed_by"),
    by("-product_key", "id", "status"),
]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("few", [0, 4096])
def test_every_page(sort: tuple[SortKey, ...], few: int) -> None:
    rng = random.Random(8)
    rows = sorted((random_row(rng, number) for number in range(60)), key=lambda row: (row.created_at, row.id))
    with patch.object(columns_module, "_FILL", 5), patch.object(paging, "_FEW", few):
        columns = Columns()
        columns.extend(rows)
        columns.settle()
        sorting = find_sorting(columns, sort)
        assert sorting is not None
        for step in (1, 3):
            found = BitMap(range(0, 60, step))
            _, expected = evaluate(rows[::step], OrderQuery(account_id=ACCOUNT, sort=sort))
            for first, size in product(range(0, len(found), 7), (1, 4, 60)):
                end = min(len(found), first + size)
                page = sorting.page(found, first, end)
                assert [rows[ordinal].id for ordinal in page.tolist()] == expected[first:end]
                if step == 1 and not sorting.keys:
                    assert sorting.page_of_all(60, first, end).tolist() == page.tolist()


@pytest.mark.parametrize(
    "sort", [by("email"), by("serial_number"), by("created_at", "-id"), by("created_at", "status")]
)
def test_what_is_left_to_the_database(sort: tuple[SortKey, ...]) -> None:
    assert find_sorting(Columns(), sort) is None
