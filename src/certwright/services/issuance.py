"""Carrying an order on: from proof of control over the CA to the certificate.

``Issuance.advance`` may be called at any time, by the worker or inside a request, and as often as one likes: it
looks where the order stands and does what can be done now. Each step is a transaction that checks that nobody else
was faster, so an order is carried on once however many call.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain import rules
from certwright.domain.certificate import CertificateStatus, IssuanceRequest
from certwright.domain.change import WORKER, Actor, ActorKind
from certwright.domain.errors import IssuanceRefused
from certwright.domain.product import ValidationLevel
from certwright.domain.status import AWAITING_PROOF, Action, OrderStatus
from certwright.services.ports import JobKind

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.certificate import Certificate, IssuedCertificate
    from certwright.domain.ids import OrderId
    from certwright.domain.order import Order
    from certwright.domain.organization import Organization
    from certwright.domain.product import Catalogue, Product
    from certwright.services.ports import CAAChecker, CABackend, Clock, Store, UnitOfWork
    from certwright.services.validation import NameProof, Validating

_CA = Actor(kind=ActorKind.CA)
_ISSUED = "The certificate was issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Material:
    """What issuing an order takes, read in one view."""

    order: Order
    certificate: Certificate
    product: Product
    organization: Organization | None


class Issuance:
    """Carries orders from proof of control to the certificate."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        catalogue: Catalogue,
        validating: Validating,
        *,
        caa: CAAChecker,
        ca: CABackend,
        max_validity: timedelta | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._validating = validating
        self._caa = caa
        self._ca = ca
        self._max_validity = max_validity

    async def advance(self, order_id: OrderId) -> OrderStatus | None:
        """Do all that can be done for an order now and return where it stands; ``None`` if there is no such order.

        Raises:
            StaleRecord: somebody else carried it on at the same moment; look again.
            Unavailable: the CA does not answer now.
        """
        material = await self._material(order_id)
        if material is None:
            return None
        if material.order.status in AWAITING_PROOF:
            material = await self._prove(material)
        if material.order.status is OrderStatus.PROCESSING:
            return await self._issue(material)
        return material.order.status

    async def _material(self, order_id: OrderId) -> _Material | None:
        async with self._store.reading() as work:
            order = await work.orders.find(order_id)
            if order is None:
                return None
            certificate = await work.certificates.get(order.account_id, order.certificate_id)
            organization = None
            if order.organization_id is not None:
                organization = await work.organizations.get(order.account_id, order.organization_id)
        product = self._catalogue.get(order.product_key)
        return _Material(order=order, certificate=certificate, product=product, organization=organization)

    async def _prove(self, material: _Material) -> _Material:
        """Look for proof and hand the order to the CA when nothing is missing; else store what is."""
        order, product = material.order, material.product
        proofs = () if product.private else await self._validating.look(order)
        missing = [proof for proof in proofs if not proof.is_proved]
        obstacle = _missing_proof(missing) or self._missing_organization(material)
        if obstacle is None and not product.private:
            obstacle = await self._caa_obstacle(proofs)
        now = self._clock.now()
        async with self._store.writing() as work:
            if obstacle is None:
                applied = order.apply(Action.SUBMIT, actor=WORKER, reason="Handed to the CA", at=now)
                await work.orders.record(applied)
                await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order.id, now)
            elif order.status is OrderStatus.PENDING and 0 < len(missing) < len(proofs):
                await work.orders.record(order.apply(Action.PROVE, actor=WORKER, reason=obstacle, at=now))
            elif order.status_reason != obstacle:
                await work.orders.save(replace(order, status_reason=obstacle))
            moved = await work.orders.get(order.account_id, order.id)
        return replace(material, order=moved)

    def _missing_organization(self, material: _Material) -> str | None:
        organization, level = material.organization, material.product.validation_level
        if organization is None or organization.is_validated_for(level, self._clock.now()):
            return None
        return f"The organization {organization.name} is not validated for {level.value.upper()} certificates"

    async def _caa_obstacle(self, proofs: tuple[NameProof, ...]) -> str | None:
        for proof in proofs:
            # A proof reused from an earlier order may have been given by another method than this order names.
            method = proof.validation.method if proof.validation is not None else proof.name.method
            result = await self._caa.check(proof.name.identifier, method=method)
            if not result.allowed:
                return result.reason
        return None

    async def _issue(self, material: _Material) -> OrderStatus:
        """Have the CA make the certificate, and store it with the change in one transaction.

        A crash before the commit leaves the order processing and the next look asks the CA again, by the same
        certificate id; the certificate that nobody stored never left this process.
        """
        order = material.order
        try:
            issued = await self._ca.issue(self._request(material))
        except IssuanceRefused as refusal:
            async with self._store.writing() as work:
                refused = order.apply(Action.REFUSE, actor=_CA, reason=refusal.message, at=self._clock.now())
                await work.orders.record(refused)
            return refused.order.status
        async with self._store.writing() as work:
            return await self._store_issued(work, material, issued)

    async def _store_issued(
        self, work: UnitOfWork, material: _Material, issued: IssuedCertificate
    ) -> OrderStatus:
        now = self._clock.now()
        certificate = replace(
            material.certificate,
            status=CertificateStatus.ISSUED,
            der=issued.der,
            authority_id=issued.authority_id,
            serial_number=issued.serial_number,
            sha1_thumbprint=hashlib.sha1(issued.der, usedforsecurity=False).hexdigest().upper(),
            not_before=issued.not_before,
            not_after=issued.not_after,
            issued_at=now,
        )
        await work.certificates.save(certificate, expected=CertificateStatus.PENDING)
        applied = material.order.apply(Action.ISSUE, actor=_CA, reason=_ISSUED, at=now)
        await work.orders.record(applied)
        await work.jobs.enqueue(JobKind.EXPIRE_CERTIFICATE, certificate.id, issued.not_after)
        return applied.order.status

    def _request(self, material: _Material) -> IssuanceRequest:
        order, certificate = material.order, material.certificate
        if certificate.csr is None:
            raise IssuanceRefused("The order has no certificate signing request")
        level, organization = material.product.validation_level, material.organization
        return IssuanceRequest(
            certificate_id=certificate.id,
            csr=certificate.csr,
            names=tuple(name.identifier for name in order.names),
            validation_level=level,
            not_after=self._not_after(order),
            # An order for a DV certificate may name an organization too; nobody has validated that one.
            subject=organization.subject() if organization and level is not ValidationLevel.DV else None,
        )

    def _not_after(self, order: Order) -> datetime:
        """Return the earliest of the order's end, the days asked for, and what the rules of the day allow."""
        now = self._clock.now()
        longest = self._max_validity or rules.max_validity(now)
        if order.certificate_days is not None:
            longest = min(longest, timedelta(days=order.certificate_days))
        return min(now + longest, order.expires_at)


def _missing_proof(missing: list[NameProof]) -> str | None:
    if not missing:
        return None
    first = missing[0]
    reason = first.validation.reason if first.validation is not None else "nothing proves it"
    more = f" (and {len(missing) - 1} more names)" if len(missing) > 1 else ""
    return f"Waits for proof of control of {first.name.identifier}{more}: {reason}"
