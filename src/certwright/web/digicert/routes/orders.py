"""Orders: the status change list, the order list, an order, placing, canceling, its CSR, revoking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import NotFound
from certwright.domain.ids import OrderId
from certwright.domain.query import Condition, OneOf, OrderField, OrderQuery
from certwright.domain.status import OrderStatus
from certwright.services.revocation import NewRevocation
from certwright.web.digicert.errors import BadRequest, invalid, required
from certwright.web.digicert.routes.endpoint import (
    Operation,
    is_id,
    path_id,
    read_query,
    read_shape,
    send_json,
    send_nothing,
)
from certwright.web.digicert.routes.surroundings import read_surroundings
from certwright.web.digicert.schemas import bodies
from certwright.web.digicert.schemas.answers import Page
from certwright.web.digicert.schemas.orders import OrderList
from certwright.web.digicert.translate import new_orders, orders, status_changes
from certwright.web.digicert.translate.certificates import chain_entries
from certwright.web.digicert.translate.filters import parse_conditions, parse_serial_number, parse_sort
from certwright.web.digicert.translate.query_string import parse_paging
from certwright.web.digicert.translate.revocations import check_may_revoke, parse_revocation
from certwright.web.digicert.translate.time_frames import parse_time_frame

if TYPE_CHECKING:
    from datetime import tzinfo

    from starlette.requests import Request
    from starlette.responses import Response

    from certwright.domain.account import Caller
    from certwright.domain.organization import Organization
    from certwright.services.ordering import OrderView
    from certwright.services.use_cases import UseCases
    from certwright.web.digicert.schemas.answers import ChainEntry

_ORDERS = "/order/certificate"
_THUMBPRINT_LENGTH = 40


class OrderRoutes:
    """The operations on orders."""

    def __init__(self, use: UseCases, status_change_zone: tzinfo) -> None:
        self._use = use
        self._zone = status_change_zone

    def operations(self) -> tuple[Operation, ...]:
        """List the operations; the fixed word stands before the path that would take it for an id."""
        return (
            Operation(method="GET", path=f"{_ORDERS}/status-changes", handler=self.list_status_changes),
            Operation(method="GET", path=_ORDERS, handler=self.list_orders),
            Operation(method="GET", path=f"{_ORDERS}/{{key}}", handler=self.show),
            Operation(method="POST", path=f"{_ORDERS}/{{key}}", handler=self.place),
            Operation(method="PUT", path=f"{_ORDERS}/{{id}}/status", handler=self.update_status),
            Operation(method="POST", path=f"{_ORDERS}/{{id}}/csr", handler=self.supply_csr),
            Operation(method="PUT", path=f"{_ORDERS}/{{id}}/revoke", handler=self.revoke),
        )

    async def list_status_changes(self, caller: Caller, request: Request) -> Response:
        """List the orders that changed their status in a time frame."""
        query = read_query(request)
        frame = parse_time_frame(query, now=self._use.clock.now(), zone=self._zone)
        conditions = parse_conditions(query, self._use.catalogue, caller.account_id)
        paging = parse_paging(query)
        limit = paging.limit if query.plain.get("limit", "0") != "0" else None
        if not conditions and "sort" not in query.plain:
            changed = await self._use.feed.changed_orders(
                caller, frame.start, frame.end, offset=paging.offset, limit=limit
            )
            return send_json(status_changes.status_changes(row.order for row in changed))
        page = await self._use.search.search(
            OrderQuery(
                account_id=caller.account_id,
                conditions=(status_changes.changed_within(frame), *conditions),
                sort=parse_sort(query, status_changes.HIGHEST_ID_FIRST),
                offset=paging.offset,
                limit=limit,
            )
        )
        return send_json(status_changes.status_changes(found.order for found in page.items))

    async def list_orders(self, caller: Caller, request: Request) -> Response:
        """List the orders that match."""
        query = read_query(request)
        paging = parse_paging(query)
        page = await self._use.search.search(
            OrderQuery(
                account_id=caller.account_id,
                conditions=parse_conditions(query, self._use.catalogue, caller.account_id),
                sort=parse_sort(query),
                offset=paging.offset,
                limit=paging.limit,
            )
        )
        around = await read_surroundings(self._use, caller)
        rows = [orders.order_row(found, around) for found in page.items]
        return send_json(OrderList(rows, Page(page.total, paging.limit, paging.offset)))

    async def show(self, caller: Caller, request: Request) -> Response:
        """Show an order, found by its id or by its certificate's serial number or thumbprint."""
        order_id = await self._find(caller, request.path_params["key"])
        view = await self._use.ordering.show(caller, order_id)
        return send_json(orders.order_info(view, await read_surroundings(self._use, caller)))

    async def place(self, caller: Caller, request: Request) -> Response:
        """Place an order; one that lacks nothing is answered with its certificate."""
        body = await read_shape(request, bodies.PlaceOrder)
        product = new_orders.choose_product(self._use.catalogue, request.path_params["key"], body)
        await self._check_renewal(caller, new_orders.renewal_of(body))
        new = new_orders.to_new_order(
            product, body, await self._organization(caller, body), now=self._use.clock.now()
        )
        view = await self._use.ordering.place(caller, new, at_once=True)
        chain = await self._chain(caller, view)
        return send_json(orders.placed(view, chain, self._use.dcv_cname_target), status=201)

    async def update_status(self, caller: Caller, request: Request) -> Response:
        """Cancel an order; the other words of the manual are for orders that came from an older platform."""
        order_id = OrderId(path_id(request, "order"))
        body = await read_shape(request, bodies.UpdateStatus)
        await self._use.ordering.show(caller, order_id)
        if not body.status:
            raise required("status")
        if body.status.lower() != "canceled":
            raise invalid("status")
        if not body.note:
            raise required("note")
        await self._use.ordering.cancel(caller, order_id, note=body.note)
        return send_nothing()

    async def supply_csr(self, caller: Caller, request: Request) -> Response:
        """Give an order its CSR."""
        order_id = OrderId(path_id(request, "order"))
        body = await read_shape(request, bodies.SupplyCSR)
        await self._use.ordering.show(caller, order_id)
        if not body.csr:
            raise required("csr")
        await self._use.ordering.supply_csr(caller, order_id, new_orders.read_csr(body.csr))
        return send_nothing()

    async def revoke(self, caller: Caller, request: Request) -> Response:
        """Revoke the certificate of an order."""
        order_id = OrderId(path_id(request, "order"))
        revocation = parse_revocation(await read_shape(request, bodies.Revoke))
        view = await self._use.ordering.show(caller, order_id)
        check_may_revoke(caller)
        if view.order.status is OrderStatus.REVOKED:
            raise BadRequest("order_already_revoked", "The order has been revoked already.")
        await self._use.revocation.revoke(
            caller,
            NewRevocation(
                order_id=order_id, reason=revocation.reason, comment=revocation.comment, skip_approval=True
            ),
        )
        return send_nothing()

    async def _find(self, caller: Caller, key: str) -> OrderId:
        """Return the id of the order that a path names: by its id, or by what is on its certificate."""
        if is_id(key):
            return OrderId(int(key))
        digits = parse_serial_number(key)
        if not digits:
            raise NotFound("order")
        if len(key) == _THUMBPRINT_LENGTH:
            condition = Condition(OrderField.THUMBPRINT, OneOf((digits.zfill(_THUMBPRINT_LENGTH),)))
        else:
            condition = Condition(OrderField.SERIAL_NUMBER, OneOf((digits,)))
        query = OrderQuery(account_id=caller.account_id, conditions=(condition,), limit=1)
        page = await self._use.search.search(query)
        if not page.items:
            raise NotFound("order")
        return page.items[0].order.id

    async def _organization(self, caller: Caller, body: bodies.PlaceOrder) -> Organization | None:
        organization_id = new_orders.organization_of(body)
        return await self._use.organizations.get(caller, organization_id) if organization_id else None

    async def _check_renewal(self, caller: Caller, order_id: OrderId | None) -> None:
        if order_id is None:
            return
        order = (await self._use.ordering.show(caller, order_id)).order
        if order.renewed_by_order_id is not None:
            raise BadRequest("order_renewed_already", "The order has been renewed already.")
        if order.status is OrderStatus.EXPIRED:
            raise BadRequest("cannot_renew_expired_order", "The order has expired.")
        if order.status is not OrderStatus.ISSUED:
            raise BadRequest("order_not_renewable", "Only an issued order can be renewed.")

    async def _chain(self, caller: Caller, view: OrderView) -> list[ChainEntry]:
        if view.order.status is not OrderStatus.ISSUED:
            return []
        return chain_entries(await self._use.delivery.deliver(caller, view.certificate.id))
