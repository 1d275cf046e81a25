"""Further certificates of an issued order: reissues, which replace the current one, and duplicates beside it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from certwright.domain.approval import ApprovalRequest, RequestKind, RequestStatus
from certwright.domain.certificate import Certificate, CertificateKind, CertificateStatus
from certwright.domain.change import Actor
from certwright.domain.csr import check_csr
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import Conflict, InvalidInput, StaleRecord, Unavailable
from certwright.domain.ids import ApprovalRequestId, CertificateId, ValidationId
from certwright.domain.status import Action
from certwright.services.billing import charge_reissue
from certwright.services.idempotency import find_answered, note_answered
from certwright.services.name_proofs import missing_validations
from certwright.services.new_order import (
    check_method,
    check_names,
    check_offered,
    refuse_compromised_key,
    waiting_status,
)
from certwright.services.ports import JobKind, NumberKind
from certwright.services.retrying import again_when_stale
from certwright.services.validation import with_waiting_value
from certwright.services.visibility import get_order

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.account import Caller
    from certwright.domain.csr import CSR
    from certwright.domain.ids import OrderId
    from certwright.domain.key_blocklist import KeyBlocklist
    from certwright.domain.order import Order, OrderedName
    from certwright.domain.product import Catalogue, Product
    from certwright.services.idempotency import IdempotencyKey
    from certwright.services.issuance import Issuance
    from certwright.services.ports import AnsweredRequest, Clock, Store, UnitOfWork


_MOST_NAMES = 250
"""More names than any product takes in a certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCertificate:
    """A further certificate, as a client asks for it.

    ``names`` of ``None`` keeps those of the current one. ``days`` caps its life. ``skip_approval`` is heeded for approvers.
    ``idempotency_key`` is the client's own name for the request, as in ``NewOrder``.
    """

    csr: CSR
    names: tuple[OrderedName, ...] | None = None
    days: int | None = None
    server_platform: int | None = None
    comments: str = ""
    skip_approval: bool = False
    idempotency_key: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherCertificate:
    """A further certificate as stored, and the request that its approval hangs on."""

    order: Order
    certificate: Certificate
    request: ApprovalRequest


class Reissuing:
    """Reissues and duplicates certificates of issued orders."""

    def __init__(
        self, store: Store, clock: Clock, catalogue: Catalogue, issuance: Issuance, *, blocklist: KeyBlocklist
    ) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._issuance = issuance
        self._blocklist = blocklist

    async def reissue(self, caller: Caller, order_id: OrderId, new: NewCertificate) -> FurtherCertificate:
        """Ask for a certificate in place of the order's current one, which stays good until the new one is issued.

        Only names that nothing proves any more need a new proof. An order that lacks none comes back issued.

        Raises:
            NotFound: no such order in this account.
            Conflict: the order is not issued, has run out, or a reissue is under way; or the idempotency key was used
                for something else.
            InvalidInput, UnusableCSR: as for placing an order.
            InsufficientFunds: names beyond those paid for are not covered.
        """
        stored = await self._store_new(caller, order_id, new, CertificateKind.REISSUE)
        if stored.request.status is RequestStatus.APPROVED:
            with suppress(StaleRecord, Unavailable):
                await self._issuance.advance(order_id)
        return await self._again(caller, stored)

    async def duplicate(self, caller: Caller, order_id: OrderId, new: NewCertificate) -> FurtherCertificate:
        """Ask for a certificate beside the order's current one.

        Raises:
            As ``reissue``.
        """
        stored = await self._store_new(caller, order_id, new, CertificateKind.DUPLICATE)
        if stored.request.status is RequestStatus.APPROVED:
            with suppress(StaleRecord, Unavailable):
                await self._issuance.advance_duplicate(stored.certificate.id)
        return await self._again(caller, stored)

    async def list_of(self, caller: Caller, order_id: OrderId, kind: CertificateKind) -> list[Certificate]:
        """List an order's certificates of a kind, oldest first.

        Raises:
            NotFound: no such order in this account.
        """
        async with self._store.reading() as work:
            await get_order(work, caller, order_id)
            certificates = await work.certificates.list_of_order(caller.account_id, order_id)
        return [certificate for certificate in certificates if certificate.kind is kind]

    @again_when_stale
    async def _store_new(
        self, caller: Caller, order_id: OrderId, new: NewCertificate, kind: CertificateKind
    ) -> FurtherCertificate:
        check_csr(new.csr, blocklist=self._blocklist)
        now = self._clock.now()
        certificate_number = (await self._store.allot(NumberKind.CERTIFICATE))[0]
        request_number = (await self._store.allot(NumberKind.REQUEST))[0]
        transaction_number = (await self._store.allot(NumberKind.TRANSACTION))[0]
        validation_numbers = await self._store.allot(NumberKind.VALIDATION, _MOST_NAMES)
        async with self._store.writing() as work:
            answered = await find_answered(work, caller, new.idempotency_key)
            if answered is not None:
                return await _made_earlier(work, caller, answered, kind)
            await note_answered(
                work, caller, new.idempotency_key, order_id, CertificateId(certificate_number)
            )
            await refuse_compromised_key(work, new.csr)
            order = await get_order(work, caller, order_id)
            product = self._catalogue.get(order.product_key)
            earlier = await work.certificates.list_of_order(caller.account_id, order_id)
            current = next(each for each in earlier if each.id == order.certificate_id)
            certificate = _certificate(current, new, kind, CertificateId(certificate_number), now)
            _check(order, current, certificate, product, now)
            request = _request(caller, certificate, new, ApprovalRequestId(request_number), now)
            await work.certificates.add(certificate)
            await work.requests.add(request)
            order = await with_waiting_value(work, order, now)
            if kind is CertificateKind.REISSUE:
                await charge_reissue(
                    work, product, order, certificate, earlier=earlier, number=transaction_number
                )
                order = await _begin_reissue(work, caller, order, certificate, now)
            if not product.private:
                await _add_validations(
                    work, order, certificate, [ValidationId(n) for n in validation_numbers], now
                )
            job = JobKind.ADVANCE_ORDER if kind is CertificateKind.REISSUE else JobKind.ADVANCE_DUPLICATE
            await work.jobs.enqueue(job, order.id if kind is CertificateKind.REISSUE else certificate.id, now)
        return FurtherCertificate(order=order, certificate=certificate, request=request)

    async def _again(self, caller: Caller, stored: FurtherCertificate) -> FurtherCertificate:
        async with self._store.reading() as work:
            return replace(
                stored,
                order=await work.orders.get(caller.account_id, stored.order.id),
                certificate=await work.certificates.get(caller.account_id, stored.certificate.id),
            )


async def _made_earlier(
    work: UnitOfWork, caller: Caller, answered: AnsweredRequest, kind: CertificateKind
) -> FurtherCertificate:
    """Return what an earlier request made; older versions did not note which certificate: then it is the last one."""
    certificates = await work.certificates.list_of_order(caller.account_id, answered.order_id)
    certificate = next(
        c
        for c in reversed(certificates)
        if (c.id == answered.certificate_id if answered.certificate_id else c.kind is kind)
    )
    requests = await work.requests.list_of_order(caller.account_id, answered.order_id)
    return FurtherCertificate(
        order=await get_order(work, caller, answered.order_id),
        certificate=certificate,
        request=next(r for r in requests if r.certificate_id == certificate.id),
    )


def _check(
    order: Order, current: Certificate, certificate: Certificate, product: Product, now: datetime
) -> None:
    action = Action.REISSUE if certificate.kind is CertificateKind.REISSUE else Action.ISSUE_DUPLICATE
    if not order.can(action):
        status = order.status.value.replace("_", " ")
        raise Conflict(f"Unable to make a {certificate.kind.value} of an order that is {status}")
    if now >= order.expires_at:
        raise Conflict("The order has run out; renew it")
    if certificate.kind is CertificateKind.REISSUE:
        check_names(product, certificate.names, now)
    else:
        _check_names_of_duplicate(current, certificate, product, now)


def _check_names_of_duplicate(
    current: Certificate, certificate: Certificate, product: Product, at: datetime
) -> None:
    """Refuse names that the current certificate has not, and that are not below its wildcards.

    Those of a reissue under way may yet be given up, and given back what they cost.
    """
    paid = {name.identifier for name in current.names}
    bases = [f".{name.fqdn}" for name in paid if name.is_wildcard]
    for index, name in enumerate(certificate.names):
        identifier = name.identifier
        is_below = not identifier.is_wildcard and any(identifier.name.endswith(base) for base in bases)
        if identifier not in paid and not is_below:
            message = f"A duplicate can't have the name {identifier}: reissue the certificate with it"
            raise InvalidInput.for_field(f"names[{index}]", message)
        check_offered(product, name.method)
        check_method(name, at, field=f"names[{index}]")


def _certificate(
    current: Certificate,
    new: NewCertificate,
    kind: CertificateKind,
    certificate_id: CertificateId,
    now: datetime,
) -> Certificate:
    return Certificate(
        id=certificate_id,
        account_id=current.account_id,
        order_id=current.order_id,
        status=CertificateStatus.PENDING,
        csr=new.csr.der,
        key_hash=new.csr.key_hash,
        created_at=now,
        names=new.names or current.names,
        kind=kind,
        days=new.days,
        server_platform=new.server_platform,
    )


def _request(
    caller: Caller,
    certificate: Certificate,
    new: NewCertificate,
    request_id: ApprovalRequestId,
    now: datetime,
) -> ApprovalRequest:
    kind = RequestKind.REISSUE if certificate.kind is CertificateKind.REISSUE else RequestKind.DUPLICATE
    waits = waiting_status(caller, skip=new.skip_approval)
    return ApprovalRequest(
        id=request_id,
        account_id=certificate.account_id,
        order_id=certificate.order_id,
        kind=kind,
        status=waits or RequestStatus.APPROVED,
        requester=caller.key.id,
        created_at=now,
        comments=new.comments,
        certificate_id=certificate.id,
        processor=None if waits else caller.key.id,
        processed_at=None if waits else now,
    )


async def _begin_reissue(
    work: UnitOfWork, caller: Caller, order: Order, certificate: Certificate, now: datetime
) -> Order:
    asked = replace(
        order,
        names=certificate.names,
        pending_certificate_id=certificate.id,
    )
    reason = "A reissue was asked for"
    applied = asked.apply(Action.REISSUE, actor=Actor.for_key(caller.key.id), reason=reason, at=now)
    await work.orders.record(applied)
    return await work.orders.get(order.account_id, order.id)


async def _add_validations(
    work: UnitOfWork, order: Order, certificate: Certificate, numbers: list[ValidationId], now: datetime
) -> None:
    for validation in await missing_validations(work, order, numbers, now, names=certificate.names):
        await work.validations.add(validation)
        if validation.method is DCVMethod.EMAIL:
            await work.jobs.enqueue(JobKind.SEND_APPROVAL_EMAIL, validation.id, now)
