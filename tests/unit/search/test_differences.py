"""Whatever is damaged in an index, a comparison with the book finds it."""

from __future__ import annotations

import random
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from pyroaring import BitMap

from certwright.search import columns as columns_module
from certwright.search import known_orders, shared_texts, terms
from certwright.search.columns import Columns
from certwright.search.differences import differences
from certwright.search.ordered_column import OrderedColumn
from tests.support.indexed import DAY, indexed, random_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from certwright.services.ports import IndexedOrder


@pytest.fixture
def book() -> list[IndexedOrder]:
    rng = random.Random(5)
    rows = [random_row(rng, number) for number in range(1, 120)]
    return sorted(rows, key=lambda row: (row.created_at, row.id))


@pytest.fixture
def columns(book: list[IndexedOrder]) -> Columns:
    tiny = [
        (columns_module, "_FILL", 6),
        (known_orders, "_SMALLEST", 6),
        (shared_texts, "_FILL", 6),
        (terms, "_FEWEST", 4),
        (terms, "_MARGIN", 2),
    ]
    with ExitStack() as stack:
        for module, name, value in tiny:
            stack.enter_context(patch.object(module, name, value))
        made = Columns()
        made.extend(book)
        made.settle()
    return made


def test_an_index_that_is_right(columns: Columns, book: list[IndexedOrder]) -> None:
    assert list(differences(columns, reversed(book))) == []


def test_orders_too_few_and_too_many(columns: Columns, book: list[IndexedOrder]) -> None:
    gone, new = book[50], indexed(999, created_at=9 * DAY)
    assert list(differences(columns, [*book[:50], *book[51:], new])) == [
        "order 999 is not in the index",
        f"order {gone.id} is in the index and not in the book",
    ]


@pytest.mark.parametrize("field", [name for name in indexed(1)._fields if name != "id"])
def test_every_value(columns: Columns, book: list[IndexedOrder], field: str) -> None:
    values: dict[str, Any] = {"other_names": ("other.example",), "organization_id": 77, "not_after": 1}
    kind = type(getattr(book[7], field))
    value = values.get(field, "other" if kind is str else 8)
    held, book[7] = book[7], book[7]._replace(**{field: value})
    told = f"order {held.id} has {field} {getattr(held, field)!r} instead of {value!r}"
    assert list(differences(columns, book)) == [told]


def first(sets: dict[Any, BitMap]) -> BitMap:
    held: list[BitMap] = [each for each in sets.values() if len(each) > 1]
    return held[0]


def ordered(columns: Columns, name: str) -> OrderedColumn[Any]:
    column = columns.ordered[name]
    assert isinstance(column, OrderedColumn)
    return column


def drop(ordinals: BitMap) -> None:
    ordinals.remove(ordinals.min())


def add(ordinals: BitMap) -> None:
    ordinals.add((BitMap(range(100)) - ordinals).min())


def forget_texts(columns: Columns) -> None:
    columns.email.distinct.texts._numbering._late.clear()


def spoil_list(columns: Columns) -> None:
    columns.email._known._firsts[1] += 1


def swap(columns: Columns) -> None:
    ordered(columns, "not_after")._buckets.reverse()


def join(columns: Columns) -> None:
    ordered(columns, "id")._are_single[0] = True


def spoil_term(columns: Columns) -> None:
    known = next(iter(columns.common_name.terms._terms.values()))
    known.known ^= BitMap(range(100))


def spoil_parts(columns: Columns) -> None:
    known = next(iter(columns.common_name.terms._terms.values()))
    known.parts = (b"zz",)


def swap_orders(columns: Columns) -> None:
    for ordinal, created_at in enumerate(columns.created_at.at(slice(None)).tolist()[::-1]):
        columns.created_at.set(ordinal, created_at)


DAMAGES: dict[str, tuple[Callable[[Columns], object], str]] = {
    "an order less in a bucket": (lambda c: drop(ordered(c, "not_after")._buckets[0]), "not_after"),
    "an order less in a set of a word": (lambda c: drop(first(c.words["status"]._sets)), "status"),
    "an order in the sets of two words": (lambda c: add(first(c.words["status"]._sets)), "status"),
    "an order in two buckets": (lambda c: add(ordered(c, "common_name")._buckets[0]), "common_name"),
    "buckets in another order": (swap, "not_after"),
    "a bucket that is not of one value": (join, "id"),
    "an order less in a set of a gram": (lambda c: drop(first(c.common_name.grams.whole)), "common_name"),
    "an order more in a set of a gram": (lambda c: add(first(c.other_names.grams.whole)), "other_names"),
    "a gram less": (lambda c: c.email.distinct.grams.whole.pop(b"x"), "email"),
    "an order less in what a gram lacks": (lambda c: drop(first(c.common_name.grams.lacking)), "common_name"),
    "an order more in what a gram lacks": (lambda c: add(first(c.common_name.grams.lacking)), "common_name"),
    "other orders of a term": (spoil_term, "common_name"),
    "parts that are not of a term": (spoil_parts, "common_name"),
    "texts that are not found": (forget_texts, "email"),
    "orders in the list of another text": (spoil_list, "email"),
    "an order less of a text": (lambda c: drop(c.email._orders._buckets[0]), "email"),
    "orders out of their place": (swap_orders, "order"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_set(columns: Columns, book: list[IndexedOrder], damage: str) -> None:
    spoil, where = DAMAGES[damage]
    spoil(columns)
    told = list(differences(columns, book))
    assert any(difference.startswith(where) for difference in told), told
