"""Webhooks and their events as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from certwright.domain.errors import NotFound, StaleRecord
from certwright.domain.ids import AccountId, CertificateId, DomainId, OrderId, OrganizationId, WebhookId
from certwright.domain.webhook import (
    Delivery,
    DeliveryStatus,
    EventKind,
    Subject,
    Webhook,
    WebhookStatus,
)
from certwright.store.engine import (
    placeholders,
    to_instant,
    to_instant_or_none,
    to_stored,
    to_stored_or_none,
)

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.store.engine import Bindable, Connection, Row

_COLUMNS = (
    "id",
    "account_id",
    "created_at",
    "endpoint",
    "events",
    "status",
    "sends_chain",
    "sealed_secret",
    "challenge_hash",
    "challenge_ends_at",
    "version",
)
_FIXED = 3
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM webhooks"
_INSERT = (
    f"INSERT INTO webhooks ({', '.join(_COLUMNS)}, last_event) VALUES ({placeholders(len(_COLUMNS))}, 0)"
)
_UPDATE = (
    f"UPDATE webhooks SET {', '.join(f'{column} = ${n}' for n, column in enumerate(_COLUMNS[_FIXED:-1], start=3))}, "
    "version = version + 1 WHERE id = $1 AND version = $2"
)
_EVENT_COLUMNS = (
    "webhook_id",
    "sequence",
    "kind",
    "subject",
    "created_at",
    "status",
    "run_at",
    "tries",
    "sent_at",
    "answered_at",
    "response_code",
)
_SELECT_EVENT = f"SELECT {', '.join(_EVENT_COLUMNS)} FROM webhook_events"
_INSERT_EVENT = (
    f"INSERT INTO webhook_events ({', '.join(_EVENT_COLUMNS)}) VALUES ({placeholders(len(_EVENT_COLUMNS))})"
)

_IDS = msgspec.json.Decoder(list[int | None])


class SQLWebhooks:
    """Webhooks and their events in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, webhook: Webhook) -> None:
        """Store a new webhook."""
        await self._connection.execute(_INSERT, *_to_row(webhook))

    async def save(self, webhook: Webhook) -> None:
        """Store a changed webhook."""
        values = _to_row(webhook)[_FIXED:-1]
        if await self._connection.execute(_UPDATE, webhook.id, webhook.version, *values) != 1:
            raise StaleRecord("The webhook has been changed by somebody else")

    async def get(self, account_id: AccountId, webhook_id: WebhookId) -> Webhook:
        """Return the webhook of the account."""
        webhook = await self.find(webhook_id)
        if webhook is None or webhook.account_id != account_id:
            raise NotFound("webhook")
        return webhook

    async def find(self, webhook_id: WebhookId) -> Webhook | None:
        """Return a webhook of any account."""
        rows = await self._connection.fetch(f"{_SELECT} WHERE id = $1", webhook_id)
        return _from_row(rows[0]) if rows else None

    async def find_of_account(self, account_id: AccountId) -> Webhook | None:
        """Return the account's webhook."""
        rows = await self._connection.fetch(f"{_SELECT} WHERE account_id = $1", account_id)
        return _from_row(rows[0]) if rows else None

    async def add_event(
        self, webhook_id: WebhookId, kind: EventKind, subject: Subject, *, at: datetime
    ) -> Delivery:
        """Store an event to be delivered; the counter's row makes concurrent ones queue."""
        rows = await self._connection.fetch(
            "UPDATE webhooks SET last_event = last_event + 1 WHERE id = $1 RETURNING last_event", webhook_id
        )
        delivery = Delivery(
            webhook_id=webhook_id,
            sequence=rows[0][0],
            kind=kind,
            subject=subject,
            status=DeliveryStatus.WAITING,
            created_at=at,
            run_at=at,
        )
        await self._connection.execute(_INSERT_EVENT, *_to_event_row(delivery))
        return delivery

    async def save_event(self, delivery: Delivery) -> None:
        """Store what came of an event."""
        await self._connection.execute(
            "UPDATE webhook_events SET status = $3, run_at = $4, tries = $5, sent_at = $6, answered_at = $7, "
            "response_code = $8 WHERE webhook_id = $1 AND sequence = $2",
            delivery.webhook_id,
            delivery.sequence,
            *_to_event_row(delivery)[5:],
        )

    async def list_due(self, webhook_id: WebhookId, at: datetime, limit: int) -> list[Delivery]:
        """List the waiting events whose time has come, oldest first."""
        rows = await self._connection.fetch(
            f"{_SELECT_EVENT} WHERE webhook_id = $1 AND status = 'waiting' AND run_at <= $2 "
            "ORDER BY sequence LIMIT $3",
            webhook_id,
            to_stored(at),
            limit,
        )
        return [_from_event_row(row) for row in rows]

    async def find_next_run(self, webhook_id: WebhookId) -> datetime | None:
        """Return when the next waiting event is due."""
        rows = await self._connection.fetch(
            "SELECT min(run_at) FROM webhook_events WHERE webhook_id = $1 AND status = 'waiting'", webhook_id
        )
        return to_instant_or_none(rows[0][0])

    async def list_events(self, webhook_id: WebhookId) -> list[Delivery]:
        """List a webhook's events, newest first."""
        rows = await self._connection.fetch(
            f"{_SELECT_EVENT} WHERE webhook_id = $1 ORDER BY sequence DESC", webhook_id
        )
        return [_from_event_row(row) for row in rows]

    async def purge_events(self, before: datetime) -> None:
        """Forget the events made before an instant."""
        await self._connection.execute("DELETE FROM webhook_events WHERE created_at < $1", to_stored(before))


def _to_row(webhook: Webhook) -> tuple[Bindable, ...]:
    return (
        webhook.id,
        webhook.account_id,
        to_stored(webhook.created_at),
        webhook.endpoint,
        ",".join(sorted(webhook.events)),
        webhook.status.value,
        int(webhook.sends_chain),
        webhook.sealed_secret,
        webhook.challenge_hash,
        to_stored_or_none(webhook.challenge_ends_at),
        webhook.version,
    )


def _from_row(row: Row) -> Webhook:
    return Webhook(
        id=WebhookId(row[0]),
        account_id=AccountId(row[1]),
        created_at=to_instant(row[2]),
        endpoint=row[3],
        events=frozenset(EventKind(word) for word in row[4].split(",") if word),
        status=WebhookStatus(row[5]),
        sends_chain=bool(row[6]),
        sealed_secret=row[7],
        challenge_hash=row[8],
        challenge_ends_at=to_instant_or_none(row[9]),
        version=row[10],
    )


def _to_event_row(delivery: Delivery) -> tuple[Bindable, ...]:
    return (
        delivery.webhook_id,
        delivery.sequence,
        delivery.kind.value,
        _subject_text(delivery.subject),
        to_stored(delivery.created_at),
        delivery.status.value,
        to_stored(delivery.run_at),
        delivery.tries,
        to_stored_or_none(delivery.sent_at),
        to_stored_or_none(delivery.answered_at),
        delivery.response_code,
    )


def _from_event_row(row: Row) -> Delivery:
    return Delivery(
        webhook_id=WebhookId(row[0]),
        sequence=row[1],
        kind=EventKind(row[2]),
        subject=_to_subject(row[3]),
        created_at=to_instant(row[4]),
        status=DeliveryStatus(row[5]),
        run_at=to_instant(row[6]),
        tries=row[7],
        sent_at=to_instant_or_none(row[8]),
        answered_at=to_instant_or_none(row[9]),
        response_code=row[10],
    )


def _subject_text(subject: Subject) -> str:
    ids = (subject.order_id, subject.certificate_id, subject.organization_id, subject.domain_id)
    return msgspec.json.encode(ids).decode()


def _to_subject(text: str) -> Subject:
    order_id, certificate_id, organization_id, domain_id = _IDS.decode(text)
    return Subject(
        order_id=None if order_id is None else OrderId(order_id),
        certificate_id=None if certificate_id is None else CertificateId(certificate_id),
        organization_id=None if organization_id is None else OrganizationId(organization_id),
        domain_id=None if domain_id is None else DomainId(domain_id),
    )
