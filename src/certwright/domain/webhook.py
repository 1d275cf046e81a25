"""Webhooks: where an account wants to hear of events, what it hears, and when a delivery is tried again.

    pending ── its token came back ──> inactive <── deactivate / activate ──> active

Another endpoint has to be verified anew, and is ``pending`` until then. Only an active webhook is told of events.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.ids import AccountId, CertificateId, DomainId, OrderId, OrganizationId, WebhookId

CHALLENGE_LIFETIME = timedelta(minutes=30)
MIN_SECRET_LENGTH = 32
MAX_TRIES = 12
"""After so many failures, some 16 hours after the first, an event is given up."""

_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=8)
_MAX_URL_LENGTH = 2000


class EventKind(StrEnum):
    """What an account can be told of."""

    CERTIFICATE_ISSUED = "certificate_issued"
    CERTIFICATE_REVOKED = "certificate_revoked"
    ORDER_REJECTED = "order_rejected"
    ORGANIZATION_VALIDATED = "organization_validated"
    ORGANIZATION_ENDING = "organization_revalidation_notice"
    ORGANIZATION_EXPIRED = "organization_expired"
    DOMAIN_VALIDATED = "domain_validated"
    DOMAIN_ENDING = "domain_revalidation_notice"
    DOMAIN_EXPIRED = "domain_expired"
    CHALLENGE = "challenge_webhook_endpoint"
    TEST = "test_webhook_endpoint"


SUBSCRIBABLE = frozenset(EventKind) - {EventKind.CHALLENGE, EventKind.TEST}
"""The events that one can ask for; the others come when they come."""


class WebhookStatus(StrEnum):
    """Whether events are sent."""

    PENDING = "pending"
    ACTIVE = "active"
    INACTIVE = "inactive"


class DeliveryStatus(StrEnum):
    """What came of an event."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"  # given up


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A place that hears of an account's events.

    ``sealed_secret`` is an envelope; the secret inside goes out with every event. ``challenge_hash`` is that of the
    token sent to prove that the account reads what arrives there. ``version`` guards every update.
    """

    id: WebhookId
    account_id: AccountId
    endpoint: str
    events: frozenset[EventKind]
    status: WebhookStatus
    created_at: datetime
    sends_chain: bool = False
    sealed_secret: bytes | None = None
    challenge_hash: bytes | None = None
    challenge_ends_at: datetime | None = None
    version: int = 0

    def wants(self, kind: EventKind) -> bool:
        """Whether the account is to be told."""
        return self.status is WebhookStatus.ACTIVE and kind in self.events


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an event is about, by ids; what does not concern it is ``None``."""

    order_id: OrderId | None = None
    certificate_id: CertificateId | None = None
    organization_id: OrganizationId | None = None
    domain_id: DomainId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event on its way to a webhook; ``sequence`` numbers the events of each webhook."""

    webhook_id: WebhookId
    sequence: int
    kind: EventKind
    subject: Subject
    status: DeliveryStatus
    created_at: datetime
    run_at: datetime
    tries: int = 0
    sent_at: datetime | None = None
    answered_at: datetime | None = None
    response_code: int | None = None


def is_usable_endpoint(url: str, *, allow_http: bool) -> bool:
    """Whether a URL may be a webhook's endpoint: https, a host, and nothing that could pass for credentials."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        len(url) <= _MAX_URL_LENGTH
        and url.isascii()
        and url.isprintable()
        and " " not in url
        and (parts.scheme == "https" or (allow_http and parts.scheme == "http"))
        and bool(parts.hostname)
        and parts.username is None
        and parts.password is None
        and port != 0
    )


def pause_after(tries: int) -> timedelta:
    """Return how long to wait after so many failures: half a minute, doubled with each, at most eight hours."""
    return min(_FIRST_PAUSE * (1 << tries - 1), _LONGEST_PAUSE)
