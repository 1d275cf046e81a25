"""Finding a thing for a caller, who may see only what is in the account, and with some keys only orders of its own.

What may not be seen answers exactly as what is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import NotFound
from certwright.domain.query import Condition, OneOf, OrderField

if TYPE_CHECKING:
    from certwright.domain.account import Caller
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.certificate import Certificate
    from certwright.domain.ids import ApprovalRequestId, CertificateId, OrderId
    from certwright.domain.order import Order
    from certwright.services.ports import UnitOfWork


def visible_to(caller: Caller) -> tuple[Condition, ...]:
    """Return what an order must fulfill so that the caller may see it."""
    return (Condition(OrderField.PLACED_BY, OneOf((caller.key.id,))),) if caller.sees_own_only else ()


async def get_order(work: UnitOfWork, caller: Caller, order_id: OrderId) -> Order:
    """Return an order that the caller may see.

    Raises:
        NotFound: there is none.
    """
    order = await work.orders.get(caller.account_id, order_id)
    if not caller.may_see(order):
        raise NotFound("order")
    return order


async def get_certificate(work: UnitOfWork, caller: Caller, certificate_id: CertificateId) -> Certificate:
    """Return a certificate of an order that the caller may see.

    Raises:
        NotFound: there is none.
    """
    certificate = await work.certificates.get(caller.account_id, certificate_id)
    if caller.sees_own_only:
        order = await work.orders.get(caller.account_id, certificate.order_id)
        if not caller.may_see(order):
            raise NotFound("certificate")
    return certificate


async def get_request(work: UnitOfWork, caller: Caller, request_id: ApprovalRequestId) -> ApprovalRequest:
    """Return a request about an order that the caller may see.

    Raises:
        NotFound: there is none.
    """
    request = await work.requests.get(caller.account_id, request_id)
    if caller.sees_own_only:
        order = await work.orders.get(caller.account_id, request.order_id)
        if not caller.may_see(order):
            raise NotFound("request")
    return request
