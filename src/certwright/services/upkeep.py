"""What the worker does for each kind of job.

A handler gets the id of the job's subject, looks where it stands, and returns when it wants to be called again: after
a span, after a pause that grows with each run (``BACK_OFF``), or never (``None``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from certwright.domain.certificate import CertificateStatus
from certwright.domain.change import WORKER
from certwright.domain.ids import (
    CertificateId,
    DomainId,
    OrderId,
    OrganizationId,
    SubscriptionId,
    ValidationId,
    WebhookId,
)
from certwright.domain.ledger import to_amount
from certwright.domain.status import UNDER_WAY, Action, OrderStatus
from certwright.services.billing import refund_order, refund_reissue
from certwright.services.ports import JobKind, NumberKind
from certwright.services.subscriptions import KEPT_FOR as ATTEMPTS_KEPT_FOR
from certwright.services.webhooks import KEPT_FOR as EVENTS_KEPT_FOR
from certwright.services.withdrawal import give_up_waiting, withdraw

if TYPE_CHECKING:
    from certwright.domain.order import Order
    from certwright.domain.product import Catalogue
    from certwright.services.approver_email import ApproverEmails
    from certwright.services.domains import Domains
    from certwright.services.issuance import Issuance
    from certwright.services.notifying import Notifying
    from certwright.services.organizations import Organizations
    from certwright.services.ports import Clock, Store
    from certwright.services.revocation import Revocation
    from certwright.services.webhooks import Webhooks

Handler: TypeAlias = Callable[[int], Awaitable[timedelta | None]]

BACK_OFF = timedelta(seconds=-1)

_REFUNDABLE = {OrderStatus.CANCELED, OrderStatus.REJECTED}
_PURGE_EVERY = timedelta(hours=1)


class Upkeep:
    """The handlers of all kinds of job."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        catalogue: Catalogue,
        issuance: Issuance,
        *,
        emails: ApproverEmails,
        revocation: Revocation,
        domains: Domains,
        organizations: Organizations,
        webhooks: Webhooks,
        notifying: Notifying,
    ) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._issuance = issuance
        self._emails = emails
        self._revocation = revocation
        self._domains = domains
        self._organizations = organizations
        self._webhooks = webhooks
        self._notifying = notifying

    def handlers(self) -> Mapping[JobKind, Handler]:
        """Return the handler of each kind."""
        return {
            JobKind.ADVANCE_ORDER: self._advance_order,
            JobKind.ADVANCE_DUPLICATE: self._advance_duplicate,
            JobKind.EXPIRE_CERTIFICATE: self._expire_certificate,
            JobKind.LAPSE_ORDER: self._lapse_order,
            JobKind.REFUND_ORDER: self._refund_order,
            JobKind.REFUND_REISSUE: self._refund_reissue,
            JobKind.REVOKE_SUPERSEDED: self._revoke_superseded,
            JobKind.SEND_APPROVAL_EMAIL: self._send_approval_email,
            JobKind.LOOK_AT_DOMAIN: self._look_at_domain,
            JobKind.LOOK_AT_ORGANIZATION: self._look_at_organization,
            JobKind.DELIVER_EVENTS: self._deliver_events,
            JobKind.DELIVER_CHANGES: self._deliver_changes,
            JobKind.PURGE: self._purge,
        }

    async def _advance_order(self, subject_id: int) -> timedelta | None:
        status = await self._issuance.advance(OrderId(subject_id))
        return BACK_OFF if status in UNDER_WAY else None

    async def _advance_duplicate(self, subject_id: int) -> timedelta | None:
        status = await self._issuance.advance_duplicate(CertificateId(subject_id))
        return BACK_OFF if status is CertificateStatus.PENDING else None

    async def _send_approval_email(self, subject_id: int) -> None:
        await self._emails.send(ValidationId(subject_id))

    async def _look_at_domain(self, subject_id: int) -> timedelta | None:
        view = await self._domains.look_again(DomainId(subject_id))
        if view is None:
            return None
        now = self._clock.now()
        return BACK_OFF if view.waits_for_value(now) else view.time_to_news(now)

    async def _look_at_organization(self, subject_id: int) -> timedelta | None:
        return await self._organizations.announce_end(OrganizationId(subject_id))

    async def _deliver_events(self, subject_id: int) -> timedelta | None:
        return await self._webhooks.deliver(WebhookId(subject_id))

    async def _deliver_changes(self, subject_id: int) -> timedelta | None:
        return await self._notifying.deliver(SubscriptionId(subject_id))

    async def _revoke_superseded(self, subject_id: int) -> None:
        await self._revocation.revoke_superseded(CertificateId(subject_id))

    async def _lapse_order(self, subject_id: int) -> None:
        now = self._clock.now()
        async with self._store.writing() as work:
            order = await work.orders.find(OrderId(subject_id))
            if order is None or not order.can(Action.LAPSE):
                return
            reason = "The order lapsed: it was not completed in time"
            await work.orders.record(order.apply(Action.LAPSE, actor=WORKER, reason=reason, at=now))
            await withdraw(work, order, reason=reason, at=now)

    async def _refund_order(self, subject_id: int) -> None:
        """Give back what an order was charged that ended without a certificate within the product's refund period."""
        (number,) = await self._store.allot(NumberKind.TRANSACTION)
        now = self._clock.now()
        async with self._store.writing() as work:
            order = await work.orders.find(OrderId(subject_id))
            if order is None or order.status not in _REFUNDABLE:
                return
            if order.status_changed_at - order.created_at > self._refund_period(order):
                return
            cents = await refund_order(work, order, number, now)
            if cents > 0 and order.can(Action.REFUND):
                reason = f"{to_amount(cents)} was given back"
                await work.orders.record(order.apply(Action.REFUND, actor=WORKER, reason=reason, at=now))

    async def _refund_reissue(self, subject_id: int) -> None:
        """Give back what a reissue was charged that was given up within the product's refund period."""
        (number,) = await self._store.allot(NumberKind.TRANSACTION)
        now = self._clock.now()
        async with self._store.writing() as work:
            certificate = await work.certificates.find(CertificateId(subject_id))
            if certificate is None or certificate.status is not CertificateStatus.CANCELED:
                return
            order = await work.orders.get(certificate.account_id, certificate.order_id)
            if now - certificate.created_at <= self._refund_period(order):
                await refund_reissue(work, order, certificate, number, now)

    def _refund_period(self, order: Order) -> timedelta:
        return timedelta(days=self._catalogue.get_ordered(order.product_key).refund_days)

    async def _expire_certificate(self, subject_id: int) -> timedelta | None:
        now = self._clock.now()
        async with self._store.writing() as work:
            certificate = await work.certificates.find(CertificateId(subject_id))
            if certificate is None or certificate.not_after is None:
                return None
            if certificate.not_after > now:
                return BACK_OFF
            # One that was revoked by itself stays revoked, and its order ends all the same.
            if certificate.status is CertificateStatus.ISSUED:
                expired = replace(certificate, status=CertificateStatus.EXPIRED)
                await work.certificates.save(expired, expected=CertificateStatus.ISSUED)
            order = await work.orders.get(certificate.account_id, certificate.order_id)
            if order.certificate_id == certificate.id and order.can(Action.EXPIRE):
                reason = "The certificate expired"
                await give_up_waiting(work, order, reason=reason, at=now)
                await work.orders.record(order.apply(Action.EXPIRE, actor=WORKER, reason=reason, at=now))
        return None

    async def _purge(self, _subject_id: int) -> timedelta:
        async with self._store.writing() as work:
            await work.accounts.purge_tokens(self._clock.now())
            await work.webhooks.purge_events(self._clock.now() - EVENTS_KEPT_FOR)
            await work.attempts.purge(self._clock.now() - ATTEMPTS_KEPT_FOR)
        return _PURGE_EVERY
