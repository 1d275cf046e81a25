"""Figures are counted when they are asked for; months begin at midnight of their zone."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from typing import TYPE_CHECKING

from certwright.domain.status import OrderStatus
from tests.support.orders import issue, place

if TYPE_CHECKING:
    from tests.support.server import Server

S = OrderStatus
DAY = timedelta(days=1)


async def test_orders_by_status_product_and_end(server: Server) -> None:
    await issue(server, certificate_days=45)
    await issue(server, "example.org", certificate_days=10)
    await place(server, product="ssl123")
    figures = await server.program.use.statistics.orders(await server.caller())
    assert figures.total == 3
    assert figures.by_status == {S.ISSUED: 2, S.PENDING: 1}
    assert figures.by_product == {"positivessl-multi-domain": 2, "ssl123": 1}
    assert figures.expiring == {30: 1, 60: 2, 90: 2}


async def test_twelve_months_end_with_the_present_one(server: Server) -> None:
    await place(server)
    use, caller = server.program.use.statistics, await server.caller()
    server.clock.advance(40 * DAY)
    await place(server)
    months = await use.months(caller, UTC)
    assert [(month.year, month.month) for month in months] == [
        *((2026, number) for number in range(2, 13)),
        (2027, 1),
    ]
    assert [month.total for month in months] == [0] * 9 + [1, 0, 1]
    earlier = await use.months(caller, UTC, last=server.clock.now() - 40 * DAY)
    assert [(month.year, month.month, month.total) for month in earlier[-2:]] == [
        (2026, 10, 0),
        (2026, 11, 1),
    ]


async def test_month_begins_at_midnight_of_the_zone(server: Server) -> None:
    server.clock.advance(server.clock.now().replace(day=30, hour=20) - server.clock.now())
    await place(server)
    use, caller = server.program.use.statistics, await server.caller()
    east = timezone(timedelta(hours=8))
    assert [month.total for month in (await use.months(caller, UTC))[-1:]] == [1]
    (november, december) = (await use.months(caller, east))[-2:]
    assert (november.month, november.total, december.month, december.total) == (11, 0, 12, 1)
