"""Status changes as they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.web.native.schemas.changes import Actor, Change
from certwright.web.native.translate.instants import rfc3339

if TYPE_CHECKING:
    from certwright.domain.change import StatusChange


def change(made: StatusChange) -> Change:
    """Tell of a change."""
    return Change(
        sequence=made.sequence,
        order_id=made.order_id,
        certificate_id=made.certificate_id,
        action=made.action.value,
        from_status=made.from_status.value if made.from_status else None,
        to_status=made.to_status.value,
        reason=made.reason,
        actor=Actor(kind=made.actor.kind.value, id=made.actor.id),
        changed_at=rfc3339(made.changed_at),
    )
