"""When an index is believed, and when the store answers instead."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.errors import InvalidInput, LimitExceeded
from certwright.domain.ids import OrderId
from certwright.domain.query import Condition, Contains, OneOf, OrderField, OrderQuery
from certwright.search.router import Router
from certwright.store.book_reader import SQLBookReader
from certwright.store.change_signal import SQLChangeSignal
from certwright.store.unit_of_work import SQLStore
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts, add_order, order
from tests.support.indexes import Indexes, wire_indexes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.stores import OpenStore

ALL = OrderQuery(account_id=ACCOUNT, limit=10)


@pytest.fixture
async def indexes(opened: OpenStore, tmp_path: Path) -> Indexes:
    await add_accounts(opened.store)
    for number in (1, 2, 3):
        await add_order(opened.store, order(number))
    await add_order(opened.store, order(9, account_id=OTHER_ACCOUNT))
    made = wire_indexes(opened.engine, opened.store, tmp_path / "indexes", threshold=2)
    await made.keeper.look_after()
    return made


class RestlessReader(SQLBookReader):
    """Reads a book that somebody adds to before every page and every state."""

    opened: OpenStore
    number = 1000

    async def page(self, *arguments: Any) -> Any:
        await self._add()
        return await super().page(*arguments)

    async def state(self, *arguments: Any) -> Any:
        await self._add()
        return await super().state(*arguments)

    async def _add(self) -> None:
        self.number += 1
        await add_order(self.opened.store, order(self.number))


async def test_a_large_book_is_answered_by_its_index_and_a_small_one_by_the_store(indexes: Indexes) -> None:
    assert [item.id for item in (await indexes.router.search(ALL)).items] == [3, 2, 1]
    assert indexes.router.answers == {"index": 1}
    small = OrderQuery(account_id=OTHER_ACCOUNT, limit=10)
    assert [item.id for item in (await indexes.router.search(small)).items] == [9]
    assert (await indexes.router.count_orders(OTHER_ACCOUNT, order().created_at)).total == 1
    assert indexes.router.answers == {"index": 1, "store": 2}


async def test_a_book_that_never_rests_is_left_to_the_store(opened: OpenStore, indexes: Indexes) -> None:
    reader = RestlessReader(opened.engine)
    reader.opened = opened
    router = Router(indexes.shelf, reader, indexes.store)
    before = 3
    for ask in (
        lambda: router.search(ALL),
        lambda: router.count_orders(ACCOUNT, order().created_at),
    ):
        assert (await ask()).total > before
        before = reader.number - 1000 + 3
    assert router.answers == {"store": 2}


class CountingReader(SQLBookReader):
    """Counts the pages that are read."""

    pages = 0

    async def page(self, *arguments: Any) -> Any:
        self.pages += 1
        return await super().page(*arguments)


async def test_behind_a_write_of_this_process_a_page_is_read_once(
    opened: OpenStore, indexes: Indexes
) -> None:
    signal, reader = SQLChangeSignal(opened.engine), CountingReader(opened.engine)
    store = SQLStore(opened.engine, on_changes=signal.note)
    told = Router(indexes.shelf, reader, indexes.store, end_of=signal.end_of)
    for number in (4, 5, 6):
        await add_order(store, order(number))
        assert (await told.search(ALL)).total == number
    assert reader.pages == 3
    # What another process wrote is found out by a look at what was touched; the page is read after it.
    await add_order(opened.store, order(7))
    assert (await told.search(ALL)).total == 7
    assert reader.pages == 4


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        (OrderQuery(account_id=ACCOUNT), None),
        (OrderQuery(account_id=ACCOUNT, limit=20_000), None),
        (
            OrderQuery(
                account_id=ACCOUNT,
                conditions=(Condition(OrderField.PLACED_BY, OneOf(tuple(range(2000)))),),
                limit=1,
            ),
            None,
        ),
        (
            OrderQuery(
                account_id=ACCOUNT,
                conditions=(Condition(OrderField.PLACED_BY, OneOf(tuple(range(40_000)))),),
                limit=1,
            ),
            LimitExceeded,
        ),
        (
            OrderQuery(
                account_id=ACCOUNT, conditions=(Condition(OrderField.NAME, Contains("a\0")),), limit=1
            ),
            InvalidInput,
        ),
        (
            OrderQuery(
                account_id=ACCOUNT, conditions=(Condition(OrderField.NAME, Contains("\ud800")),), limit=1
            ),
            InvalidInput,
        ),
    ],
    ids=["no limit", "long page", "many values", "too many values", "unstorable", "half a character"],
)
async def test_unusual_questions_are_the_stores(
    indexes: Indexes, query: OrderQuery, refused: type[Exception] | None
) -> None:
    if refused:
        with pytest.raises(refused):
            await indexes.router.search(query)
    else:
        assert await indexes.router.search(query) == await indexes.store.search(query)
    assert indexes.router.answers == {"store": 1}


async def test_an_index_that_names_what_is_not_there_is_not_believed(
    indexes: Indexes, caplog: pytest.LogCaptureFixture
) -> None:
    index = indexes.shelf.find(ACCOUNT)
    assert index is not None
    (held,) = (await indexes.reader.changed_since(ACCOUNT, type(index.state)(), 1)).orders
    index.apply([held._replace(id=77)], index.state)
    with caplog.at_level(logging.ERROR):
        page = await indexes.router.search(ALL)
    assert ([item.id for item in page.items], page.total) == ([OrderId(3), OrderId(2), OrderId(1)], 3)
    assert "not in its book" in caplog.text
