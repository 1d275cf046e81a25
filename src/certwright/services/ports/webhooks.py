"""Webhooks and the events on their way to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.account import Secret
    from certwright.domain.ids import AccountId, WebhookId
    from certwright.domain.webhook import Delivery, EventKind, Subject, Webhook


class Webhooks(Protocol):
    """The webhooks of all accounts, one at most each, and their events."""

    async def add(self, webhook: Webhook) -> None:
        """Store a new webhook.

        Raises:
            Conflict: the account has one.
        """
        ...

    async def save(self, webhook: Webhook) -> None:
        """Store a changed webhook.

        Raises:
            StaleRecord: the row's version is no longer that of the webhook.
        """
        ...

    async def get(self, account_id: AccountId, webhook_id: WebhookId) -> Webhook:
        """Return the webhook of the account.

        Raises:
            NotFound: no such webhook in this account.
        """
        ...

    async def find(self, webhook_id: WebhookId) -> Webhook | None:
        """Return a webhook of any account; for the worker."""
        ...

    async def find_of_account(self, account_id: AccountId) -> Webhook | None:
        """Return the account's webhook."""
        ...

    async def add_event(
        self, webhook_id: WebhookId, kind: EventKind, subject: Subject, *, at: datetime
    ) -> Delivery:
        """Store an event to be delivered, under the webhook's next number."""
        ...

    async def save_event(self, delivery: Delivery) -> None:
        """Store what came of an event."""
        ...

    async def list_due(self, webhook_id: WebhookId, at: datetime, limit: int) -> list[Delivery]:
        """List the waiting events whose time has come, oldest first."""
        ...

    async def find_next_run(self, webhook_id: WebhookId) -> datetime | None:
        """Return when the next waiting event is due."""
        ...

    async def list_events(self, webhook_id: WebhookId) -> list[Delivery]:
        """List a webhook's events, newest first."""
        ...

    async def purge_events(self, before: datetime) -> None:
        """Forget the events made before an instant."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What goes out to an endpoint; ``chain`` is DER, leaf first, and ``token`` a challenge's."""

    kind: EventKind
    subject: Subject
    webhook_id: WebhookId | None = None
    token: Secret | None = None
    chain: tuple[bytes, ...] = ()


class EventSender(Protocol):
    """Sends events to endpoints."""

    def check_endpoint(self, url: str) -> None:
        """Refuse a URL to which nothing would be sent.

        Raises:
            InvalidInput: it is none that events may go to.
        """
        ...

    async def send(self, url: str, event: Event, *, secret: Secret | None) -> int:
        """Send an event once and return the status of the answer.

        Raises:
            Unavailable: there was no answer, or the endpoint lies where nothing may be sent.
        """
        ...


class SecretVault(Protocol):
    """Keeps secrets that have to be read again, unreadable in the database."""

    def seal(self, plaintext: bytes, *, owner: str) -> bytes:
        """Encrypt for an owner, whose name must be given again to open the envelope."""
        ...

    def open(self, envelope: bytes, *, owner: str) -> bytes:
        """Decrypt an envelope.

        Raises:
            InvalidInput: it was sealed with another key or for another owner, or is damaged.
        """
        ...
