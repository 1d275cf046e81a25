"""Order Statistics and Order Graph Statistics."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from certwright.domain.status import OrderStatus
from certwright.web.webnic.schemas.statistics import MonthStatistics, ProductCount, StatisticsAnswer
from certwright.web.webnic.translate.faults import invalid_parameter
from certwright.web.webnic.translate.instants import ZONE
from certwright.web.webnic.translate.statuses import status_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certwright.domain.product import Catalogue
    from certwright.domain.statistics import MonthCount, OrderStatistics

_YEARS = range(2000, 2100)
_DECEMBER = 12


def statistics_answer(counted: OrderStatistics, catalogue: Catalogue) -> StatisticsAnswer:
    """Write the counts of an account's orders."""
    by_word = _by_word(counted.by_status)
    within_30, within_60, within_90 = (counted.expiring[days] for days in (30, 60, 90))
    return StatisticsAnswer(
        total=counted.total,
        total_initial=by_word.get("initial", 0),
        total_pending=by_word.get("pending", 0),
        total_in_process=by_word.get("in_process", 0),
        total_processed=by_word.get("processed", 0),
        total_completed=by_word.get("completed", 0),
        total_pending_reissue=by_word.get("pending_reissue", 0),
        total_rejected=by_word.get("rejected", 0),
        total_cancelled=by_word.get("cancelled", 0),
        total_refunded=by_word.get("refunded", 0),
        total_revoked=by_word.get("revoked", 0),
        total_expired=by_word.get("expired", 0),
        total_active=counted.by_status.get(OrderStatus.ISSUED, 0)
        + counted.by_status.get(OrderStatus.REISSUE_PENDING, 0),
        total_expiring=within_30,
        total_expiring30=within_30,
        total_expiring60=within_60,
        total_expiring90=within_90,
        products=[
            ProductCount(product_key=key, product=catalogue.get_ordered(key).name, total=total)
            for key, total in sorted(counted.by_product.items())
        ],
    )


def month_statistics(counted: MonthCount) -> MonthStatistics:
    """Write the counts of a month."""
    return MonthStatistics(
        month=f"{counted.year}-{counted.month:02}",
        total=counted.total,
        order_statuses=dict(sorted(_by_word(counted.by_status).items())),
    )


def parse_year(text: str | None) -> datetime | None:
    """Read which year is asked for, as an instant of its last month; ``None`` asks for the months up to now.

    Raises:
        InvalidParameters: it is no year of this century.
    """
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:5]) in _YEARS):
        raise invalid_parameter("year", f"must be a year from {_YEARS[0]} to {_YEARS[-1]}")
    return datetime(int(text), _DECEMBER, 1, tzinfo=ZONE)


def _by_word(counts: Mapping[OrderStatus, int]) -> dict[str, int]:
    """Add up the statuses that are shown under the same ``orderStatus``."""
    found: dict[str, int] = {}
    for status, count in counts.items():
        word = status_words(status).order
        found[word] = found.get(word, 0) + count
    return found
