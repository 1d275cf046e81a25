"""Approval requests as they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from certwright.web.digicert.schemas import orders as wire
from certwright.web.digicert.translate import parties
from certwright.web.digicert.translate.dates import tell_instant
from certwright.web.digicert.translate.orders import order_info

if TYPE_CHECKING:
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.order import Order
    from certwright.services.ordering import OrderView
    from certwright.web.digicert.translate.orders import Surroundings
    from certwright.web.digicert.translate.query_string import QueryString


def request_row(request: ApprovalRequest, order: Order, around: Surroundings) -> wire.RequestRow:
    """Tell a request in a list."""
    organization = around.organization_of(order)
    return wire.RequestRow(
        id=request.id,
        date=tell_instant(request.created_at),
        type=request.kind.value,
        status=request.status.value,
        requester=parties.user(request.requester, around.keys),
        processor=parties.user(request.processor, around.keys) if request.processor else UNSET,
        order=wire.RequestedOrder(
            id=order.id,
            certificate=wire.RequestedCertificate(order.common_name.name),
            organization=parties.organization_name(organization) if organization else UNSET,
            container=parties.container_name(around.account),
            product=parties.product_name(around.catalogue.get_ordered(order.product_key)),
        ),
    )


def request_info(request: ApprovalRequest, view: OrderView, around: Surroundings) -> wire.RequestInfo:
    """Tell a request in full."""
    return wire.RequestInfo(
        id=request.id,
        date=tell_instant(request.created_at),
        date_processed=tell_instant(request.processed_at) if request.processed_at else UNSET,
        type=request.kind.value,
        status=request.status.value,
        requester=parties.user(request.requester, around.keys),
        processor=parties.user(request.processor, around.keys) if request.processor else UNSET,
        comments=request.comments or UNSET,
        processor_comment=request.processor_comment or UNSET,
        order=order_info(view, around),
    )


def select(requests: list[ApprovalRequest], query: QueryString) -> list[ApprovalRequest]:
    """Pick the requests whose status and type are among those that the filters name."""
    statuses, kinds = query.filters.get("status"), query.filters.get("type")
    return [
        request
        for request in requests
        if (statuses is None or request.status in statuses) and (kinds is None or request.kind in kinds)
    ]
