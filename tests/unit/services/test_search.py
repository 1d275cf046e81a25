"""Searches see one account, whole; what they find is the matter of tests/ports/test_order_search.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.query import OrderQuery
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
