"""One example of each body and answer for the API's description, as values of the schemas themselves."""

from __future__ import annotations

from certwright.web.native.schemas.changes import Actor, Change, Changes, History

PLACED = Change(
    sequence=1,
    order_id=100_001,
    certificate_id=500_001,
    action="place",
    from_status=None,
    to_status="pending",
    reason="Waits for proof of control of every name",
    actor=Actor(kind="key", id="1001"),
    changed_at="2026-11-22T12:00:00.000000Z",
)

CHANGES = Changes(changes=[PLACED], cursor=1, has_more=False)
HISTORY = History(changes=[PLACED])
