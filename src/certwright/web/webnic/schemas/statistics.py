"""Order Statistics and Order Graph Statistics."""

from __future__ import annotations

from certwright.web.webnic.schemas.wire import Wire


class ProductCount(Wire, frozen=True, kw_only=True):
    """How many orders a product has."""

    product_key: str
    product: str
    total: int


class StatisticsAnswer(Wire, frozen=True, kw_only=True):
    """Counts of the account's orders.

    One count per ``orderStatus``, which add up to ``total``. ``totalActive`` are the orders with a valid certificate,
    ``totalExpiring…`` those of them whose certificate runs out within so many days; ``totalExpiring`` is that of 30.
    """

    total: int
    total_initial: int
    total_pending: int
    total_in_process: int
    total_processed: int
    total_completed: int
    total_pending_reissue: int
    total_rejected: int
    total_cancelled: int
    total_refunded: int
    total_revoked: int
    total_expired: int
    total_active: int
    total_expiring: int
    total_expiring30: int
    total_expiring60: int
    total_expiring90: int
    products: list[ProductCount]


class MonthStatistics(Wire, frozen=True, kw_only=True):
    """The orders placed in a month, and what they are now: one count per ``orderStatus`` that occurs."""

    month: str
    total: int
    order_statuses: dict[str, int]
