"""Figures about an account's orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from certwright.domain.ids import ProductKey
    from certwright.domain.status import OrderStatus

EXPIRY_SPANS_DAYS = (30, 60, 90)
"""The spans in which expiring certificates are counted."""


def expiry_ends(at: datetime) -> list[datetime]:
    """Return where each of the spans ends that begin at an instant."""
    return [at + timedelta(days=days) for days in EXPIRY_SPANS_DAYS]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatistics:
    """How many orders there are, exactly.

    ``expiring`` maps each of ``EXPIRY_SPANS_DAYS`` to the issued orders whose current certificate runs out within so
    many days; the spans contain one another.
    """

    by_status: Mapping[OrderStatus, int]
    by_product: Mapping[ProductKey, int]
    expiring: Mapping[int, int]

    @property
    def total(self) -> int:
        """All orders."""
        return sum(self.by_status.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCount:
    """The orders placed in a month of the account's time zone, by what they are now."""

    year: int
    month: int
    by_status: Mapping[OrderStatus, int]

    @property
    def total(self) -> int:
        """All orders of the month."""
        return sum(self.by_status.values())
