"""The change feed."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339 in UTC, always with six places of a second, so that texts sort as the instants do."""


class Actor(Struct, frozen=True, kw_only=True):
    """Who made a change: ``key`` with the key's id, ``applicant`` with an address, ``operator``, ``worker`` or ``ca``."""

    kind: str
    id: str


class Change(Struct, frozen=True, kw_only=True):
    """One status change; ``from`` is null for the placing of an order."""

    sequence: int
    order_id: int
    certificate_id: int
    action: str
    from_status: str | None
    to_status: str
    reason: str
    actor: Actor
    changed_at: Instant


class History(Struct, frozen=True, kw_only=True):
    """All changes of one order, oldest first."""

    changes: list[Change]
