"""What is known of the orders of texts stays right whatever becomes of the orders."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from certwright.search import known_orders as module
from certwright.search.known_orders import KnownOrders
from certwright.search.records import reading, writing

NUMBERS = st.lists(st.integers(0, 9), min_size=1, max_size=60)
SETS = st.sets(st.integers(0, 11)).map(BitMap)


class Book:
    """The numbers of the texts of orders, and what they say."""

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers

    def orders_of(self, texts: BitMap) -> BitMap:
        return BitMap(at for at, number in enumerate(self.numbers) if number in texts)

    def single(self, text: int) -> BitMap:
        return self.orders_of(BitMap([text]))

    def learn(self, most_listed: int, usual: list[BitMap]) -> KnownOrders:
        return KnownOrders.learn(np.array(self.numbers), 12, most_listed, usual, self.orders_of)

    def check(self, known: KnownOrders) -> list[str]:
        return list(known.check(np.array(self.numbers), self.orders_of))


@settings(deadline=None)
@given(
    numbers=NUMBERS,
    most_listed=st.integers(0, 8),
    usual=st.lists(SETS, max_size=3),
    texts=SETS,
    changed=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 11)), max_size=4),
    gone=st.integers(0, 10),
    new=st.lists(st.integers(0, 11), max_size=20),
    share=st.sampled_from([0.0, 0.3, 1.0]),
)
def test_orders_that_are_not_doubtful_are_known(
    numbers: list[int],
    most_listed: int,
    usual: list[BitMap],
    texts: BitMap,
    changed: list[tuple[int, int]],
    gone: int,
    new: list[int],
    share: float,
) -> None:
    book = Book(list(numbers))
    with patch.object(module, "_SMALLEST", 1), patch.object(module, "_MOST_LISTED", share):
        known = book.learn(most_listed, usual)
        for at, number in changed:
            if at < len(book.numbers):
                book.numbers[at] = number
                known.change(at, at + 1)
        length = max(0, len(book.numbers) - gone)
        known.change(length, len(book.numbers))
        book.numbers[length:] = new
        doubtful = known.doubtful(len(book.numbers))
        for each in (known, saved_and_loaded(known)):
            for asked in (*usual, texts):
                found = each.orders(asked, book.single)
                if share == 1.0:
                    assert found is not None
                if found is not None:
                    assert found - doubtful == book.orders_of(asked) - doubtful
                    assert found <= book.orders_of(asked)
            assert each.doubtful(len(book.numbers)) == doubtful
            assert book.check(each) == []


def test_frequent_texts_are_known_without_their_lists() -> None:
    book = Book([number % 10 for number in range(1000)])
    with patch.object(module, "_SMALLEST", 1):
        known = book.learn(500, [BitMap([1, 2, 3]), BitMap([4])])
    assert known.orders(BitMap([1, 2, 3]), book.single) == book.orders_of(BitMap([1, 2, 3]))
    assert known.orders(BitMap([1, 2, 4]), book.single) is None


def test_nothing_is_known_of_a_small_book_nor_where_much_has_changed() -> None:
    book = Book([0, 1] * 16)
    assert not book.learn(4, []).is_known(32)
    with patch.object(module, "_SMALLEST", 32):
        known = book.learn(4, [])
    assert known.is_known(32)
    assert known.is_known(34)
    assert not known.is_known(36)
    known.change(3, 5)
    assert known.is_known(32)
    known.change(8, 9)
    assert not known.is_known(32)


@pytest.mark.parametrize("damage", ["_ordinals", "_firsts", "_frequent", "_many"])
def test_damage_is_told(damage: str) -> None:
    book = Book([number % 10 for number in range(100)] + [11] * 20)
    with patch.object(module, "_SMALLEST", 1):
        known = book.learn(15, [BitMap([1, 2, 3])])
    assert book.check(known) == []
    match damage:
        case "_ordinals":
            known._ordinals[3] = known._ordinals[4]
        case "_firsts":
            known._firsts[4] += 1
        case "_frequent":
            known._frequent[0][1].discard(1)
        case _:
            known._many.clear()
    assert book.check(known) != []


def saved_and_loaded(known: KnownOrders) -> KnownOrders:
    with TemporaryDirectory() as folder:
        with writing(Path(folder, "known")) as out:
            known.save(out, "it")
        with reading(Path(folder, "known")) as source:
            return KnownOrders.load(source, "it")
