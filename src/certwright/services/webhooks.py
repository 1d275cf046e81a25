"""Webhooks: registering, verifying, switching on and off; and delivering events to them.

An event waits in the database from the transaction of the change it tells of until its endpoint has taken it, or until
it has failed so often that it is given up. It may arrive twice: a crash between the answer and our note of it sends it
again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.account import Secret
from certwright.domain.errors import Conflict, InvalidInput, NotFound, Unavailable
from certwright.domain.ids import WebhookId
from certwright.domain.webhook import (
    CHALLENGE_LIFETIME,
    MAX_TRIES,
    MIN_SECRET_LENGTH,
    SUBSCRIBABLE,
    Delivery,
    DeliveryStatus,
    EventKind,
    Subject,
    Webhook,
    WebhookStatus,
    pause_after,
)
from certwright.services.ports import Event, JobKind, NumberKind
from certwright.services.retrying import again_when_stale

if TYPE_CHECKING:
    from certwright.domain.account import Caller
    from certwright.services.ports import CABackend, Clock, EventSender, SecretVault, Store

KEPT_FOR = timedelta(days=90)
"""How long events stay in the log."""

_AT_ONCE = 10  # each may take ten seconds, and others wait for a hand of the worker
_MAX_SECRET_LENGTH = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookWishes:
    """What a client says of a webhook; what is ``None`` stays as it is, or is what a new webhook begins with."""

    endpoint: str | None = None
    secret: Secret | None = None
    events: frozenset[EventKind] | None = None
    sends_chain: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookView:
    """A webhook with its secret in the open."""

    webhook: Webhook
    secret: Secret | None


class Webhooks:
    """Keeps accounts' webhooks and delivers their events."""

    def __init__(
        self, store: Store, clock: Clock, sender: EventSender, vault: SecretVault, ca: CABackend
    ) -> None:
        self._store = store
        self._clock = clock
        self._sender = sender
        self._vault = vault
        self._ca = ca

    async def create(self, caller: Caller, wishes: WebhookWishes) -> Webhook:
        """Register the account's webhook; it has to be verified and activated before it hears of anything.

        Raises:
            InvalidInput: the endpoint is missing or none, the secret is too short, or an event can't be asked for.
            Conflict: the account has a webhook.
        """
        self._check(wishes)
        if wishes.endpoint is None:
            raise InvalidInput.for_field("endpoint", "A webhook needs an endpoint")
        (number,) = await self._store.allot(NumberKind.WEBHOOK)
        webhook = Webhook(
            id=WebhookId(number),
            account_id=caller.account_id,
            endpoint=wishes.endpoint,
            events=wishes.events or frozenset({EventKind.CERTIFICATE_ISSUED}),
            status=WebhookStatus.PENDING,
            created_at=self._clock.now(),
            sends_chain=bool(wishes.sends_chain),
            sealed_secret=self._sealed(WebhookId(number), wishes.secret),
        )
        async with self._store.writing() as work:
            if await work.webhooks.find_of_account(caller.account_id) is not None:
                raise Conflict("The account has a webhook already")
            await work.webhooks.add(webhook)
        return webhook

    async def find(self, caller: Caller) -> WebhookView | None:
        """Return the account's webhook."""
        async with self._store.reading() as work:
            webhook = await work.webhooks.find_of_account(caller.account_id)
        return None if webhook is None else WebhookView(webhook=webhook, secret=self._secret(webhook))

    @again_when_stale
    async def update(self, caller: Caller, webhook_id: WebhookId, wishes: WebhookWishes) -> Webhook:
        """Change a webhook; another endpoint has to be verified anew.

        Raises:
            NotFound: no such webhook in this account.
            InvalidInput: as for ``create``.
        """
        self._check(wishes)
        async with self._store.writing() as work:
            webhook = await work.webhooks.get(caller.account_id, webhook_id)
            moved = wishes.endpoint is not None and wishes.endpoint != webhook.endpoint
            changed = replace(
                webhook,
                endpoint=wishes.endpoint or webhook.endpoint,
                events=wishes.events or webhook.events,
                status=WebhookStatus.PENDING if moved else webhook.status,
                sends_chain=webhook.sends_chain if wishes.sends_chain is None else wishes.sends_chain,
                sealed_secret=self._sealed(webhook_id, wishes.secret) or webhook.sealed_secret,
                challenge_hash=None if moved else webhook.challenge_hash,
            )
            await work.webhooks.save(changed)
        return changed

    @again_when_stale
    async def set_active(self, caller: Caller, webhook_id: WebhookId, *, active: bool) -> None:
        """Switch a webhook on or off; what waits to be delivered is, once it is on again.

        Raises:
            NotFound: no such webhook in this account.
            Conflict: it has not been verified.
        """
        async with self._store.writing() as work:
            webhook = await work.webhooks.get(caller.account_id, webhook_id)
            if webhook.status is WebhookStatus.PENDING:
                raise Conflict("The webhook's endpoint has not been verified yet")
            status = WebhookStatus.ACTIVE if active else WebhookStatus.INACTIVE
            await work.webhooks.save(replace(webhook, status=status))
            if active:
                await work.jobs.enqueue(JobKind.DELIVER_EVENTS, webhook_id, self._clock.now())

    @again_when_stale
    async def send_challenge(self, caller: Caller, webhook_id: WebhookId) -> None:
        """Send a token to the endpoint, which has to come back to us.

        Raises:
            NotFound: no such webhook in this account.
            Unavailable: the endpoint did not take it.
        """
        now, token = self._clock.now(), Secret.generate()
        async with self._store.writing() as work:
            webhook = await work.webhooks.get(caller.account_id, webhook_id)
            ends_at = now + CHALLENGE_LIFETIME
            await work.webhooks.save(
                replace(webhook, challenge_hash=token.digest(), challenge_ends_at=ends_at)
            )
            delivery = await work.webhooks.add_event(webhook_id, EventKind.CHALLENGE, Subject(), at=now)
            # It goes out here and now: the token itself is stored nowhere.
            await work.webhooks.save_event(replace(delivery, status=DeliveryStatus.FAILED))
        event = Event(kind=EventKind.CHALLENGE, subject=Subject(), webhook_id=webhook_id, token=token)
        secret = await asyncio.to_thread(self._secret, webhook)
        sent = await self._attempt(webhook, replace(delivery, tries=MAX_TRIES), event, secret)
        async with self._store.writing() as work:
            await work.webhooks.save_event(sent)
        if sent.status is not DeliveryStatus.DELIVERED:
            raise Unavailable("The endpoint did not take the token")

    @again_when_stale
    async def check_challenge(self, caller: Caller, webhook_id: WebhookId, token: Secret) -> None:
        """Verify a webhook by the token that its endpoint was sent.

        Raises:
            NotFound: no such webhook in this account.
            InvalidInput: it is not that token, or the token has run out.
        """
        async with self._store.writing() as work:
            webhook = await work.webhooks.get(caller.account_id, webhook_id)
            ends_at = webhook.challenge_ends_at
            is_good = webhook.challenge_hash == token.digest()
            if not is_good or ends_at is None or self._clock.now() >= ends_at:
                raise InvalidInput.for_field(
                    "token", "The token is not the one that was sent, or has run out"
                )
            pending = webhook.status is WebhookStatus.PENDING
            status = WebhookStatus.INACTIVE if pending else webhook.status
            await work.webhooks.save(replace(webhook, status=status, challenge_hash=None))

    async def send_test(self, url: str) -> None:
        """Send a test event to an endpoint, registered or not.

        Raises:
            InvalidInput: it is none that events may go to.
            Unavailable: it did not take the event.
        """
        self._sender.check_endpoint(url)
        event = Event(kind=EventKind.TEST, subject=Subject())
        if not _is_success(await self._sender.send(url, event, secret=None)):
            raise Unavailable("The endpoint did not take the event")

    async def list_events(self, caller: Caller, webhook_id: WebhookId | None = None) -> list[Delivery]:
        """List the events of the account's webhook, newest first.

        Raises:
            NotFound: the account has no webhook, or not that one.
        """
        async with self._store.reading() as work:
            webhook = await work.webhooks.find_of_account(caller.account_id)
            if webhook is None or webhook_id not in {None, webhook.id}:
                raise NotFound("webhook")
            return await work.webhooks.list_events(webhook.id)

    async def deliver(self, webhook_id: WebhookId) -> timedelta | None:
        """Send what is due, oldest first, and return when something will be; a failure ends the round."""
        async with self._store.reading() as work:
            webhook = await work.webhooks.find(webhook_id)
            due = await work.webhooks.list_due(webhook_id, self._clock.now(), _AT_ONCE)
        if webhook is None or webhook.status is not WebhookStatus.ACTIVE:
            return None
        secret = await asyncio.to_thread(self._secret, webhook)  # a passphrase costs some 60 ms
        for delivery in due:
            sent = await self._attempt(webhook, delivery, await self._event(webhook, delivery), secret)
            async with self._store.writing() as work:
                await work.webhooks.save_event(sent)
            if sent.status is DeliveryStatus.WAITING:
                return sent.run_at - self._clock.now()
        async with self._store.reading() as work:
            next_run = await work.webhooks.find_next_run(webhook_id)
        return None if next_run is None else max(next_run - self._clock.now(), timedelta(0))

    async def _attempt(
        self, webhook: Webhook, delivery: Delivery, event: Event, secret: Secret | None
    ) -> Delivery:
        """Send an event once and return what came of it."""
        tries, sent_at = delivery.tries + 1, self._clock.now()
        try:
            code = await self._sender.send(webhook.endpoint, event, secret=secret)
        except Unavailable:
            code = None
        now = self._clock.now()
        status = DeliveryStatus.DELIVERED
        if code is None or not _is_success(code):
            status = DeliveryStatus.WAITING if tries < MAX_TRIES else DeliveryStatus.FAILED
        return replace(
            delivery,
            status=status,
            tries=tries,
            run_at=now + pause_after(tries) if status is DeliveryStatus.WAITING else now,
            sent_at=sent_at,
            answered_at=None if code is None else now,
            response_code=code,
        )

    async def _event(self, webhook: Webhook, delivery: Delivery) -> Event:
        chain: tuple[bytes, ...] = ()
        certificate_id = delivery.subject.certificate_id
        if webhook.sends_chain and delivery.kind is EventKind.CERTIFICATE_ISSUED and certificate_id:
            async with self._store.reading() as work:
                certificate = await work.certificates.get(webhook.account_id, certificate_id)
            if certificate.der is not None and certificate.authority_id is not None:
                chain = (certificate.der, *self._ca.chain(certificate.authority_id))
        return Event(kind=delivery.kind, subject=delivery.subject, chain=chain)

    def _check(self, wishes: WebhookWishes) -> None:
        if wishes.endpoint is not None:
            self._sender.check_endpoint(wishes.endpoint)
        secret = wishes.secret.reveal() if wishes.secret else None
        if secret is not None and not (
            MIN_SECRET_LENGTH <= len(secret) <= _MAX_SECRET_LENGTH
            and secret.isascii()
            and secret.isprintable()
            and secret == secret.strip()
        ):
            raise InvalidInput.for_field(
                "secret", f"A secret has {MIN_SECRET_LENGTH} to {_MAX_SECRET_LENGTH} printable characters"
            )
        if wishes.events is not None and not wishes.events <= SUBSCRIBABLE:
            raise InvalidInput.for_field("events", "One of these events can't be asked for")

    def _sealed(self, webhook_id: WebhookId, secret: Secret | None) -> bytes | None:
        return (
            None if secret is None else self._vault.seal(secret.reveal().encode(), owner=_owner(webhook_id))
        )

    def _secret(self, webhook: Webhook) -> Secret | None:
        if webhook.sealed_secret is None:
            return None
        return Secret(self._vault.open(webhook.sealed_secret, owner=_owner(webhook.id)).decode())


def _owner(webhook_id: WebhookId) -> str:
    return f"webhook {webhook_id}"


def _is_success(code: int) -> bool:
    return 200 <= code < 300  # noqa: PLR2004 - the 2xx of RFC 9110 §15.3
