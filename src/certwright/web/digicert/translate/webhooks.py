"""Webhooks: what clients ask for, and how webhooks and their events are told."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from certwright.domain.account import Secret
from certwright.domain.webhook import DeliveryStatus, EventKind, Subject
from certwright.services.webhooks import WebhookWishes
from certwright.web.digicert.errors import invalid
from certwright.web.digicert.schemas import webhooks as wire
from certwright.web.digicert.translate.numbers import is_set

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.webhook import Delivery
    from certwright.services.webhooks import WebhookView
    from certwright.web.digicert.translate.query_string import QueryString

_STATUS_WORDS = {
    DeliveryStatus.WAITING: "pending",
    DeliveryStatus.DELIVERED: "success",
    DeliveryStatus.FAILED: "failed",
}
_KINDS = {kind.value: kind for kind in EventKind}


def parse_wishes(body: wire.WebhookBody) -> WebhookWishes:
    """Read what a client says of a webhook.

    Raises:
        InvalidInput: an event is not known.
    """
    words = [word for word in body.events or [] if word]
    if any(word not in _KINDS for word in words):
        raise invalid("events")
    settings = body.webhook_settings
    chain = settings.webhook_send_certificate_chain if settings else None
    return WebhookWishes(
        endpoint=body.endpoint or None,
        secret=Secret(body.secret) if body.secret else None,
        events=frozenset(_KINDS[word] for word in words) or None,
        sends_chain=None if chain is None else is_set(chain),
    )


def webhook(view: WebhookView, *, with_secret: bool) -> wire.Webhook:
    """Tell a webhook; the manual has its secret in the answer, and we show it to administrators."""
    known = view.webhook
    return wire.Webhook(
        id=known.id,
        endpoint=known.endpoint,
        secret=view.secret.reveal() if view.secret and with_secret else UNSET,
        events=[kind.value for kind in EventKind if kind in known.events],
        status=known.status.value,
        webhook_settings=wire.WebhookSettings("1" if known.sends_chain else "0"),
    )


def logged(delivery: Delivery) -> wire.LoggedEvent:
    """Tell an event of the log; its times carry no offset here, and are UTC."""
    subject = delivery.subject
    about: wire.EventInfo | UnsetType = UNSET
    if subject != Subject():
        about = wire.EventInfo(
            order_id=subject.order_id or UNSET,
            certificate_id=subject.certificate_id or UNSET,
            organization_id=subject.organization_id or UNSET,
            domain_id=subject.domain_id or UNSET,
        )
    return wire.LoggedEvent(
        event_name=delivery.kind.value,
        event_info=about,
        request_status=_STATUS_WORDS[delivery.status],
        request_sent_time=_plain_time(delivery.sent_at),
        response_received_time=_plain_time(delivery.answered_at),
        response_code=UNSET if delivery.response_code is None else delivery.response_code,
    )


def select(deliveries: list[Delivery], query: QueryString) -> list[Delivery]:
    """Pick the events whose name and status are among those that the filters name."""
    names, statuses = query.filters.get("event_name"), query.filters.get("request_status")
    return [
        delivery
        for delivery in deliveries
        if (names is None or delivery.kind.value in names)
        and (statuses is None or _STATUS_WORDS[delivery.status] in statuses)
    ]


def _plain_time(instant: datetime | None) -> str | UnsetType:
    return UNSET if instant is None else instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
