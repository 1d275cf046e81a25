"""What changed, as rows of orders: one list, however many readings it takes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.services.changed_orders import ChangedOrders
from tests.support.orders import place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from certwright.domain.ids import OrderId
    from certwright.domain.query import ChangedOrder
    from tests.support.server import Server


async def _ids(pages: AsyncIterator[Sequence[ChangedOrder]]) -> list[OrderId]:
    return [row.id async for page in pages for row in page]


async def test_order_stands_in_the_list_at_its_last_change(server: Server) -> None:
    read, caller = server.program.use.changed_orders.read, await server.caller()
    begun = server.clock.now()
    first = await place(server)
    second = await place(server)
    assert await _ids(read(caller, begun, begun)) == [second.order.id, first.order.id]

    server.clock.advance(timedelta(minutes=5))
    await server.program.use.ordering.cancel(caller, first.order.id)
    later = server.clock.now()
    assert await _ids(read(caller, begun, begun)) == [second.order.id]
    ((row,),) = [page async for page in read(caller, later, later)]
    assert (row.id, row.changed_at) == (first.order.id, later)
    assert await _ids(read(caller, begun, later, offset=1, limit=5)) == [first.order.id]
    assert await _ids(read(caller, begun, later, limit=1)) == [second.order.id]


async def test_list_of_many_readings_is_that_of_one(server: Server) -> None:
    caller, begun = await server.caller(), server.clock.now()
    ids = sorted([(await place(server)).order.id for _ in range(5)], reverse=True)
    read = ChangedOrders(server.program.store, read_ahead=2).read
    pages = [[row.id for row in page] async for page in read(caller, begun, begun)]
    assert pages == [ids[:2], ids[2:4], ids[4:]]
    assert await _ids(read(caller, begun, begun, limit=4)) == ids[:4]
    assert await _ids(read(caller, begun, begun, offset=1, limit=3)) == ids[1:4]
    assert await _ids(read(caller, begun, begun, offset=3)) == ids[3:]


async def test_order_that_changes_between_two_readings_stands_there_once_or_not_at_all(
    server: Server,
) -> None:
    caller, begun = await server.caller(), server.clock.now()
    ids = [(await place(server)).order.id for _ in range(6)]
    server.clock.advance(timedelta(minutes=5))
    later, cancel = server.clock.now(), server.program.use.ordering.cancel
    read = ChangedOrders(server.program.store, read_ahead=2).read

    pages = read(caller, begun, begun)
    assert [row.id for row in await anext(pages)] == [ids[5], ids[4]]
    for changed in (ids[5], ids[3]):
        await cancel(caller, changed)
    assert await _ids(pages) == [ids[2], ids[1], ids[0]]

    pages = read(caller, begun, later)
    assert [row.id for row in await anext(pages)] == [ids[5], ids[4]]
    for changed in (ids[4], ids[2]):
        await cancel(caller, changed)
    assert await _ids(pages) == [ids[3], ids[2], ids[1], ids[0]]
