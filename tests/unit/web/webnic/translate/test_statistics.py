"""Counts come out under the words of the order status, which add up to the total."""

from __future__ import annotations

from datetime import UTC

import msgspec
import pytest

from certwright.domain.ids import ProductKey
from certwright.domain.product import Catalogue
from certwright.domain.statistics import MonthCount, OrderStatistics
from certwright.domain.status import OrderStatus
from certwright.web.webnic.translate.faults import InvalidParameters
from certwright.web.webnic.translate.statistics import month_statistics, parse_year, statistics_answer

NO_PRODUCTS = Catalogue(currency="USD", products=())
SUMS = {"total", "totalActive", "totalExpiring", "totalExpiring30", "totalExpiring60", "totalExpiring90"}


def test_every_status_is_counted_once() -> None:
    counted = OrderStatistics(
        by_status={status: 2**number for number, status in enumerate(OrderStatus)},
        by_product={ProductKey("b"): 1, ProductKey("a"): 2},
        expiring={30: 1, 60: 2, 90: 3},
    )
    answer = msgspec.to_builtins(statistics_answer(counted, NO_PRODUCTS))
    products = answer.pop("products")
    assert sum(count for name, count in answer.items() if name not in SUMS) == answer["total"] == 2**12 - 1
    assert answer["totalInitial"] == 0b11  # needs_approval and needs_csr
    assert answer["totalActive"] == answer["totalCompleted"] + answer["totalPendingReissue"]
    assert answer["totalExpiring"] == answer["totalExpiring30"] == 1
    assert products == [
        {"productKey": "a", "product": "a", "total": 2},
        {"productKey": "b", "product": "b", "total": 1},
    ]


def test_month() -> None:
    counts = {OrderStatus.NEEDS_CSR: 1, OrderStatus.NEEDS_APPROVAL: 2, OrderStatus.ISSUED: 3}
    answer = month_statistics(MonthCount(year=2026, month=3, by_status=counts))
    assert (answer.month, answer.total) == ("2026-03", 6)
    assert answer.order_statuses == {"completed": 3, "initial": 3}


def test_year() -> None:
    assert parse_year(None) is None
    assert parse_year("") is None
    last = parse_year("2026")
    assert last is not None
    assert last.astimezone(UTC).isoformat() == "2026-11-30T16:00:00+00:00"
    for text in ("26", "1999", "2100", "twenty", "-2026", "٢٠٢٦", "9" * 5000):
        with pytest.raises(InvalidParameters):
            parse_year(text)
