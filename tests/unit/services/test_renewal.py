"""Renewals: in their window alone, once, with what is left of the old order's time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import RenewalObstacle, RenewalRefused
from certwright.domain.status import OrderStatus
from certwright.services.renewal import check_renewal, is_renewable, renewal_end
from tests.support.book import issued, order
from tests.support.catalogue import CATALOGUE
from tests.support.clock import NOON
from tests.support.orders import issue, new_order, place, show

if TYPE_CHECKING:
    from tests.support.server import Server

DAY = timedelta(days=1)
S = OrderStatus
PRODUCT = CATALOGUE.get("ssl123")
END = NOON + 365 * DAY


@pytest.mark.parametrize(
    ("before_end", "obstacle"),
    [
        (timedelta(days=90, seconds=1), RenewalObstacle.TOO_EARLY),
        (90 * DAY, None),
        (-30 * DAY, None),
        (-timedelta(days=30, seconds=1), RenewalObstacle.TOO_LATE),
    ],
)
def test_window_opens_ninety_days_before_the_end_and_shuts_thirty_behind(
    before_end: timedelta, obstacle: RenewalObstacle | None
) -> None:
    old = order(status=S.ISSUED, expires_at=END)
    assert is_renewable(old, issued(old), PRODUCT, END - before_end) is (obstacle is None)
    if obstacle is not None:
        with pytest.raises(RenewalRefused) as refused:
            check_renewal(old, PRODUCT, END, END - before_end)
        assert refused.value.obstacle is obstacle


@pytest.mark.parametrize("status", OrderStatus)
def test_only_orders_that_had_a_certificate_are_renewed(status: OrderStatus) -> None:
    old = order(status=status, expires_at=END)
    assert is_renewable(old, issued(old, not_after=END), PRODUCT, END) is (status in {S.ISSUED, S.EXPIRED})


def test_retired_product_is_not_renewed() -> None:
    old = order(status=S.ISSUED, expires_at=END)
    assert not is_renewable(old, issued(old), replace(PRODUCT, retired=True), END)


def test_expired_order_ended_with_its_certificate() -> None:
    ended = NOON + 90 * DAY
    for status, end in ((S.ISSUED, END), (S.EXPIRED, ended)):
        old = order(status=status, expires_at=END)
        assert renewal_end(old, issued(old, not_after=ended)) == end


async def test_days_left_of_the_old_order_are_kept(each_server: Server) -> None:
    server = each_server
    old = await issue(server)
    server.clock.advance(old.order.expires_at - server.clock.now() - 40 * DAY)
    new = await place(server, renewal_of_order_id=old.order.id)
    assert new.order.expires_at == server.clock.now().replace(year=server.clock.now().year + 1) + 40 * DAY
    assert (await show(server, old.order)).order.renewed_by_order_id == new.order.id
    with pytest.raises(RenewalRefused) as again:
        await place(server, renewal_of_order_id=old.order.id)
    assert again.value.obstacle is RenewalObstacle.RENEWED_ALREADY


async def test_product_may_keep_no_days(server: Server) -> None:
    old = await issue(server)
    server.clock.advance(old.order.expires_at - server.clock.now() - 40 * DAY)
    new = new_order(server, renewal_of_order_id=old.order.id)
    strict = replace(new, product=replace(new.product, keep_remaining_days=False))
    view = await server.program.use.ordering.place(await server.caller(), strict)
    assert view.order.expires_at == server.clock.now().replace(year=server.clock.now().year + 1)


@pytest.mark.parametrize("end", ["cancel", "lapse"])
async def test_renewal_that_ends_frees_the_old_order(server: Server, end: str) -> None:
    old = await issue(server, order_days=190)
    server.clock.advance(old.order.expires_at - server.clock.now() - 40 * DAY)
    first = await place(server, "new.example.net", renewal_of_order_id=old.order.id)
    if end == "cancel":
        await server.program.use.ordering.cancel(await server.caller(), first.order.id)
    else:
        server.clock.advance(31 * DAY)
    await server.work()
    shown = await show(server, old.order)
    assert (shown.order.renewed_by_order_id, shown.is_renewable) == (None, True)
    second = await place(server, renewal_of_order_id=old.order.id)
    assert (await show(server, old.order)).order.renewed_by_order_id == second.order.id
