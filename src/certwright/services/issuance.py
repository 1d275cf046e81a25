"""Carrying an order on: from proof of control over the CA to the certificate.

``advance`` and ``advance_duplicate`` may be called at any time, by the worker or inside a request, and as often as one
likes: they look where things stand and do what can be done now. Each step is a transaction that checks that nobody
else was faster, so a certificate is issued once however many call.

A crash between the CA's answer and the commit leaves everything as it was, and the next look asks the CA again, by the
same certificate id; the certificate that nobody stored never left this process.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain import rules
from certwright.domain.approval import WAITING
from certwright.domain.certificate import CertificateKind, CertificateStatus, IssuanceRequest
from certwright.domain.change import WORKER, Actor, ActorKind
from certwright.domain.errors import IssuanceRefused, StaleRecord, Unavailable
from certwright.domain.product import ValidationLevel
from certwright.domain.status import AWAITING_PROOF, Action, OrderStatus
from certwright.domain.webhook import EventKind, Subject
from certwright.services.announcing import announce
from certwright.services.ports import JobKind
from certwright.services.readiness import Material
from certwright.services.withdrawal import give_up_reissue, give_up_waiting, withdraw

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.certificate import Certificate, IssuedCertificate
    from certwright.domain.ids import CertificateId, OrderId
    from certwright.domain.order import Order
    from certwright.domain.product import Catalogue
    from certwright.services.ports import CABackend, Clock, Store, UnitOfWork
    from certwright.services.readiness import Readiness, Verdict

_CA = Actor(kind=ActorKind.CA)
_MAY_BE_DUPLICATED = {OrderStatus.ISSUED, OrderStatus.REISSUE_PENDING}


class Issuance:
    """Carries orders from proof of control to the certificate."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        catalogue: Catalogue,
        readiness: Readiness,
        ca: CABackend,
        *,
        max_validity: timedelta | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._readiness = readiness
        self._ca = ca
        self._max_validity = max_validity

    async def caa_messages(self, order: Order) -> dict[str, str]:
        """Say of each name of an order what its CAA records come to."""
        return await self._readiness.caa_messages(order)

    async def advance(self, order_id: OrderId) -> OrderStatus | None:
        """Do all that can be done for an order now and return where it stands; ``None`` if there is no such order.

        Raises:
            StaleRecord: somebody else carried it on at the same moment; look again.
            Unavailable: the CA does not answer now.
        """
        async with self._store.reading() as work:
            order = await work.orders.find(order_id)
            if order is None or await _waits_for_approval(work, order, order.wanted_certificate_id):
                return None if order is None else order.status
            material = await self._material(work, order, order.wanted_certificate_id)
        if order.status in AWAITING_PROOF:
            order = await self._submit(order, await self._readiness.judge(material))
        if order.status is OrderStatus.REISSUE_PENDING:
            verdict = await self._readiness.judge(material)
            if verdict.obstacle is not None:
                return (await self._note(order, verdict.obstacle)).status
        if order.status in {OrderStatus.PROCESSING, OrderStatus.REISSUE_PENDING}:
            return await self._issue(replace(material, order=order))
        return order.status

    async def advance_duplicate(self, certificate_id: CertificateId) -> CertificateStatus | None:
        """Do all that can be done for a duplicate now and return where it stands.

        Raises:
            StaleRecord, Unavailable: as for ``advance``.
        """
        async with self._store.reading() as work:
            certificate = await work.certificates.find(certificate_id)
            if certificate is None or certificate.status is not CertificateStatus.PENDING:
                return None if certificate is None else certificate.status
            order = await work.orders.get(certificate.account_id, certificate.order_id)
            waits = await _waits_for_approval(work, order, certificate_id)
            material = await self._material(work, order, certificate_id)
        if order.status not in _MAY_BE_DUPLICATED:
            return await self._give_up_duplicate(order)
        if waits:
            return certificate.status
        verdict = await self._readiness.judge(material)
        if verdict.obstacle is not None:
            await self._note(order, verdict.obstacle)
            return certificate.status
        await self._issue(material)
        return CertificateStatus.ISSUED

    async def _give_up_duplicate(self, seen: Order) -> CertificateStatus:
        """Give up what an order that has ended can't have any more, unless a reissue has begun meanwhile."""
        now = self._clock.now()
        async with self._store.writing() as work:
            order = await work.orders.get(seen.account_id, seen.id)
            if order.version != seen.version:
                raise StaleRecord("The order has been changed by somebody else")
            await give_up_waiting(work, order, reason="The order has ended", at=now)
        return CertificateStatus.CANCELED

    async def _material(self, work: UnitOfWork, order: Order, certificate_id: CertificateId) -> Material:
        organization = None
        if order.organization_id is not None:
            organization = await work.organizations.get(order.account_id, order.organization_id)
        return Material(
            order=order,
            certificate=await work.certificates.get(order.account_id, certificate_id),
            product=self._catalogue.get_ordered(order.product_key),
            organization=organization,
        )

    async def _submit(self, order: Order, verdict: Verdict) -> Order:
        """Hand the order to the CA when nothing is in the way; else store what is."""
        now = self._clock.now()
        if verdict.obstacle is None:
            applied = order.apply(Action.SUBMIT, actor=WORKER, reason="Handed to the CA", at=now)
        elif order.status is OrderStatus.PENDING and verdict.is_partly_proved:
            applied = order.apply(Action.PROVE, actor=WORKER, reason=verdict.obstacle, at=now)
        else:
            return await self._note(order, verdict.obstacle)
        async with self._store.writing() as work:
            await work.orders.record(applied)
            await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order.id, now)
            return await work.orders.get(order.account_id, order.id)

    async def _note(self, order: Order, obstacle: str) -> Order:
        if order.status_reason == obstacle:
            return order
        async with self._store.writing() as work:
            await work.orders.save(replace(order, status_reason=obstacle))
            return await work.orders.get(order.account_id, order.id)

    async def _issue(self, material: Material) -> OrderStatus:
        """Have the CA make the certificate, and store it with the change in one transaction."""
        if material.product.retired:
            raise Unavailable(f"The catalogue has no product {material.product.name} any more")
        try:
            issued = await self._ca.issue(self._request(material))
        except IssuanceRefused as refusal:
            async with self._store.writing() as work:
                return await self._store_refusal(work, material, refusal.message)
        async with self._store.writing() as work:
            return await self._store_issued(work, material, issued)

    async def _store_issued(
        self, work: UnitOfWork, material: Material, issued: IssuedCertificate
    ) -> OrderStatus:
        now = self._clock.now()
        certificate = replace(_issued(material.certificate, issued, now), names=material.names)
        await work.certificates.save(certificate, expected=CertificateStatus.PENDING)
        await work.jobs.enqueue(JobKind.EXPIRE_CERTIFICATE, certificate.id, issued.not_after)
        order = material.order
        action = Action.ISSUE
        match certificate.kind:
            case CertificateKind.DUPLICATE:
                action = Action.ISSUE_DUPLICATE
            case CertificateKind.REISSUE:
                grace_days = material.product.reissue_grace_days
                if grace_days is not None:
                    revoke_at = now + timedelta(days=grace_days)
                    await work.jobs.enqueue(JobKind.REVOKE_SUPERSEDED, order.certificate_id, revoke_at)
                order = replace(order, certificate_id=certificate.id, pending_certificate_id=None)
            case CertificateKind.ORIGINAL:
                pass
        reason = f"The {certificate.kind.value} certificate {certificate.id} was issued"
        applied = order.apply(action, actor=_CA, reason=reason, at=now)
        await work.orders.record(applied)
        about = Subject(order_id=order.id, certificate_id=certificate.id)
        await announce(work, order.account_id, EventKind.CERTIFICATE_ISSUED, about, at=now)
        return applied.order.status

    async def _store_refusal(self, work: UnitOfWork, material: Material, reason: str) -> OrderStatus:
        order, now = material.order, self._clock.now()
        match material.certificate.kind:
            case CertificateKind.ORIGINAL:
                applied = order.apply(Action.REFUSE, actor=_CA, reason=reason, at=now)
                await work.orders.record(applied)
                await withdraw(work, order, reason=reason, at=now)
                about = Subject(order_id=order.id, certificate_id=order.certificate_id)
                await announce(work, order.account_id, EventKind.ORDER_REJECTED, about, at=now)
                order = applied.order
            case CertificateKind.REISSUE:
                order = await give_up_reissue(work, order, actor=_CA, reason=reason, at=now)
            case CertificateKind.DUPLICATE:
                canceled = replace(material.certificate, status=CertificateStatus.CANCELED)
                await work.certificates.save(canceled, expected=CertificateStatus.PENDING)
        return order.status

    def _request(self, material: Material) -> IssuanceRequest:
        certificate = material.certificate
        if certificate.csr is None:
            raise IssuanceRefused("The order has no certificate signing request")
        level, organization = material.product.validation_level, material.organization
        return IssuanceRequest(
            certificate_id=certificate.id,
            csr=certificate.csr,
            names=tuple(name.identifier for name in material.names),
            validation_level=level,
            not_after=self._not_after(material.order, certificate),
            # An order for a DV certificate may name an organization too; nobody has validated that one.
            subject=organization.subject() if organization and level is not ValidationLevel.DV else None,
        )

    def _not_after(self, order: Order, certificate: Certificate) -> datetime:
        """Return the earliest of the order's end, the days asked for, and what the rules of the day allow."""
        now = self._clock.now()
        longest = self._max_validity or rules.max_validity(now)
        if certificate.days is not None:
            longest = min(longest, timedelta(days=certificate.days))
        return min(now + longest, order.expires_at)


async def _waits_for_approval(work: UnitOfWork, order: Order, certificate_id: CertificateId) -> bool:
    requests = await work.requests.list_of_order(order.account_id, order.id)
    return any(
        request.status in WAITING and request.certificate_id == certificate_id and request.makes_a_certificate
        for request in requests
    )


def _issued(certificate: Certificate, issued: IssuedCertificate, at: datetime) -> Certificate:
    return replace(
        certificate,
        status=CertificateStatus.ISSUED,
        der=issued.der,
        authority_id=issued.authority_id,
        serial_number=issued.serial_number,
        sha1_thumbprint=hashlib.sha1(issued.der, usedforsecurity=False).hexdigest().upper(),
        not_before=issued.not_before,
        not_after=issued.not_after,
        issued_at=at,
    )
