"""Orders: placing, showing and canceling them.

Placing an order stores everything that follows from it (the order and its first change, its certificate-to-be, the
validations it lacks, its approval request and the jobs that carry it on) in one transaction.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from certwright.domain.certificate import CertificateStatus, FurtherCertificates
from certwright.domain.change import Actor
from certwright.domain.csr import check_csr
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import Conflict, StaleRecord, Unavailable
from certwright.domain.ids import ApprovalRequestId, CertificateId, OrderId
from certwright.domain.order import place
from certwright.domain.organization import OrganizationStatus
from certwright.domain.status import Action, OrderStatus
from certwright.services.annotations import check_all_given, check_values, store_values
from certwright.services.billing import charge_order
from certwright.services.idempotency import find_answered, note_answered
from certwright.services.new_order import (
    FIRST_REASON,
    build_certificate,
    build_order,
    build_request,
    check_order,
    refuse_compromised_key,
)
from certwright.services.organizations import submit_for_validation
from certwright.services.ports import JobKind, NumberKind
from certwright.services.renewal import is_renewable, link_renewal
from certwright.services.retrying import again_when_stale
from certwright.services.validation import NameProof, missing_validations, name_proofs
from certwright.services.visibility import get_order
from certwright.services.withdrawal import give_up_reissue, withdraw

if TYPE_CHECKING:
    from datetime import timedelta

    from certwright.domain.account import Caller
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.certificate import Certificate
    from certwright.domain.csr import CSR
    from certwright.domain.custom_field import CustomValue
    from certwright.domain.key_blocklist import KeyBlocklist
    from certwright.domain.note import Note
    from certwright.domain.order import Order
    from certwright.domain.organization import Organization
    from certwright.domain.product import Catalogue, Product
    from certwright.services.idempotency import IdempotencyKey
    from certwright.services.issuance import Issuance
    from certwright.services.new_order import NewOrder
    from certwright.services.ports import Clock, Store, UnitOfWork


_LOOKS = 3
"""How often a request tries to carry an order on beside the worker, which takes at most two steps of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order with all that belongs to it, for the dialects to show.

    ``proofs`` follows ``order.names``: which validation proves, or is to prove, each of them. ``is_renewable``,
    ``is_reissuable`` and ``is_cancelable`` say what the account may do now.
    """

    order: Order
    certificate: Certificate
    product: Product
    proofs: tuple[NameProof, ...]
    requests: tuple[ApprovalRequest, ...]
    organization: Organization | None = None
    further: FurtherCertificates = field(default_factory=FurtherCertificates)
    notes: tuple[Note, ...] = ()
    custom_values: tuple[CustomValue, ...] = ()
    is_renewable: bool = False
    is_reissuable: bool = False
    is_cancelable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """The numbers that a new order and its rows get."""

    order: OrderId
    certificate: CertificateId
    request: ApprovalRequestId
    transaction: int
    validations: list[int]


class Ordering:
    """Places, shows and cancels orders."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        catalogue: Catalogue,
        issuance: Issuance,
        *,
        blocklist: KeyBlocklist,
        lapse_after: timedelta,
    ) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._issuance = issuance
        self._blocklist = blocklist
        self._lapse_after = lapse_after

    @again_when_stale
    async def place(self, caller: Caller, new: NewOrder, *, at_once: bool = False) -> OrderView:
        """Store an order and what follows from it.

        With ``at_once``, an order that lacks no proof is carried on before the answer, and usually comes back issued.
        With an ``idempotency_key`` that was used before, nothing is stored and the earlier order comes back.

        Raises:
            InvalidInput: names, methods, term, organization or contacts do not fit the product.
            UnusableCSR: the request's signature or key is not acceptable.
            NotFound: a contact, organization or renewed order is not in this account.
            RenewalRefused: the order to renew can't be renewed.
            InsufficientFunds: balance and credit limit do not cover the price.
            Conflict: the idempotency key was used for something else.
        """
        check_order(new, self._blocklist, self._clock.now())
        numbers = await self._allot(new)
        async with self._store.writing() as work:
            known = await find_answered(work, caller, new.idempotency_key)
            if known is not None:
                return await self._view(work, caller, known)
            await note_answered(work, caller, new.idempotency_key, numbers.order)
            await self._check_references(work, caller, new)
            await check_values(work, caller, new.custom_values)
            await check_all_given(work, caller, new.custom_values)
            order = await self._store_order(work, caller, new, numbers)
            view = await self._view(work, caller, order.id)
        lacks_nothing = new.product.private or all(proof.is_proved for proof in view.proofs)
        if at_once and view.order.status is OrderStatus.PENDING and lacks_nothing:
            return await self.check(caller, order.id)
        return view

    async def _allot(self, new: NewOrder) -> _Numbers:
        async def one(kind: NumberKind) -> int:
            return (await self._store.allot(kind))[0]

        return _Numbers(
            order=OrderId(await one(NumberKind.ORDER)),
            certificate=CertificateId(await one(NumberKind.CERTIFICATE)),
            request=ApprovalRequestId(await one(NumberKind.REQUEST)),
            transaction=await one(NumberKind.TRANSACTION),
            validations=await self._store.allot(NumberKind.VALIDATION, len(new.names)),
        )

    async def _store_order(self, work: UnitOfWork, caller: Caller, new: NewOrder, numbers: _Numbers) -> Order:
        now = self._clock.now()
        built = build_order(caller, new, numbers.order, numbers.certificate, now)
        order = await link_renewal(work, built, new.product, now)
        await work.orders.add(
            place(order, actor=Actor.for_key(caller.key.id), reason=FIRST_REASON[order.status])
        )
        await work.certificates.add(build_certificate(order, new))
        await work.requests.add(build_request(caller, order, new, numbers.request, now))
        await store_values(work, caller, order.id, new.custom_values)
        await charge_order(work, new.product, order, numbers.transaction)
        if not new.product.private:
            for validation in await missing_validations(work, order, numbers.validations, now):
                await work.validations.add(validation)
                # Nobody outside is written to about an order that the account has not agreed to yet.
                if validation.method is DCVMethod.EMAIL and order.status is not OrderStatus.NEEDS_APPROVAL:
                    await work.jobs.enqueue(JobKind.SEND_APPROVAL_EMAIL, validation.id, now)
        if order.organization_id is not None:
            await submit_for_validation(work, order.organization_id, new.product.validation_level, now)
        await work.jobs.enqueue(JobKind.LAPSE_ORDER, order.id, now + self._lapse_after)
        if order.status is OrderStatus.PENDING:
            await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order.id, now)
        return order

    async def check(self, caller: Caller, order_id: OrderId) -> OrderView:
        """Look for proof now, carry the order on as far as it goes, and return where it stands.

        Raises:
            NotFound: no such order in this account.
        """
        await self.show(caller, order_id)
        with suppress(Unavailable):  # a CA that does not answer now is nothing the client can mend
            for _ in range(_LOOKS):
                try:
                    await self._issuance.advance(order_id)
                except StaleRecord:
                    continue  # the worker took a step at the same moment; go on from there
                break
        return await self.show(caller, order_id)

    async def show(self, caller: Caller, order_id: OrderId) -> OrderView:
        """Return an order of the caller's account with all that belongs to it.

        Raises:
            NotFound: no such order in this account.
        """
        async with self._store.reading() as work:
            return await self._view(work, caller, order_id)

    @again_when_stale
    async def supply_csr(self, caller: Caller, order_id: OrderId, csr: CSR) -> None:
        """Give an order that has none its CSR, so that it goes on to validation.

        Raises:
            NotFound: no such order in this account.
            Conflict: the order does not wait for a CSR.
            UnusableCSR: as for ``place``.
        """
        check_csr(csr, blocklist=self._blocklist)
        now = self._clock.now()
        async with self._store.writing() as work:
            await refuse_compromised_key(work, csr)
            order = await get_order(work, caller, order_id)
            actor = Actor.for_key(caller.key.id)
            applied = order.apply(
                Action.SUPPLY_CSR, actor=actor, reason=FIRST_REASON[OrderStatus.PENDING], at=now
            )
            certificate = await work.certificates.get(caller.account_id, order.certificate_id)
            with_csr = replace(certificate, csr=csr.der, key_hash=csr.key_hash)
            await work.certificates.save(with_csr, expected=CertificateStatus.PENDING)
            await work.orders.record(applied)
            await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order.id, now)

    @again_when_stale
    async def cancel(
        self,
        caller: Caller,
        order_id: OrderId,
        *,
        note: str = "",
        idempotency_key: IdempotencyKey | None = None,
    ) -> Order:
        """Cancel an order that has no certificate yet, with its open validations and requests, or a reissue under way.

        An order whose reissue is given up goes back to its current certificate. Canceling a canceled order again is no
        error: a client that lost the first answer may ask again. With an ``idempotency_key`` that was used before,
        nothing is done, so that the second request for giving up a reissue does not fail either.

        Raises:
            NotFound: no such order in this account.
            Conflict: the order has gone too far, or the idempotency key was used for something else.
        """
        now = self._clock.now()
        actor = Actor.for_key(caller.key.id)
        async with self._store.writing() as work:
            order = await get_order(work, caller, order_id)
            answered = await find_answered(work, caller, idempotency_key)
            if answered is not None or order.status in {OrderStatus.CANCELED, OrderStatus.REFUNDED}:
                return order
            await note_answered(work, caller, idempotency_key, order_id)
            if order.status is OrderStatus.REISSUE_PENDING:
                reason = note or "The reissue was canceled at the customer's request"
                return await give_up_reissue(work, order, actor=actor, reason=reason, at=now)
            reason = note or "Canceled at the customer's request"
            applied = order.apply(Action.CANCEL, actor=actor, reason=reason, at=now)
            noted = replace(applied, order=replace(applied.order, details=replace(order.details, note=note)))
            await work.orders.record(noted)
            await withdraw(work, order, reason=reason, at=now)
            return noted.order

    async def _check_references(self, work: UnitOfWork, caller: Caller, new: NewOrder) -> None:
        if new.csr is not None:
            await refuse_compromised_key(work, new.csr)
        for contact_id in (new.administrator_contact_id, new.technical_contact_id):
            if contact_id is not None:
                await work.contacts.get(caller.account_id, contact_id)
        if new.organization_id is not None:
            organization = await work.organizations.get(caller.account_id, new.organization_id)
            if organization.status is not OrganizationStatus.ACTIVE:
                raise Conflict("The organization is not active")

    async def _view(self, work: UnitOfWork, caller: Caller, order_id: OrderId) -> OrderView:
        order = await get_order(work, caller, order_id)
        account_id, organization = order.account_id, None
        if order.organization_id is not None:
            organization = await work.organizations.get(account_id, order.organization_id)
        now = self._clock.now()
        certificate = await work.certificates.get(account_id, order.certificate_id)
        product = self._catalogue.get_ordered(order.product_key)
        further = await work.certificates.count_further(account_id, [order_id])
        values = await work.custom_fields.values_of_orders(account_id, [order_id])
        return OrderView(
            order=order,
            certificate=certificate,
            product=product,
            proofs=await name_proofs(work, order, now),
            requests=tuple(await work.requests.list_of_order(account_id, order_id)),
            organization=organization,
            further=further.get(order_id, FurtherCertificates()),
            notes=tuple(await work.notes.list_of_order(account_id, order_id)),
            custom_values=values.get(order_id, ()),
            is_renewable=is_renewable(order, certificate, product, now),
            is_reissuable=order.can(Action.REISSUE) and now < order.expires_at and not product.retired,
            is_cancelable=order.can(Action.CANCEL) or order.can(Action.CANCEL_REISSUE),
        )
