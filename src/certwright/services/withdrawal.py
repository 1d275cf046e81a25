"""What follows when an order, or a reissue of one, ends without a certificate: canceled, rejected or lapsed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from certwright.domain.approval import WAITING, RequestStatus
from certwright.domain.certificate import CertificateStatus
from certwright.domain.status import Action
from certwright.services.ports import JobKind
from certwright.services.validation import withdraw_validations

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.certificate import Certificate
    from certwright.domain.change import Actor
    from certwright.domain.ids import CertificateId
    from certwright.domain.order import Order
    from certwright.services.ports import UnitOfWork


async def withdraw(work: UnitOfWork, order: Order, *, reason: str, at: datetime) -> None:
    """Give up an order's certificate and what it waits for, free the order it was to renew, and have it refunded."""
    await give_up_waiting(work, order, reason=reason, at=at)
    await close_requests(work, order, reason=reason, at=at)
    if order.renewal_of_order_id is not None:
        old = await work.orders.get(order.account_id, order.renewal_of_order_id)
        if old.renewed_by_order_id == order.id:
            await work.orders.save(replace(old, renewed_by_order_id=None))
    await work.jobs.enqueue(JobKind.REFUND_ORDER, order.id, at)


async def give_up_waiting(work: UnitOfWork, order: Order, *, reason: str, at: datetime) -> None:
    """Give up all certificates of an order that were not issued, with the validations and requests for them."""
    for certificate in await work.certificates.list_of_order(order.account_id, order.id):
        if certificate.status is CertificateStatus.PENDING:
            await _give_up(work, certificate)
            await close_requests(work, order, certificate.id, reason=reason, at=at)
    await withdraw_validations(work, order, reason)


async def give_up_reissue(
    work: UnitOfWork, order: Order, *, actor: Actor, reason: str, at: datetime
) -> Order:
    """Take an order with a reissue under way back to its current certificate and have what it cost refunded."""
    restored = await without_reissue(work, order, reason=reason, at=at)
    current = await work.certificates.get(order.account_id, order.certificate_id)
    late = current.not_after is not None and current.not_after <= at
    action = Action.CANCEL_LATE_REISSUE if late else Action.CANCEL_REISSUE
    applied = restored.apply(action, actor=actor, reason=reason, at=at)
    await work.orders.record(applied)
    if late:  # nothing more is made beside a certificate that has run out
        await give_up_waiting(work, order, reason=reason, at=at)
    return applied.order


async def without_reissue(work: UnitOfWork, order: Order, *, reason: str, at: datetime) -> Order:
    """Give up the certificate of a reissue under way, and return the order as it was before, to be moved and stored."""
    pending = await work.certificates.get(order.account_id, order.wanted_certificate_id)
    await _give_up(work, pending)
    await withdraw_validations(work, order, "The reissue was given up")
    await close_requests(work, order, pending.id, reason=reason, at=at)
    await work.jobs.enqueue(JobKind.REFUND_REISSUE, pending.id, at)
    current = await work.certificates.get(order.account_id, order.certificate_id)
    return replace(order, pending_certificate_id=None, names=current.names)


async def _give_up(work: UnitOfWork, certificate: Certificate) -> None:
    canceled = replace(certificate, status=CertificateStatus.CANCELED)
    await work.certificates.save(canceled, expected=CertificateStatus.PENDING)


async def close_requests(
    work: UnitOfWork, order: Order, certificate_id: CertificateId | None = None, *, reason: str, at: datetime
) -> None:
    """Reject the undecided requests of an order, or only those for a certificate."""
    for request in await work.requests.list_of_order(order.account_id, order.id):
        if request.status in WAITING and certificate_id in {None, request.certificate_id}:
            rejected = replace(
                request, status=RequestStatus.REJECTED, processed_at=at, processor_comment=reason
            )
            await work.requests.save(rejected, expected=request.status)
