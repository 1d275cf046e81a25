"""The status change list as it is told."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from certwright.domain.query import Between, Condition, OrderField
from certwright.domain.status import OrderStatus
from certwright.web.digicert.translate.status_changes import changed_within, status_changes
from certwright.web.digicert.translate.time_frames import TimeFrame
from tests.support.book import order
from tests.support.clock import NOON


def test_no_rows_is_an_empty_object() -> None:
    assert msgspec.json.encode(status_changes([])) == b"{}"


def test_rows_keep_their_order_and_tell_the_present_status() -> None:
    orders = [order(2, status=OrderStatus.REFUNDED), order(1, status=OrderStatus.VALIDATING)]
    assert msgspec.to_builtins(status_changes(orders)) == {
        "orders": [
            {"order_id": 2, "certificate_id": orders[0].certificate_id, "status": "canceled"},
            {"order_id": 1, "certificate_id": orders[1].certificate_id, "status": "pending"},
        ]
    }


def test_frame_is_asked_of_the_last_change() -> None:
    frame = TimeFrame(start=NOON, end=NOON + timedelta(days=1))
    assert changed_within(frame) == Condition(
        OrderField.STATUS_CHANGED_AT, Between(low=frame.start, high=frame.end)
    )
