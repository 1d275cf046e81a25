"""Rows are read again only after somebody touched them, and a page is always that of the state it names."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.ids import OrderId
from certwright.search.remembered import RememberedPages
from certwright.services.ports import BookState
from certwright.store.book_reader import SQLBookReader
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts, add_order, order, summary

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from certwright.domain.order import Order
    from certwright.domain.query import OrderSummary
    from certwright.services.ports import StatedPage
    from certwright.store.unit_of_work import SQLStore
    from tests.support.stores import OpenStore

IDS = [OrderId(number) for number in (3, 1, 2)]


class WatchedReader(SQLBookReader):
    """Counts the pages that it reads, and lets something happen after a page, or a look at what was touched, was read."""

    pages = 0
    after_page: Callable[[], Awaitable[object]] | None = None
    after_look: Callable[[], Awaitable[object]] | None = None

    async def page(self, *arguments: Any) -> Any:
        self.pages += 1
        page = await super().page(*arguments)
        if self.after_page:
            await self.after_page()
        return page

    async def touched_since(self, *arguments: Any) -> Any:
        touched = await super().touched_since(*arguments)
        if self.after_look:
            await self.after_look()
        return touched


@pytest.fixture
async def reader(opened: OpenStore) -> WatchedReader:
    """A book of three orders, and one order in another account."""
    await add_accounts(opened.store)
    for order_id in sorted(IDS):
        await add_order(opened.store, order(order_id))
    await add_order(opened.store, order(9, account_id=OTHER_ACCOUNT))
    return WatchedReader(opened.engine)


async def edit(store: SQLStore, order_id: int, company: str, *, times: int = 1) -> Order:
    async with store.writing() as work:
        stored = await work.orders.get(ACCOUNT, OrderId(order_id))
        edited = replace(stored, details=replace(stored.details, company=company))
        for each in range(times):
            await work.orders.save(replace(edited, version=stored.version + each))
    return edited


async def ask(pages: RememberedPages, reader: SQLBookReader) -> StatedPage[OrderSummary]:
    return await pages.page(ACCOUNT, IDS, await reader.state(ACCOUNT))


async def test_a_page_asked_again_is_not_read_again(opened: OpenStore, reader: WatchedReader) -> None:
    pages = RememberedPages(reader)
    first = await ask(pages, reader)
    assert [item.id for item in first.items] == IDS
    await add_order(opened.store, order(4))
    assert (await ask(pages, reader)).items == first.items
    assert reader.pages == 1


@pytest.mark.parametrize("times", [1, 201], ids=["once", "too often to list it"])
async def test_who_is_touched_is_read_again(opened: OpenStore, reader: WatchedReader, times: int) -> None:
    pages = RememberedPages(reader)
    before = await ask(pages, reader)
    edited = await edit(opened.store, 1, "New", times=times)
    after = await ask(pages, reader)
    assert after.items == (before.items[0], summary(edited), before.items[2])
    assert reader.pages == 2


async def test_a_book_in_another_state_has_no_page(opened: OpenStore, reader: WatchedReader) -> None:
    pages = RememberedPages(reader)
    state = (await ask(pages, reader)).state
    await add_order(opened.store, order(4))
    page = await pages.page(ACCOUNT, IDS, state)
    assert (page.items, page.state) == ((), state._replace(sequence=state.sequence + 1))


async def test_what_was_touched_after_the_look_belongs_to_a_later_state(
    opened: OpenStore, reader: WatchedReader
) -> None:
    pages = RememberedPages(reader)
    before = await ask(pages, reader)
    reader.after_look = lambda: edit(opened.store, 1, "New")
    assert await ask(pages, reader) == before
    reader.after_look = None
    assert (await ask(pages, reader)).items[1].company == "New"


async def test_rows_read_meanwhile_at_a_later_state_are_not_taken_for_this_one(
    opened: OpenStore, reader: WatchedReader
) -> None:
    """While one waits for its look, another finds the order touched, forgets it and reads it anew."""
    pages = RememberedPages(reader)
    state = (await ask(pages, reader)).state

    async def read_anew() -> None:
        reader.after_look = None
        await edit(opened.store, 1, "New")
        pages._books[ACCOUNT].rows.clear()
        pages._remember(ACCOUNT, await reader.page(ACCOUNT, IDS, await reader.state(ACCOUNT)))

    reader.after_look = read_anew
    page = await pages.page(ACCOUNT, IDS, state)
    assert (page.items, page.state.edit) == ((), 1)


async def test_rows_that_somebody_else_reads_meanwhile_are_still_untouched(reader: WatchedReader) -> None:
    """Or readers at the same time would make one another read, on and on."""
    pages = RememberedPages(reader)
    before = await ask(pages, reader)

    async def read_again() -> None:
        pages._remember(ACCOUNT, await reader.page(ACCOUNT, IDS, before.state))

    reader.after_look = read_again
    assert await ask(pages, reader) == before
    assert reader.pages == 2


async def test_a_page_that_comes_late_is_not_remembered(opened: OpenStore, reader: WatchedReader) -> None:
    pages = RememberedPages(reader)

    async def overtake() -> None:
        reader.after_page = None
        await edit(opened.store, 1, "New")
        await ask(pages, reader)

    reader.after_page = overtake
    assert (await ask(pages, reader)).items[1].company == ""
    assert (await ask(pages, reader)).items[1].company == "New"


async def test_accounts_do_not_see_one_anothers_rows(reader: WatchedReader) -> None:
    pages = RememberedPages(reader)
    await ask(pages, reader)
    state = await reader.state(OTHER_ACCOUNT)
    assert (await pages.page(OTHER_ACCOUNT, IDS, state)).items == ()
    assert [item.id for item in (await pages.page(OTHER_ACCOUNT, [OrderId(9)], state)).items] == [9]


async def test_memory_is_bounded(reader: WatchedReader) -> None:
    pages = RememberedPages(reader, most_rows=3)
    state = await reader.state(ACCOUNT)
    for _ in range(3):
        await pages.page(ACCOUNT, IDS[:2], state)
        await pages.page(ACCOUNT, IDS[1:], state)
    assert reader.pages == 6
    assert sum(len(book.rows) for book in pages._books.values()) == 2


async def test_pages_are_of_their_state_among_writers(opened: OpenStore, reader: WatchedReader) -> None:
    """A writer notes what each state of the book holds, and every page that readers get is held against that."""
    pages, writing = RememberedPages(reader), await opened.another()
    first = await ask(pages, reader)
    kept, rows = {first.state: first.items}, {item.id: item for item in first.items}
    is_over = False

    async def write() -> None:
        nonlocal is_over
        for number in range(60):
            edited = await edit(writing, IDS[number % 2], f"Company {number}")
            rows[edited.id] = summary(edited)
            kept[BookState(3, number + 1)] = tuple(rows[order_id] for order_id in IDS)
            await asyncio.sleep(0)
        is_over = True

    seen: list[StatedPage[OrderSummary]] = []

    async def read() -> None:
        while not is_over:
            seen.append(await ask(pages, reader))
            await asyncio.sleep(0)

    await asyncio.gather(write(), *(read() for _ in range(4)))
    answered = [page for page in seen if page.items]
    assert answered
    assert [page for page in answered if page.items != kept[page.state]] == []
