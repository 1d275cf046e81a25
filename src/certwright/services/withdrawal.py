"""What follows when an order ends without a certificate: canceled, rejected or lapsed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from certwright.domain.approval import WAITING, RequestStatus
from certwright.services.ports import JobKind
from certwright.services.validation import withdraw_validations

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.order import Order
    from certwright.services.ports import UnitOfWork


async def withdraw(work: UnitOfWork, order: Order, *, reason: str, at: datetime) -> None:
    """Give up an order's open validations and requests, free the order it was to renew, and have it refunded."""
    await withdraw_validations(work, order, reason)
    for request in await work.requests.list_of_order(order.account_id, order.id):
        if request.status in WAITING:
            rejected = replace(
                request, status=RequestStatus.REJECTED, processed_at=at, processor_comment=reason
            )
            await work.requests.save(rejected, expected=request.status)
    if order.renewal_of_order_id is not None:
        old = await work.orders.get(order.account_id, order.renewal_of_order_id)
        if old.renewed_by_order_id == order.id:
            await work.orders.save(replace(old, renewed_by_order_id=None))
    await work.jobs.enqueue(JobKind.REFUND_ORDER, order.id, at)
