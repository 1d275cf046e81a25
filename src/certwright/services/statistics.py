"""Figures about an account's orders, counted when they are asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from certwright.domain.statistics import MonthCount

if TYPE_CHECKING:
    from datetime import tzinfo

    from certwright.domain.account import Caller
    from certwright.domain.statistics import OrderStatistics
    from certwright.services.ports import Clock, OrderFigures

_MONTHS = 12


class Statistics:
    """Counts orders."""

    def __init__(self, figures: OrderFigures, clock: Clock) -> None:
        self._figures = figures
        self._clock = clock

    async def orders(self, caller: Caller) -> OrderStatistics:
        """Count the account's orders by status, by product and by how soon their certificates run out."""
        return await self._figures.count_orders(caller.account_id, self._clock.now())

    async def months(self, caller: Caller, zone: tzinfo, *, last: datetime | None = None) -> list[MonthCount]:
        """Count the orders placed in each of the twelve months that end with the present one, oldest first.

        Months begin at midnight in ``zone``. ``last`` names an instant of another last month.
        """
        here = (last or self._clock.now()).astimezone(zone)
        index = here.year * 12 + here.month - 1
        numbers = range(index - _MONTHS + 1, index + 1)
        starts = [_month_start(number, zone) for number in (*numbers, index + 1)]
        counted = await self._figures.count_placed(caller.account_id, starts)
        return [
            MonthCount(year=number // 12, month=number % 12 + 1, by_status=by_status)
            for number, by_status in zip(numbers, counted, strict=True)
        ]


def _month_start(number: int, zone: tzinfo) -> datetime:
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=zone).astimezone(UTC)
