"""Orders: placing, showing and canceling them.

Placing an order stores everything that follows from it (the order and its first change, its certificate-to-be, the
validations it lacks, its approval request and the jobs that carry it on) in one transaction.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from certwright.domain.certificate import CertificateStatus
from certwright.domain.change import Actor
from certwright.domain.csr import check_csr
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import Conflict, StaleRecord, Unavailable, UnusableCSR
from certwright.domain.ids import ApprovalRequestId, CertificateId, OrderId
from certwright.domain.order import place
from certwright.domain.organization import OrganizationStatus
from certwright.domain.status import Action, OrderStatus
from certwright.services.approvals import close_requests
from certwright.services.new_order import (
    FIRST_REASON,
    build_certificate,
    build_order,
    build_request,
    check_order,
)
from certwright.services.ports import JobKind, NumberKind
from certwright.services.retrying import again_when_stale
from certwright.services.validation import NameProof, missing_validations, name_proofs, withdraw_validations

if TYPE_CHECKING:
    from datetime import timedelta

    from certwright.domain.account import Caller
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.certificate import Certificate
    from certwright.domain.csr import CSR
    from certwright.domain.ids import AccountId
    from certwright.domain.key_blocklist import KeyBlocklist
    from certwright.domain.order import Order
    from certwright.domain.organization import Organization
    from certwright.domain.product import Catalogue, Product
    from certwright.services.issuance import Issuance
    from certwright.services.new_order import NewOrder
    from certwright.services.ports import Clock, Store, UnitOfWork


_LOOKS = 3
"""How often a request tries to carry an order on beside the worker, which takes at most two steps of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order with all that belongs to it, for the dialects to show.

    ``proofs`` follows ``order.names``: which validation proves, or is to prove, each of them.
    """

    order: Order
    certificate: Certificate
    product: Product
    proofs: tuple[NameProof, ...]
    requests: tuple[ApprovalRequest, ...]
    organization: Organization | None = None


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

        Raises:
            InvalidInput: names, methods, term, organization or contacts do not fit the product.
            UnusableCSR: the request's signature or key is not acceptable.
            NotFound: a contact, organization or renewed order is not in this account.
            Conflict: the order to renew has been renewed already.
        """
        now = self._clock.now()
        check_order(new, self._blocklist, now)
        numbers = [
            (await self._store.allot(kind))[0]
            for kind in (NumberKind.ORDER, NumberKind.CERTIFICATE, NumberKind.REQUEST)
        ]
        order = build_order(caller, new, OrderId(numbers[0]), CertificateId(numbers[1]), now)
        fqdns = len({name.identifier.fqdn for name in order.names}) + len(order.names)
        validation_numbers = await self._store.allot(NumberKind.VALIDATION, fqdns)
        certificate = build_certificate(order, new.csr)
        request = build_request(caller, order, ApprovalRequestId(numbers[2]), now)
        reason = FIRST_REASON[order.status]
        async with self._store.writing() as work:
            await self._check_references(work, caller, new)
            applied = place(order, actor=Actor.for_key(caller.key.id), reason=reason)
            await work.orders.add(applied)
            await work.certificates.add(certificate)
            await work.requests.add(request)
            if not new.product.private:
                for validation in await missing_validations(work, applied.order, validation_numbers, now):
                    await work.validations.add(validation)
                    if validation.method is DCVMethod.EMAIL:
                        await work.jobs.enqueue(JobKind.SEND_APPROVAL_EMAIL, validation.id, now)
            await self._link_renewal(work, applied.order)
            await work.jobs.enqueue(JobKind.LAPSE_ORDER, order.id, now + self._lapse_after)
            if order.status is OrderStatus.PENDING:
                await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order.id, now)
            view = await self._view(work, caller.account_id, order.id)
        lacks_nothing = new.product.private or all(proof.is_proved for proof in view.proofs)
        if at_once and view.order.status is OrderStatus.PENDING and lacks_nothing:
            return await self.check(caller, order.id)
        return view

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
            return await self._view(work, caller.account_id, order_id)

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
            await _refuse_compromised_key(work, csr)
            order = await work.orders.get(caller.account_id, order_id)
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
    async def cancel(self, caller: Caller, order_id: OrderId, *, note: str = "") -> Order:
        """Cancel an order that has no certificate yet, with its open validations and requests.

        Canceling a canceled order again is no error: a client that lost the first answer may ask again.

        Raises:
            NotFound: no such order in this account.
            Conflict: the order has gone too far.
        """
        now = self._clock.now()
        async with self._store.writing() as work:
            order = await work.orders.get(caller.account_id, order_id)
            if order.status in {OrderStatus.CANCELED, OrderStatus.REFUNDED}:
                return order
            reason = note or "Canceled at the customer's request"
            applied = order.apply(Action.CANCEL, actor=Actor.for_key(caller.key.id), reason=reason, at=now)
            noted = replace(applied, order=replace(applied.order, details=replace(order.details, note=note)))
            await work.orders.record(noted)
            await withdraw_validations(work, order, "The order was canceled")
            await close_requests(work, order, reason, now)
            return noted.order

    async def _check_references(self, work: UnitOfWork, caller: Caller, new: NewOrder) -> None:
        if new.csr is not None:
            await _refuse_compromised_key(work, new.csr)
        for contact_id in (new.administrator_contact_id, new.technical_contact_id):
            if contact_id is not None:
                await work.contacts.get(caller.account_id, contact_id)
        if new.organization_id is not None:
            organization = await work.organizations.get(caller.account_id, new.organization_id)
            if organization.status is not OrganizationStatus.ACTIVE:
                raise Conflict("The organization is not active")

    async def _link_renewal(self, work: UnitOfWork, order: Order) -> None:
        if order.renewal_of_order_id is None:
            return
        old = await work.orders.get(order.account_id, order.renewal_of_order_id)
        if old.renewed_by_order_id is not None:
            raise Conflict("The order has been renewed already")
        await work.orders.save(replace(old, renewed_by_order_id=order.id))

    async def _view(self, work: UnitOfWork, account_id: AccountId, order_id: OrderId) -> OrderView:
        order = await work.orders.get(account_id, order_id)
        organization = None
        if order.organization_id is not None:
            organization = await work.organizations.get(account_id, order.organization_id)
        return OrderView(
            order=order,
            certificate=await work.certificates.get(account_id, order.certificate_id),
            product=self._catalogue.get(order.product_key),
            proofs=await name_proofs(work, order, self._clock.now()),
            requests=tuple(await work.requests.list_of_order(account_id, order_id)),
            organization=organization,
        )


async def _refuse_compromised_key(work: UnitOfWork, csr: CSR) -> None:
    # BR §6.1.1.3 (4): a key once revoked for compromise is never certified again.
    if await work.certificates.is_key_compromised(csr.key_hash):
        raise UnusableCSR.for_field("csr", "The key of the CSR is known to be compromised")
