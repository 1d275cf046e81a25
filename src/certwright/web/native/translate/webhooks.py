"""Webhooks: to subscriptions, and from them and their attempts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from certwright.domain.subscription import ChangeFilter, message_id_of
from certwright.services.subscriptions import SubscriptionWishes
from certwright.web.native.schemas.webhooks import (
    Deliveries,
    Delivery,
    Events,
    Webhook,
    WebhookWithSecret,
)
from certwright.web.native.translate.instants import rfc3339

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from certwright.domain.ids import SubscriptionId
    from certwright.domain.subscription import Attempt, Subscription
    from certwright.services.subscriptions import NewSecret
    from certwright.web.native.schemas.webhooks import NewWebhook, WebhookChange

_MILLISECOND = timedelta(milliseconds=1)


def wishes(body: NewWebhook | WebhookChange) -> SubscriptionWishes:
    """Read what a client says of a webhook."""
    return SubscriptionWishes(
        url=None if body.url is UNSET else body.url,
        description=None if body.description is UNSET else body.description,
        filter=None if body.events is UNSET else _filter(body.events),
        is_active=None if body.active is UNSET else body.active,
    )


def _filter(events: Events) -> ChangeFilter:
    return ChangeFilter(actions=frozenset(events.actions), statuses=frozenset(events.to_statuses))


def webhook(found: Subscription, *, at: datetime) -> Webhook:
    """Tell of a webhook as it stands at an instant."""
    has_old_secret = len(found.sealed_secrets(at)) > 1
    return Webhook(
        webhook_id=found.id,
        url=found.url,
        description=found.description,
        events=Events(actions=sorted(found.filter.actions), to_statuses=sorted(found.filter.statuses)),
        status=found.status,
        disabled_reason=found.disabled_reason,
        failing_since=_instant(found.failing_since),
        cursor=found.position,
        key_id=found.key_id,
        old_secret_until=_instant(found.old_secret_ends_at) if has_old_secret else None,
        created_at=rfc3339(found.created_at),
    )


def webhook_with_secret(made: NewSecret, *, at: datetime) -> WebhookWithSecret:
    """Tell of a webhook with its new secret."""
    shown = webhook(made.subscription, at=at)
    return WebhookWithSecret(**msgspec.structs.asdict(shown), secret=made.secret.reveal())


def delivery(subscription_id: SubscriptionId, made: Attempt) -> Delivery:
    """Tell of an attempt."""
    sequence = made.sequence
    return Delivery(
        delivery_id=made.number,
        message_id=None if sequence is None else message_id_of(subscription_id, sequence),
        sequence=sequence,
        try_number=made.try_number,
        status=made.outcome,
        status_code=made.status_code,
        error=made.error,
        duration_ms=made.duration // _MILLISECOND,
        attempted_at=rfc3339(made.attempted_at),
    )


def deliveries(subscription_id: SubscriptionId, made: Sequence[Attempt], *, limit: int) -> Deliveries:
    """Tell of a page of attempts, of which one more than the limit was looked for."""
    shown = made[:limit]
    return Deliveries(
        deliveries=[delivery(subscription_id, each) for each in shown],
        cursor=shown[-1].number if len(made) > limit else None,
    )


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else rfc3339(instant)
