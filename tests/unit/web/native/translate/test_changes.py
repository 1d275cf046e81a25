"""A status change is told whole."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from certwright.domain.order import place
from certwright.web.native.translate.changes import change
from tests.support.book import KEY, order


def test_change_has_all_that_the_log_knows() -> None:
    placed = place(order(), actor=KEY, reason="Waits").change
    assert msgspec.to_builtins(change(replace(placed, sequence=7))) == {
        "sequence": 7,
        "order_id": 100_001,
        "certificate_id": placed.certificate_id,
        "action": "place",
        "from_status": None,
        "to_status": "pending",
        "reason": "Waits",
        "actor": {"kind": "key", "id": "1001"},
        "changed_at": "2026-11-22T12:00:00.000000Z",
    }
