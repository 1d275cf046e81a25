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
from certwright.domain.errors import CertwrightError, StaleRecord, Unavailable
from certwright.domain.status import Action, OrderStatus
from certwright.services.admission import Admitted
from certwright.services.idempotency import find_answered, note_answered
from certwright.services.name_proofs import NameProof, name_proofs
from certwright.services.new_order import (
    FIRST_REASON,
    check_order,
    refuse_compromised_key,
)
from certwright.services.placing import Numbers, Placing
from certwright.services.ports import JobKind
from certwright.services.renewal import is_renewable
from certwright.services.retrying import again_when_stale
from certwright.services.visibility import get_order
from certwright.services.withdrawal import give_up_reissue, withdraw

if TYPE_CHECKING:
    from datetime import timedelta

    from certwright.domain.account import Caller
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.certificate import Certificate
    from certwright.domain.csr import CSR
    from certwright.domain.custom_field import CustomValue
    from certwright.domain.ids import OrderId
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
        checked = check_order(new, self._blocklist, self._clock.now())
        numbers = await Numbers.allot(self._store, [checked])
        placing = Placing(caller=caller, at=self._clock.now(), lapse_after=self._lapse_after)
        async with self._store.writing() as work:
            (verdict,) = await placing.place(work, [checked], numbers)
            if isinstance(verdict, CertwrightError):
                raise verdict
            view = await self._view(work, caller, verdict.order_id)
        lacks_nothing = new.product.private or all(proof.is_proved for proof in view.proofs)
        is_new = isinstance(verdict, Admitted)
        if at_once and is_new and view.order.status is OrderStatus.PENDING and lacks_nothing:
            return await self.check(caller, view.order.id)
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
            return await self._view(work, caller, order_id)

    async def caa_messages(self, caller: Caller, order_id: OrderId) -> dict[str, str]:
        """Look at the CAA records of an order's names now, and say of each name what they come to.

        Raises:
            NotFound: no such order in this account.
        """
        async with self._store.reading() as work:
            order = await get_order(work, caller, order_id)
        return await self._issuance.caa_messages(order)

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
