"""Status changes as they are told, one by one, in pages and as server-sent events."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from certwright.domain.errors import InvalidInput
from certwright.web.native.schemas.changes import Actor, Change, Changes
from certwright.web.native.translate.instants import rfc3339

if TYPE_CHECKING:
    from certwright.domain.change import StatusChange
    from certwright.domain.query import ChangePage

_EVENT_ID = re.compile(r"[0-9]{1,18}\Z")

_HEARTBEAT = b": nothing yet\n\n"


def parse_cursor(text: str) -> int | None:
    """Return the cursor that a query names; ``None`` for the end of the log, wherever that is."""
    return None if text == "latest" else int(text)


def parse_last_event_id(text: str) -> int:
    """Return the cursor that a stream is to be taken up at.

    Raises:
        InvalidInput: it is no id of our events.
    """
    if not _EVENT_ID.match(text):
        raise InvalidInput.for_field("Last-Event-ID", "It is not the id of an event of this stream")
    return int(text)


def changes(page: ChangePage) -> Changes:
    """Tell a part of the log."""
    made = [change(each.change) for each in page.items]
    return Changes(changes=made, cursor=page.cursor, has_more=page.has_more)


def first_event(cursor: int, *, retry_after: timedelta) -> bytes:
    """Begin a stream: tell the client where it stands, so that it is taken up there even if nothing happens before."""
    return f"retry: {retry_after // timedelta(milliseconds=1)}\n".encode() + _position(cursor)


def events(page: ChangePage, *, after: int) -> bytes:
    """Tell a part of the log as server-sent events; a page without changes is a comment, for the line to be seen alive.

    A cursor that has passed over what the client may not see is told too: an id without data is no event, and yet the
    place at which the client takes the stream up.
    """
    told = b"".join(_event(each.change) for each in page.items) or _HEARTBEAT
    seen = page.items[-1].change.sequence if page.items else after
    return told + (b"" if seen == page.cursor else _position(page.cursor))


def _event(made: StatusChange) -> bytes:
    # JSON has no line breaks of its own, so that one line of data is enough.
    return b"id: %d\nevent: status_change\ndata: %b\n\n" % (made.sequence, msgspec.json.encode(change(made)))


def _position(cursor: int) -> bytes:
    return b"id: %d\n\n" % cursor


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
