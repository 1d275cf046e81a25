"""Searches see one account, whole; what they find is the matter of tests/ports/test_order_search.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from certwright.domain.query import OrderField, OrderQuery, SortKey
from certwright.search.store_answers import StoreAnswers
from certwright.services.search import Search
from tests.support.orders import place

if TYPE_CHECKING:
    from tests.support.server import Server


async def test_search_sees_the_orders_of_its_account(server: Server) -> None:
    views = [await place(server) for _ in range(3)]
    search = server.program.use.search.search
    query = OrderQuery(account_id=server.account.account.id, limit=2)
    page = await search(query)
    assert [item.id for item in page.items] == [view.order.id for view in views[:0:-1]]
    assert page.total == 3
    in_full = await server.program.use.search.search_in_full(query)
    assert [item.order for item in in_full.items] == [view.order for view in views[:0:-1]]
    assert [item.certificate for item in in_full.items] == [view.certificate for view in views[:0:-1]]
    assert (await search(OrderQuery(account_id=server.other.account.id))).total == 0


@pytest.mark.parametrize("descending", [True, False])
async def test_long_list_is_read_some_at_a_time(server: Server, descending: bool) -> None:
    ids = sorted([(await place(server)).order.id for _ in range(5)], reverse=descending)
    search = Search(StoreAnswers(server.program.store), read_ahead=2)
    by_id = (SortKey(field=OrderField.ID, descending=descending),)
    query = OrderQuery(account_id=server.account.account.id, sort=by_id)
    assert [[item.id for item in items] async for items in search.read_all(query)] == [
        ids[:2],
        ids[2:4],
        ids[4:],
    ]
    query = OrderQuery(account_id=server.account.account.id, sort=by_id, offset=3)
    assert [[item.id for item in items] async for items in search.read_all(query)] == [ids[3:]]


async def test_list_in_another_order_comes_at_once(server: Server) -> None:
    ids = [(await place(server)).order.id for _ in range(3)]
    search = Search(StoreAnswers(server.program.store), read_ahead=2)
    query = OrderQuery(account_id=server.account.account.id)
    assert [[item.id for item in items] async for items in search.read_all(query)] == [ids[::-1]]
    assert [items async for items in search.read_all(OrderQuery(account_id=server.other.account.id))] == []
