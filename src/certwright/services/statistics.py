"""Figures about an account's orders, counted when they are asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from certwright.domain.statistics import EXPIRY_SPANS_DAYS, MonthCount, OrderStatistics

if TYPE_CHECKING:
    from datetime import tzinfo

    from certwright.domain.account import Caller
    from certwright.services.ports import Clock, Store

_MONTHS = 12


class Statistics:
    """Counts orders."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def orders(self, caller: Caller) -> OrderStatistics:
        """Count the account's orders by status, by product and by how soon their certificates run out."""
        now = self._clock.now()
        ends = [now + timedelta(days=days) for days in EXPIRY_SPANS_DAYS]
        async with self._store.reading() as work:
            expiring = await work.statistics.count_expiring(caller.account_id, now, ends)
            return OrderStatistics(
                by_status=await work.statistics.count_by_status(caller.account_id),
                by_product=await work.statistics.count_by_product(caller.account_id),
                expiring=dict(zip(EXPIRY_SPANS_DAYS, expiring, strict=True)),
            )

    async def months(self, caller: Caller, zone: tzinfo, *, last: datetime | None = None) -> list[MonthCount]:
        """Count the orders placed in each of the twelve months that end with the present one, oldest first.

        Months begin at midnight in ``zone``. ``last`` names an instant of another last month.
        """
        here = (last or self._clock.now()).astimezone(zone)
        index = here.year * 12 + here.month - 1
        counts = []
        async with self._store.reading() as work:
            for number in range(index - _MONTHS + 1, index + 1):
                start, end = _month_start(number, zone), _month_start(number + 1, zone)
                counts.append(
                    MonthCount(
                        year=number // 12,
                        month=number % 12 + 1,
                        by_status=await work.statistics.count_placed(caller.account_id, start, end),
                    )
                )
        return counts


def _month_start(number: int, zone: tzinfo) -> datetime:
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=zone).astimezone(UTC)
