"""Searches as the order book's questions, and orders as they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from certwright.domain.query import Between, Condition, Contains, OneOf, OrderField, OrderQuery, SortKey
from certwright.services.visibility import visible_to
from certwright.web.native.schemas.orders import Certificate, Order, Orders, OrdersQuery, Proof, ShownOrder
from certwright.web.native.translate.instants import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from msgspec import UnsetType

    from certwright.domain import certificate as domain
    from certwright.domain.account import Caller
    from certwright.domain.order import Order as DomainOrder
    from certwright.domain.query import FoundOrder, OrderPage
    from certwright.services.order_view import OrderView

_SORTS = {
    "id": OrderField.ID,
    "status": OrderField.STATUS,
    "common_name": OrderField.COMMON_NAME,
    "product": OrderField.PRODUCT_KEY,
    "created_at": OrderField.CREATED_AT,
    "status_changed_at": OrderField.STATUS_CHANGED_AT,
    "expires_at": OrderField.NOT_AFTER,
}


def order_query(caller: Caller, query: OrdersQuery) -> OrderQuery:
    """Ask the order book what the client asks."""
    return OrderQuery(
        account_id=caller.account_id,
        conditions=(*_conditions(query), *visible_to(caller)),
        sort=tuple(
            SortKey(field=_SORTS[word.removeprefix("-")], descending=word.startswith("-"))
            for word in query.sort.split(",")
        ),
        offset=query.offset,
        limit=query.limit,
    )


def _conditions(query: OrdersQuery) -> Iterator[Condition]:
    if query.status:
        yield Condition(OrderField.STATUS, OneOf(tuple(status.value for status in query.status)))
    if query.common_name is not UNSET:
        yield Condition(OrderField.COMMON_NAME, Contains(query.common_name))
    if query.name is not UNSET:
        yield Condition(OrderField.NAME, Contains(query.name))
    if query.product is not UNSET:
        yield Condition(OrderField.PRODUCT_KEY, OneOf((query.product.lower(),)))
    yield from _between(OrderField.CREATED_AT, query.created_from, query.created_to)
    yield from _between(OrderField.NOT_AFTER, query.expires_from, query.expires_to)


def _between(field: OrderField, low: datetime | UnsetType, high: datetime | UnsetType) -> Iterator[Condition]:
    bounds = Between(low=None if low is UNSET else low, high=None if high is UNSET else high)
    if bounds != Between():
        yield Condition(field, bounds)


def orders(page: OrderPage[FoundOrder], query: OrdersQuery) -> Orders:
    """Tell a page of what was found."""
    told = [Order(**_fields(found.order, found.certificate)) for found in page.items]
    return Orders(orders=told, total=page.total, offset=query.offset, limit=query.limit)


def shown_order(view: OrderView) -> ShownOrder:
    """Tell of an order with its proofs."""
    proofs = [
        Proof(name=proof.name.identifier.name, method=proof.name.method.value, is_proved=proof.is_proved)
        for proof in view.proofs
    ]
    fields = _fields(view.order, view.certificate) | {"status_reason": view.status_reason}
    return ShownOrder(**fields, proofs=proofs)


def _fields(order: DomainOrder, certificate: domain.Certificate) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "common_name": order.common_name.name,
        "names": [name.identifier.name for name in order.names],
        "product": order.product_key,
        "status": order.status.value,
        "status_reason": order.status_reason,
        "status_changed_at": rfc3339(order.status_changed_at),
        "created_at": rfc3339(order.created_at),
        "expires_at": rfc3339(order.expires_at),
        "term_years": order.term_years,
        "placed_by_key": order.placed_by,
        "organization_id": order.organization_id,
        "renewal_of_order_id": order.renewal_of_order_id,
        "renewed_by_order_id": order.renewed_by_order_id,
        "certificate": _certificate(certificate),
        "pending_certificate_id": order.pending_certificate_id,
    }


def _certificate(certificate: domain.Certificate) -> Certificate:
    return Certificate(
        certificate_id=certificate.id,
        status=certificate.status.value,
        serial_number=certificate.serial_number,
        not_before=_or_none(certificate.not_before),
        not_after=_or_none(certificate.not_after),
        revoked_at=_or_none(certificate.revoked_at),
    )


def _or_none(instant: datetime | None) -> str | None:
    return None if instant is None else rfc3339(instant)
