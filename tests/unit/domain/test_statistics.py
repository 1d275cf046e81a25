"""Totals are the sums of their parts."""

from __future__ import annotations

from certwright.domain.ids import ProductKey
from certwright.domain.statistics import MonthCount, OrderStatistics
from certwright.domain.status import OrderStatus

BY_STATUS = {OrderStatus.ISSUED: 3, OrderStatus.PENDING: 2}


def test_total_counts_every_status() -> None:
    figures = OrderStatistics(by_status=BY_STATUS, by_product={ProductKey("ssl123"): 5}, expiring={30: 1})
    assert figures.total == 5
    assert MonthCount(year=2026, month=11, by_status=BY_STATUS).total == 5
    assert MonthCount(year=2026, month=12, by_status={}).total == 0
