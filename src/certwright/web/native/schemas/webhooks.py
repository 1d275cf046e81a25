"""Webhooks: where status changes are sent, and the attempts to send them."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from certwright.domain.status import Action, OrderStatus
from certwright.domain.subscription import AttemptOutcome, DisabledReason, SubscriptionStatus
from certwright.web.native.schemas.changes import Instant

MOST_DELIVERIES = 1000

_HIGHEST_CURSOR = 2**53 - 1

URL = Annotated[str, Meta(max_length=2000)]
Description = Annotated[str, Meta(max_length=255)]


class Events(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which changes are sent: those with one of the actions, and those to one of the statuses; all, if both are empty."""

    actions: list[Action] = []
    to_statuses: list[OrderStatus] = []


class NewWebhook(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A webhook to be made; ``url`` begins with https:// and leads to a public address."""

    url: URL
    description: Description = ""
    events: Events = Events()
    active: bool = True


class WebhookChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be different about a webhook; what is left out stays."""

    url: URL | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class Webhook(Struct, frozen=True, kw_only=True):
    """A webhook as it stands.

    All changes through ``cursor`` were sent, given up, not asked for, or are held back to be tried again.
    ``failing_since`` is the first failure after the last success. ``key_id`` is the key in whose name it works.
    """

    webhook_id: int
    url: str
    description: str
    events: Events
    status: SubscriptionStatus
    disabled_reason: DisabledReason | None
    failing_since: Instant | None
    cursor: int
    key_id: int
    old_secret_until: Instant | None
    created_at: Instant


class WebhookWithSecret(Webhook, frozen=True, kw_only=True):
    """A webhook with the secret that was just made: it is shown this once."""

    secret: str


class Webhooks(Struct, frozen=True, kw_only=True):
    """The account's webhooks."""

    webhooks: list[Webhook]


class Delivery(Struct, frozen=True, kw_only=True):
    """One attempt to deliver a change, or (without ``sequence``) a test.

    ``given_up`` is a failure that was the last; ``status_code`` is null, and ``error`` says why, where no answer came.
    """

    delivery_id: int
    message_id: str | None
    sequence: int | None
    try_number: int
    status: AttemptOutcome
    status_code: int | None
    error: str
    duration_ms: int
    attempted_at: Instant


class DeliveriesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which attempts to list."""

    status: Annotated[AttemptOutcome, Meta(description="Only what came out so.")] | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=MOST_DELIVERIES, description="The most attempts of an answer.")] = 100
    after: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=_HIGHEST_CURSOR,
                description="The cursor of the last answer, to get the older ones behind it.",
            ),
        ]
        | UnsetType
    ) = UNSET


class Deliveries(Struct, frozen=True, kw_only=True):
    """Attempts, newest first; ``cursor`` is what to send as ``after`` for older ones, null where there are none."""

    deliveries: list[Delivery]
    cursor: int | None


class Replay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where to send again: everything behind a cursor of the change feed, 0 for the beginning of the log."""

    after: Annotated[int, Meta(ge=0, le=_HIGHEST_CURSOR)]
