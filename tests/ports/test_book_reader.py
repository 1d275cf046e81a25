"""The book as an index reads it: every searchable change moves its state, and reading what changed brings a copy up to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.certificate import CertificateStatus
from certwright.domain.change import WORKER
from certwright.domain.ids import OrderId
from certwright.domain.query import Condition, Contains, OneOf, OrderField, OrderQuery
from certwright.domain.status import Action
from certwright.services.ports import BookState
from certwright.store.book_reader import SQLBookReader
from certwright.store.engine import to_stored
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts, add_order, issued, names, order
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.domain.order import Order
    from certwright.services.ports import IndexedOrder
    from certwright.store.unit_of_work import SQLStore
    from tests.support.stores import OpenStore

START = BookState()


async def edit(store: SQLStore, edited: Order) -> None:
    async with store.writing() as work:
        await work.orders.save(edited)


async def scanned(reader: SQLBookReader, batch: int) -> list[IndexedOrder]:
    return [row async for part in reader.scan(ACCOUNT, batch) for row in part]


async def test_the_searchable_values_of_an_order(opened: OpenStore) -> None:
    reader = SQLBookReader(opened.engine)
    await add_accounts(opened.store)
    asked = order(names=names("b.example", "a.example", "c.example"), organization_id=None, term_years=2)
    stored = await add_order(opened.store, asked, issued(asked))

    (row,) = (await reader.changed_since(ACCOUNT, START, 10)).orders

    assert (row.id, row.created_at, row.status) == (stored.id, to_stored(NOON), stored.status)
    assert (row.common_name, row.other_names) == ("b.example", ("a.example", "c.example"))
    assert row.not_after == to_stored(issued(asked).not_after or NOON)
    assert (row.organization_id, row.term_years, row.is_renewed, row.is_revoked) == (None, 2, 0, 0)
    assert await scanned(reader, 1) == [row]

    alone = order(7)
    await add_order(opened.store, alone, issued(alone, "FF", status=CertificateStatus.REVOKED))
    assert [row.is_revoked for row in await scanned(reader, 9)] == [1, 0]


async def test_a_change_and_an_edit_each_move_the_state(opened: OpenStore) -> None:
    reader, store = SQLBookReader(opened.engine), opened.store
    await add_accounts(store)
    stored = await add_order(store, order())
    assert await reader.state(ACCOUNT) == BookState(1, 0)

    await edit(store, replace(stored, renewed_by_order_id=OrderId(7)))
    assert await reader.state(ACCOUNT) == BookState(1, 1)
    changes = await reader.changed_since(ACCOUNT, BookState(1, 0), 10)
    assert ([row.is_renewed for row in changes.orders], changes.state, changes.is_all) == (
        [1],
        BookState(1, 1),
        True,
    )
    assert await reader.state(OTHER_ACCOUNT) == START
    assert (await reader.changed_since(OTHER_ACCOUNT, START, 10)).orders == ()


async def test_what_changed_is_read_in_parts(opened: OpenStore) -> None:
    reader, store = SQLBookReader(opened.engine), opened.store
    await add_accounts(store)
    for number in range(1, 6):
        await add_order(store, order(number))
    state, seen = START, []
    while True:
        changes = await reader.changed_since(ACCOUNT, state, 2)
        seen.append([row.id for row in changes.orders])
        state = changes.state
        if changes.is_all:
            break

    assert seen == [[1, 2], [3, 4], [5]]
    assert state == BookState(5, 0)


async def test_a_scan_follows_creation_over_all_batches(opened: OpenStore) -> None:
    reader, store = SQLBookReader(opened.engine), opened.store
    await add_accounts(store)
    for number, minutes in ((1, 5), (2, 3), (3, 5), (4, 1)):
        await add_order(store, order(number, created_at=NOON + timedelta(minutes=minutes)))
    await add_order(store, order(9, account_id=OTHER_ACCOUNT))

    for batch in (1, 2, 4, 10):
        assert [row.id for row in await scanned(reader, batch)] == [4, 2, 1, 3]


async def test_a_page_comes_in_the_order_asked_for_with_the_state(opened: OpenStore) -> None:
    reader, store = SQLBookReader(opened.engine), opened.store
    await add_accounts(store)
    for number in (1, 2, 3):
        await add_order(store, order(number))
    foreign = await add_order(store, order(9, account_id=OTHER_ACCOUNT))

    ids, state = [OrderId(3), foreign.id, OrderId(1), OrderId(77)], BookState(3, 0)
    page = await reader.page(ACCOUNT, ids, state)
    assert ([found.id for found in page.items], page.state) == ([3, 1], BookState(3, 0))
    in_full = await reader.full_page(ACCOUNT, ids, state)
    assert ([found.order.id for found in in_full.items], in_full.state) == ([3, 1], BookState(3, 0))
    empty = await reader.page(ACCOUNT, [], state)
    assert (empty.items, empty.state) == ((), BookState(3, 0))


async def test_a_page_is_read_at_the_state_that_was_asked_for_or_not_at_all(opened: OpenStore) -> None:
    reader = SQLBookReader(opened.engine)
    await add_accounts(opened.store)
    await add_order(opened.store, order(1))
    for read in (reader.page, reader.full_page):
        page = await read(ACCOUNT, [OrderId(1)], START)
        assert (page.items, page.state) == ((), BookState(1, 0))


async def test_a_page_longer_than_a_statement(opened: OpenStore) -> None:
    reader, store = SQLBookReader(opened.engine), opened.store
    await add_accounts(store)
    for number in (1, 2, 3):
        await add_order(store, order(number))

    wanted = [OrderId(3), *(OrderId(number) for number in range(1000, 2100)), OrderId(2)]
    page = await reader.page(ACCOUNT, wanted, BookState(3, 0))
    assert [found.id for found in page.items] == [3, 2]


async def test_large_books_are_those_with_enough_orders(opened: OpenStore) -> None:
    reader, store = SQLBookReader(opened.engine), opened.store
    await add_accounts(store)
    for number in (1, 2, 3):
        await add_order(store, order(number))
    await add_order(store, order(9, account_id=OTHER_ACCOUNT))

    assert await reader.large_books(1) == [ACCOUNT, OTHER_ACCOUNT]
    assert await reader.large_books(3) == [ACCOUNT]
    assert await reader.large_books(4) == []


async def test_a_reissued_order_is_found_by_its_new_names_only(store: SQLStore) -> None:
    await add_accounts(store)
    stored = await add_order(store, order(names=names("old.example")))
    async with store.writing() as work:
        for action in (Action.SUBMIT, Action.ISSUE):
            now = await work.orders.get(ACCOUNT, stored.id)
            await work.orders.record(now.apply(action, actor=WORKER, reason="", at=NOON))
        now = await work.orders.get(ACCOUNT, stored.id)
        asked = replace(now, names=names("new.example", "more.example"))
        await work.orders.record(asked.apply(Action.REISSUE, actor=WORKER, reason="", at=NOON))

    async def found(test: Contains | OneOf) -> int:
        query = OrderQuery(account_id=ACCOUNT, conditions=(Condition(OrderField.NAME, test),))
        async with store.reading() as work:
            return (await work.search.search(query)).total

    assert await found(OneOf(("old.example",))) == 0
    assert await found(OneOf(("more.example",))) == 1
    assert await found(Contains("new.")) == 1
