"""Approval requests as they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec import UNSET

from certwright.domain.approval import RequestKind, RequestStatus
from certwright.domain.query import RequestQuery
from certwright.web.digicert.schemas import orders as wire
from certwright.web.digicert.translate import parties
from certwright.web.digicert.translate.dates import tell_instant
from certwright.web.digicert.translate.filters import parse_custom_values, parse_text
from certwright.web.digicert.translate.orders import order_info

if TYPE_CHECKING:
    from certwright.domain.account import Caller
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.order import Order
    from certwright.services.order_view import OrderView
    from certwright.web.digicert.translate.orders import Surroundings
    from certwright.web.digicert.translate.query_string import Paging, QueryString

_Word = TypeVar("_Word", RequestStatus, RequestKind)


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


def request_info(
    request: ApprovalRequest, view: OrderView, around: Surroundings, renewed: Order | None = None
) -> wire.RequestInfo:
    """Tell a request in full; ``renewed`` is the order that its order renews."""
    return wire.RequestInfo(
        id=request.id,
        date=tell_instant(request.created_at),
        date_processed=tell_instant(request.processed_at) if request.processed_at else UNSET,
        type=request.kind.value,
        status=request.status.value,
        requester=parties.user(request.requester, around.keys),
        reviewer=parties.user(request.reviewer, around.keys) if request.reviewer else UNSET,
        processor=parties.user(request.processor, around.keys) if request.processor else UNSET,
        comments=request.comments or UNSET,
        processor_comment=request.processor_comment or UNSET,
        order=order_info(view, around, renewed=renewed),
    )


def to_query(query: QueryString, caller: Caller, paging: Paging) -> RequestQuery:
    """Translate the filters of a list; a word that means nothing finds nothing."""
    names, plain = query.filters.get("search"), query.plain.get("container_id")
    containers = query.filters.get("container_id", (plain,) if plain else None)
    is_ours = containers is None or str(caller.account_id) in containers
    return RequestQuery(
        account_id=caller.account_id,
        statuses=_known(RequestStatus, query.filters.get("status")) if is_ours else frozenset(),
        kinds=_known(RequestKind, query.filters.get("type")),
        common_name=parse_text(names) if names else None,
        custom_values=parse_custom_values(query),
        placed_by=caller.key.id if caller.sees_own_only else None,
        offset=paging.offset,
        limit=paging.limit,
    )


def _known(words: type[_Word], given: tuple[str, ...] | None) -> frozenset[_Word] | None:
    if given is None:
        return None
    lowered = {word.lower() for word in given}
    return frozenset(word for word in words if word.value in lowered)
