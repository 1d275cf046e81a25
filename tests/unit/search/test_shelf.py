"""Indexes on the shelf keep level with their books, and leave it when they can't."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.errors import Unavailable
from certwright.domain.query import OrderQuery
from certwright.search import shelf as module
from certwright.search.book_index import BookIndex, Found
from certwright.search.errors import UnusableSnapshot
from certwright.search.questions import FindOrders
from certwright.search.shelf import Shelf, catch_up
from certwright.services.ports import BookState
from certwright.store.book_reader import SQLBookReader
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts, add_order, order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from certwright.services.ports import BookChanges, IndexedOrder
    from tests.support.stores import OpenStore

QUESTION = FindOrders(OrderQuery(account_id=ACCOUNT, limit=10))
START = BookState()


class FaultyReader(SQLBookReader):
    """Fails as often as it is told to."""

    faults: list[Exception]

    async def changed_since(self, *arguments: Any) -> BookChanges:
        if self.faults:
            raise self.faults.pop()
        return await super().changed_since(*arguments)


class WatchedIndex(BookIndex):
    """Tells in which order it was told of orders."""

    told: list[int]

    def apply(self, orders: Iterable[IndexedOrder], state: BookState) -> None:
        rows = list(orders)
        self.told += [row.id for row in rows]
        super().apply(rows, state)


@pytest.fixture
async def reader(opened: OpenStore) -> FaultyReader:
    await add_accounts(opened.store)
    made = FaultyReader(opened.engine)
    made.faults = []
    return made


async def add(opened: OpenStore, *numbers: int) -> None:
    for number in numbers:
        await add_order(opened.store, order(number))


async def found(shelf: Shelf, at_least: BookState) -> tuple[int, BookState] | None:
    stated = await shelf.ask(QUESTION, at_least)
    return None if stated is None else (stated.answer.total, stated.state)


async def test_an_index_catches_up_in_slices(
    opened: OpenStore, reader: FaultyReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SLICE", 3)
    monkeypatch.setattr(module, "_PIECE", 2)
    index = BookIndex.build(ACCOUNT, START, [])
    await add(opened, 1, 2, 3, 4, 5)
    await catch_up(reader, index)
    assert (len(index), index.state) == (5, BookState(5, 0))
    await catch_up(reader, index)
    assert index.state == BookState(5, 0)


@pytest.mark.parametrize(
    ("together", "told"), [(1, [3, 1, 2]), (2, [1, 3, 2]), (3, [1, 2, 3]), (2_000, [1, 2, 3])]
)
async def test_orders_are_taken_in_as_they_were_created_not_as_they_were_stored(
    opened: OpenStore,
    reader: FaultyReader,
    monkeypatch: pytest.MonkeyPatch,
    together: int,
    told: list[int],
) -> None:
    """Else those that come late move all that were created after them."""
    monkeypatch.setattr(module, "_SLICE", 1)
    monkeypatch.setattr(module, "_TOGETHER", together)
    index = WatchedIndex.build(ACCOUNT, START, [])
    assert isinstance(index, WatchedIndex)
    index.told = []
    await add(opened, 3, 1, 2)
    await catch_up(reader, index)
    assert (index.told, index.state) == (told, BookState(3, 0))


async def test_an_index_answers_at_its_state_until_a_later_one_is_wanted(
    opened: OpenStore, reader: FaultyReader
) -> None:
    shelf = Shelf(reader)
    assert await found(shelf, START) is None
    shelf.put(BookIndex.build(ACCOUNT, START, []))
    await add(opened, 1, 2)
    assert await found(shelf, START) == (0, START)
    assert await found(shelf, BookState(1, 0)) == (2, BookState(2, 0))
    assert [(each.account_id, each.orders, each.behind) for each in shelf.figures()] == [(ACCOUNT, 2, 0)]


async def test_an_index_that_can_not_catch_up_does_not_answer_and_says_what_it_lacks(
    opened: OpenStore, reader: FaultyReader, caplog: pytest.LogCaptureFixture
) -> None:
    shelf = Shelf(reader)
    shelf.put(BookIndex.build(ACCOUNT, START, []))
    await add(opened, 1, 2)
    reader.faults = [Unavailable("The database does not answer")]
    assert await found(shelf, BookState(2, 0)) is None
    assert [each.behind for each in shelf.figures()] == [2]
    assert "does not answer" in caplog.text
    assert await found(shelf, BookState(2, 0)) == (2, BookState(2, 0))


@pytest.mark.parametrize("fault", [RuntimeError("a fault of ours"), UnusableSnapshot("ahead")])
async def test_an_index_that_fails_leaves_the_shelf(
    opened: OpenStore, reader: FaultyReader, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    shelf = Shelf(reader)
    shelf.put(BookIndex.build(ACCOUNT, START, []))
    await add(opened, 1)
    reader.faults = [fault]
    assert await found(shelf, BookState(1, 0)) is None
    assert shelf.find(ACCOUNT) is None
    assert "is dropped" in caplog.text


async def test_an_index_whose_answer_fails_leaves_the_shelf(
    reader: FaultyReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(reader)
    shelf.put(BookIndex.build(ACCOUNT, START, []))

    def fail(_index: BookIndex, _query: OrderQuery) -> Found:
        raise IndexError("a fault of ours")

    monkeypatch.setattr(BookIndex, "find", fail)
    assert await found(shelf, START) is None
    assert shelf.find(ACCOUNT) is None


async def test_an_index_ahead_of_its_book_is_refused(opened: OpenStore, reader: FaultyReader) -> None:
    await add(opened, 1)
    for ahead in (BookState(2, 0), BookState(1, 1)):
        with pytest.raises(UnusableSnapshot):
            await catch_up(reader, BookIndex.build(ACCOUNT, ahead, []))


async def test_waiting_askers_are_served_by_one_look(opened: OpenStore, reader: FaultyReader) -> None:
    shelf = Shelf(reader)
    shelf.put(BookIndex.build(ACCOUNT, START, []))
    await add(opened, 1, 2)
    answers = await asyncio.gather(*(found(shelf, BookState(2, 0)) for _ in range(5)))
    assert answers == [(2, BookState(2, 0))] * 5


async def test_followed_indexes_are_level_without_being_asked(
    opened: OpenStore, reader: FaultyReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FOLLOW_SECONDS", 0.001)
    shelf = Shelf(reader)
    for account_id in (ACCOUNT, OTHER_ACCOUNT):
        shelf.put(BookIndex.build(account_id, START, []))
    following = asyncio.create_task(shelf.follow())
    await add(opened, 1, 2)
    async with asyncio.timeout(10):
        while [each.orders for each in shelf.figures()] != [2, 0]:  # noqa: ASYNC110 - the shelf tells nobody
            await asyncio.sleep(0.001)
    following.cancel()
