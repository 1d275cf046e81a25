"""Carrying an order on: from proof of control over the CA to the certificate.

``advance`` and ``advance_duplicate`` may be called at any time, by the worker or inside a request, and as often as one
likes: they look where things stand and do what can be done now. Each step is a transaction that checks that nobody
else was faster, so a certificate is issued once however many call. Orders that take the same step at the same time
share its transaction (``batching``).

That an order went to the CA is stored with what the CA answers: the certificate, its refusal, or that it does not answer
now. A crash before that commit leaves everything as it was, and the next look asks the CA again, by the same certificate id;
the certificate that nobody stored never left this process. Within a process a certificate is asked for once at a time; of two
processes the leases of jobs keep the workers apart, and where a request comes between them one answer is thrown away.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from certwright.domain import rules
from certwright.domain.certificate import CertificateStatus, IssuanceRequest
from certwright.domain.change import WORKER
from certwright.domain.errors import IssuanceRefused, StaleRecord, Unavailable
from certwright.domain.product import ValidationLevel
from certwright.domain.status import AWAITING_PROOF, UNDER_WAY, Action, OrderStatus
from certwright.services.batching import Batching
from certwright.services.issued import Made, store_made, store_refusal
from certwright.services.material import Material, read_material
from certwright.services.new_order import FIRST_REASON
from certwright.services.ports import JobKind
from certwright.services.withdrawal import give_up_waiting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from certwright.domain.certificate import Certificate
    from certwright.domain.ids import CertificateId, OrderId
    from certwright.domain.order import Applied, Order
    from certwright.domain.product import Catalogue
    from certwright.services.ports import CABackend, Clock, Store
    from certwright.services.readiness import Readiness, Verdict

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
        self._reading = Batching(self._read)
        self._reading_duplicates = Batching(self._read_duplicates)
        self._noting = Batching(self._note_all)
        self._submitting = Batching(self._submit_all)
        self._storing = Batching(self._store_all)
        # Whose certificates are being made; a lock is forgotten with the last who holds or waits for it.
        self._turns: WeakValueDictionary[CertificateId, asyncio.Lock] = WeakValueDictionary()

    async def caa_messages(self, order: Order) -> dict[str, str]:
        """Say of each name of an order what its CAA records come to."""
        return await self._readiness.caa_messages(order)

    async def advance(self, order_id: OrderId) -> OrderStatus | None:
        """Do all that can be done for an order now and return where it stands; ``None`` if there is no such order.

        Raises:
            StaleRecord: somebody else carried it on at the same moment; look again.
            Unavailable: the CA does not answer now.
        """
        material = await self._reading.do(order_id)
        if not isinstance(material, Material):
            return material
        if material.waits_for_approval:
            return material.order.status
        # Again for one that is with the CA: it may have been away for so long that proofs and CAA records are old.
        verdict = await self._readiness.judge(material)
        order = material.order
        if order.status not in AWAITING_PROOF:
            if verdict.obstacle is not None:
                return await self._note(order, _told(verdict))
            return await self._issue(material)
        if verdict.obstacle is not None:
            return await self._wait(order, verdict)
        applied = order.apply(Action.SUBMIT, actor=WORKER, reason="Handed to the CA", at=self._clock.now())
        try:
            return await self._issue(replace(material, order=applied.order), handed_over=applied)
        except Unavailable:
            await self._submitting.do(applied)
            await self._look_again(order_id)
            raise

    async def advance_duplicate(self, certificate_id: CertificateId) -> CertificateStatus | None:
        """Do all that can be done for a duplicate now and return where it stands.

        Raises:
            StaleRecord, Unavailable: as for ``advance``.
        """
        material = await self._reading_duplicates.do(certificate_id)
        if not isinstance(material, Material):
            return material
        if material.order.status not in _MAY_BE_DUPLICATED:
            return await self._give_up_duplicate(material.order)
        if material.waits_for_approval:
            return material.certificate.status
        verdict = await self._readiness.judge(material)
        if verdict.obstacle is not None:
            await self._note(material.order, verdict.obstacle)
            return material.certificate.status
        await self._issue(material)
        return CertificateStatus.ISSUED

    async def _read(self, order_ids: Sequence[OrderId]) -> list[Material | OrderStatus | None]:
        """Read what orders take to be carried on; of others, where they stand."""
        async with self._store.reading() as work:
            orders = {order.id: order for order in await work.orders.find_anywhere(set(order_ids))}
            moving = [order for order in orders.values() if order.status in UNDER_WAY]
            found = await work.certificates.find_anywhere({order.wanted_certificate_id for order in moving})
            certificates = {certificate.id: certificate for certificate in found}
            wanted = [(order, certificates[order.wanted_certificate_id]) for order in moving]
            read = await read_material(work, self._catalogue, wanted, self._clock.now())
        material = {each.order.id: each for each in read}
        return [
            material.get(order_id) or (orders[order_id].status if order_id in orders else None)
            for order_id in order_ids
        ]

    async def _read_duplicates(
        self, certificate_ids: Sequence[CertificateId]
    ) -> list[Material | CertificateStatus | None]:
        """Read what duplicates take to be issued; of others, where they stand."""
        async with self._store.reading() as work:
            found = await work.certificates.find_anywhere(set(certificate_ids))
            pending = [each for each in found if each.status is CertificateStatus.PENDING]
            its = await work.orders.find_anywhere({each.order_id for each in pending})
            orders = {order.id: order for order in its}
            wanted = [(orders[each.order_id], each) for each in pending]
            read = await read_material(work, self._catalogue, wanted, self._clock.now())
        material = {each.certificate.id: each for each in read}
        status = {each.id: each.status for each in found}
        return [material.get(each) or status.get(each) for each in certificate_ids]

    async def _give_up_duplicate(self, seen: Order) -> CertificateStatus:
        """Give up what an order that has ended can't have any more, unless a reissue has begun meanwhile."""
        now = self._clock.now()
        async with self._store.writing() as work:
            order = await work.orders.get(seen.account_id, seen.id)
            if order.version != seen.version:
                raise StaleRecord("The order has been changed by somebody else")
            await give_up_waiting(work, order, reason="The order has ended", at=now)
        return CertificateStatus.CANCELED

    async def _wait(self, order: Order, verdict: Verdict) -> OrderStatus:
        """Store what an order waits for."""
        if order.status is not OrderStatus.PENDING or not verdict.is_partly_proved:
            return await self._note(order, _told(verdict))
        reason = verdict.obstacle or ""
        applied = order.apply(Action.PROVE, actor=WORKER, reason=reason, at=self._clock.now())
        return (await self._submitting.do(applied)).status

    async def _note(self, order: Order, obstacle: str) -> OrderStatus:
        if order.status_reason != obstacle:
            await self._noting.do(replace(order, status_reason=obstacle))
        return order.status

    async def _note_all(self, orders: Sequence[Order]) -> list[None]:
        async with self._store.writing() as work:
            await work.orders.save(*orders)
        return [None] * len(orders)

    async def _submit_all(self, applied: Sequence[Applied]) -> list[Order]:
        async with self._store.writing() as work:
            await work.orders.record(*applied)
        return [replace(each.order, version=each.order.version + 1) for each in applied]

    async def _look_again(self, order_id: OrderId) -> None:
        """Have the worker ask the CA soon, however long the order was waited for before."""
        async with self._store.writing() as work:
            await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order_id, self._clock.now())

    async def _issue(self, material: Material, *, handed_over: Applied | None = None) -> OrderStatus:
        """Have the CA make the certificate, unless somebody else here is about it; then wait, and look again."""
        turn = self._turns.setdefault(material.certificate.id, asyncio.Lock())
        if turn.locked():
            async with turn:
                raise StaleRecord("The certificate was asked for at the same moment")
        async with turn:
            return await self._ask_ca(material, handed_over)

    async def _ask_ca(self, material: Material, handed_over: Applied | None) -> OrderStatus:
        """Have the CA make the certificate, and store it with the change, and the one before, in one transaction."""
        if material.product.retired:
            raise Unavailable(f"The catalogue has no product {material.product.name} any more")
        try:
            issued = await self._ca.issue(self._request(material))
        except IssuanceRefused as refusal:
            async with self._store.writing() as work:
                return await store_refusal(
                    work, material, refusal.message, self._clock.now(), handed_over=handed_over
                )
        return await self._storing.do(Made(material=material, issued=issued, handed_over=handed_over))

    async def _store_all(self, made: Sequence[Made]) -> list[OrderStatus]:
        async with self._store.writing() as work:
            return await store_made(work, made, self._clock.now())

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


def _told(verdict: Verdict) -> str:
    """Return what an order is told to wait for; which proof it is, and what was seen of it, its validations tell."""
    return FIRST_REASON[OrderStatus.PENDING] if verdict.lacks_proof else verdict.obstacle or ""
