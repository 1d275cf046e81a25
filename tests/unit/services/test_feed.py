"""What changed, as rows of orders and as the history of one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.status import Action
from tests.support.orders import NAME, place, script_caa, script_probe

if TYPE_CHECKING:
    from tests.support.server import Server


async def test_order_stands_in_the_list_at_its_last_change(server: Server) -> None:
    use, caller = server.program.use.feed, await server.caller()
    begun = server.clock.now()
    first = await place(server)
    second = await place(server)
    assert [row.order.id for row in await use.changed_orders(caller, begun, begun)] == [
        second.order.id,
        first.order.id,
    ]

    server.clock.advance(timedelta(minutes=5))
    await server.program.use.ordering.cancel(caller, first.order.id)
    later = server.clock.now()
    assert [row.order.id for row in await use.changed_orders(caller, begun, begun)] == [second.order.id]
    (row,) = await use.changed_orders(caller, later, later)
    assert (row.order.id, row.changed_at) == (first.order.id, later)
    both = await use.changed_orders(caller, begun, later, offset=1, limit=5)
    assert [row.order.id for row in both] == [first.order.id]


async def test_history_is_whole_and_in_order(server: Server) -> None:
    script_probe(server, NAME)
    script_caa(server)
    view = await place(server)
    await server.work()
    history = await server.program.use.feed.history(await server.caller(), view.order.id)
    assert [change.action for change in history] == [Action.PLACE, Action.SUBMIT, Action.ISSUE]
    assert [change.sequence for change in history] == [1, 2, 3]
    assert [str(change.actor) for change in history] == [f"key:{view.order.placed_by}", "worker", "ca"]
    assert all(change.reason for change in history)
