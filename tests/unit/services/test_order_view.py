"""An order that was just placed is shown as it is read later, and what may be done with it goes by its status."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.account import ApprovalPolicy
from certwright.domain.custom_field import GivenValue
from certwright.domain.dcv import DCVMethod
from certwright.services.annotations import FieldChange
from tests.support.orders import issue, new_order, ordered, organization, place, show

if TYPE_CHECKING:
    from certwright.services.new_order import NewOrder
    from tests.support.server import Server


async def orders_of_all_kinds(server: Server) -> list[NewOrder]:
    """Make orders that differ in what belongs to them."""
    known = await organization(server)
    field = await server.program.use.annotations.add_field(
        await server.caller(), FieldChange(label="Project")
    )
    old = await issue(server, "proved.example.com", order_days=60)
    emailed = (
        *ordered("m.example.net", method=DCVMethod.EMAIL, approver="admin@example.net"),
        *ordered("n.example.net", method=DCVMethod.EMAIL, approver="admin@n.example.net"),
    )
    return [
        new_order(server, "unproved.example"),
        new_order(server, "a.proved.example.com", "*.proved.example.com", "c.example.org"),
        new_order(server, names=emailed),
        new_order(server, names=ordered("w.example", "w.example.org", method=DCVMethod.WEBSITE)),
        new_order(server, "d.example", csr=None),
        new_order(server, "e.example", organization_id=known.id, product="true-businessid"),
        new_order(server, "f.example", organization_id=known.id, product="private_ssl_plus"),
        new_order(server, "g.example", custom_values=(GivenValue(field.id, "4711"),)),
        new_order(server, "proved.example.com", renewal_of_order_id=old.order.id),
    ]


async def test_view_of_a_placed_order_is_what_is_read_later(each_server: Server) -> None:
    server = each_server
    caller, ordering = await server.caller(), server.program.use.ordering
    wishes = await orders_of_all_kinds(server)
    together = await asyncio.gather(*(ordering.place(caller, new) for new in wishes))
    for view in together:
        assert await show(server, view.order) == view


async def test_view_of_an_order_that_waits_for_an_approval_is_what_is_read_later(server: Server) -> None:
    server.account = await server.program.use.accounts.create("Careful", approval=ApprovalPolicy.TWO_STEP)
    view = await place(server)
    assert await show(server, view.order) == view


async def test_what_may_be_done_goes_by_the_status(server: Server) -> None:
    view = await place(server)
    assert (view.is_renewable, view.is_reissuable, view.is_cancelable) == (False, False, True)
    view = await issue(server)
    assert (view.is_renewable, view.is_reissuable, view.is_cancelable) == (False, True, False)
    server.clock.advance(view.order.expires_at - server.clock.now() - timedelta(days=5))
    view = await show(server, view.order)
    assert (view.is_renewable, view.is_reissuable, view.is_cancelable) == (True, True, False)
    server.clock.advance(timedelta(days=5))
    assert not (await show(server, view.order)).is_reissuable
