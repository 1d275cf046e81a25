"""The change feed."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

MOST_CHANGES = 1000
LONGEST_WAIT_SECONDS = 60

Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339 in UTC, always with six places of a second, so that texts sort as the instants do."""


class Actor(Struct, frozen=True, kw_only=True):
    """Who made a change: ``key`` with the key's id, ``applicant`` with an address, ``operator``, ``worker`` or ``ca``."""

    kind: str
    id: str


class Change(Struct, frozen=True, kw_only=True):
    """One status change; ``from_status`` is null where an order is placed."""

    sequence: int
    order_id: int
    certificate_id: int
    action: str
    from_status: str | None
    to_status: str
    reason: str
    actor: Actor
    changed_at: Instant


class ChangesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to read on, and how long to wait there."""

    after: Annotated[
        str,
        Meta(
            pattern="^(latest|[0-9]{1,18})$",
            description=(
                "The cursor of the last answer, to get what is behind it; 0, or nothing at all, for the beginning of "
                "the log; latest for its end."
            ),
        ),
    ] = "0"
    limit: Annotated[
        int,
        Meta(ge=1, le=MOST_CHANGES, description="The most changes of an answer; streams have no use for it."),
    ] = 100
    wait: Annotated[
        int,
        Meta(
            ge=0,
            le=LONGEST_WAIT_SECONDS,
            description="How many seconds to wait for a change where there is none yet; streams have no use for it.",
        ),
    ] = 0


class Changes(Struct, frozen=True, kw_only=True):
    """A part of the log; ``cursor`` is what to send as ``after`` to get what is behind it.

    With ``has_more`` there is something behind it now, whether or not ``changes`` is full.
    """

    changes: list[Change]
    cursor: int
    has_more: bool


class History(Struct, frozen=True, kw_only=True):
    """All changes of one order, oldest first."""

    changes: list[Change]
