"""The status change list as it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from certwright.domain.query import Between, Condition, OrderField, SortKey
from certwright.web.digicert.schemas.answers import StatusChange, StatusChanges
from certwright.web.digicert.translate.words import STATUS_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from certwright.domain.order import Order
    from certwright.domain.query import ChangedOrder, OrderSummary
    from certwright.web.digicert.translate.time_frames import TimeFrame

HIGHEST_ID_FIRST = (SortKey(field=OrderField.ID, descending=True),)
"""The order of the manual's example."""


def status_changes(changed: Iterable[Order | OrderSummary]) -> StatusChanges:
    """Tell which orders changed and where they stand now."""
    return StatusChanges(orders=rows(changed) or UNSET)


def rows(changed: Iterable[Order | OrderSummary | ChangedOrder]) -> list[StatusChange]:
    """Tell of each order that changed where it stands now."""
    return [StatusChange(order.id, order.certificate_id, STATUS_WORDS[order.status]) for order in changed]


def changed_within(frame: TimeFrame) -> Condition:
    """Return the condition that an order's last change lies in a frame."""
    return Condition(OrderField.STATUS_CHANGED_AT, Between(low=frame.start, high=frame.end))
