"""Orders: the status change list, the order list, an order by any of its names, and placing one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import NotFound
from certwright.domain.ids import OrderId
from certwright.domain.query import NEWEST_FIRST, Condition, OneOf, OrderField, OrderQuery
from certwright.domain.status import AWAITING_PROOF, OrderStatus
from certwright.services.visibility import visible_to
from certwright.web.digicert.routes.endpoint import (
    Operation,
    is_id,
    read_query,
    read_shape,
    send_csv,
    send_json,
    send_nothing,
    send_rows,
    wants_csv,
)
from certwright.web.digicert.routes.surroundings import read_surroundings
from certwright.web.digicert.schemas import bodies
from certwright.web.digicert.schemas.answers import Page
from certwright.web.digicert.schemas.orders import OrderList
from certwright.web.digicert.translate import csv_lists, new_orders, orders, status_changes
from certwright.web.digicert.translate.certificates import chain_entries
from certwright.web.digicert.translate.filters import (
    parse_conditions,
    parse_custom_values,
    parse_serial_number,
    parse_sort,
)
from certwright.web.digicert.translate.query_string import parse_paging
from certwright.web.digicert.translate.time_frames import parse_time_frame

if TYPE_CHECKING:
    from datetime import tzinfo

    from starlette.requests import Request
    from starlette.responses import Response

    from certwright.domain.account import Caller
    from certwright.domain.organization import Organization
    from certwright.domain.query import CustomValueTest, SortKey
    from certwright.services.order_view import OrderView
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
            Operation(method="GET", path=_ORDERS, handler=self.list_orders, sends_csv=True),
            Operation(method="GET", path=f"{_ORDERS}/{{key}}", handler=self.show),
            Operation(method="POST", path=f"{_ORDERS}/{{key}}", handler=self.place, body=bodies.PlaceOrder),
            Operation(method="DELETE", path=f"{_ORDERS}/{{key}}", handler=self.delete),
            Operation(
                method="GET", path="/order/alternate/{alternative_id}", handler=self.find_by_alternative_id
            ),
        )

    async def list_status_changes(self, caller: Caller, request: Request) -> Response:
        """List the orders that changed their status in a time frame."""
        query = read_query(request)
        frame = parse_time_frame(query, now=self._use.clock.now(), zone=self._zone)
        conditions = parse_conditions(query, self._use.catalogue, caller.account_id)
        custom_values = parse_custom_values(query)
        paging = parse_paging(query)
        limit = paging.limit if query.plain.get("limit", "0") != "0" else None
        if not (conditions or custom_values or "sort" in query.plain):
            changed = self._use.changed_orders.read(
                caller, frame.start, frame.end, offset=paging.offset, limit=limit
            )
            return await send_rows("orders", (status_changes.rows(page) async for page in changed))
        search = _query(
            caller,
            (status_changes.changed_within(frame), *conditions),
            sort=parse_sort(query, status_changes.HIGHEST_ID_FIRST),
            custom_values=custom_values,
            offset=paging.offset,
            limit=limit,
        )
        if limit is None:
            found = self._use.search.read_all(search)
            return await send_rows("orders", (status_changes.rows(items) async for items in found))
        page = await self._use.search.search(search)
        return send_json(status_changes.status_changes(page.items))

    async def list_orders(self, caller: Caller, request: Request) -> Response:
        """List the orders that match."""
        query = read_query(request)
        paging = parse_paging(query)
        page = await self._use.search.search_in_full(
            _query(
                caller,
                parse_conditions(query, self._use.catalogue, caller.account_id),
                sort=parse_sort(query),
                custom_values=parse_custom_values(query),
                offset=paging.offset,
                limit=paging.limit,
            )
        )
        around = await read_surroundings(self._use, caller)
        rows = [orders.order_row(found, around) for found in page.items]
        if wants_csv(request):
            return send_csv(csv_lists.orders(rows))
        return send_json(OrderList(rows, Page(page.total, paging.limit, paging.offset)))

    async def show(self, caller: Caller, request: Request) -> Response:
        """Show an order, found by its id or by its certificate's serial number or thumbprint."""
        order_id = await self._find(caller, request.path_params["key"])
        view = await self._use.ordering.show(caller, order_id)
        caa_messages = None
        if read_query(request).flag("include_caa_status") and view.order.status in AWAITING_PROOF:
            caa_messages = await self._use.ordering.caa_messages(caller, order_id)
        around = await read_surroundings(self._use, caller)
        return send_json(orders.order_info(view, around, caa_messages=caa_messages))

    async def delete(self, caller: Caller, request: Request) -> Response:
        """Give an order up that has no certificate yet, or a reissue: it is canceled, for no order is ever forgotten."""
        order_id = await self._find(caller, request.path_params["key"])
        await self._use.ordering.cancel(caller, order_id)
        return send_nothing()

    async def place(self, caller: Caller, request: Request) -> Response:
        """Place an order; one that lacks nothing is answered with its certificate."""
        body = await read_shape(request, bodies.PlaceOrder)
        product = new_orders.choose_product(self._use.catalogue, request.path_params["key"], body)
        new = new_orders.to_new_order(
            product, body, await self._organization(caller, body), now=self._use.clock.now()
        )
        view = await self._use.ordering.place(caller, new, at_once=True)
        chain = await self._chain(caller, view)
        return send_json(orders.placed(view, chain, self._use.dcv_cname_target), status=201)

    async def find_by_alternative_id(self, caller: Caller, request: Request) -> Response:
        """Find the order that has the client's own number."""
        number = request.path_params["alternative_id"]
        condition = Condition(OrderField.ALTERNATIVE_ORDER_ID, OneOf((number,)))
        page = await self._use.search.search(_query(caller, (condition,), limit=1))
        if not page.items:
            raise NotFound("order")
        return send_json(status_changes.status_changes(page.items))

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
        page = await self._use.search.search(_query(caller, (condition,), limit=1))
        if not page.items:
            raise NotFound("order")
        return page.items[0].id

    async def _organization(self, caller: Caller, body: bodies.PlaceOrder) -> Organization | None:
        organization_id = new_orders.organization_of(body)
        return await self._use.organizations.get(caller, organization_id) if organization_id else None

    async def _chain(self, caller: Caller, view: OrderView) -> list[ChainEntry]:
        if view.order.status is not OrderStatus.ISSUED:
            return []
        return chain_entries(await self._use.delivery.deliver(caller, view.certificate.id))


def _query(
    caller: Caller,
    conditions: tuple[Condition, ...],
    *,
    sort: tuple[SortKey, ...] = NEWEST_FIRST,
    custom_values: tuple[CustomValueTest, ...] = (),
    offset: int = 0,
    limit: int | None,
) -> OrderQuery:
    return OrderQuery(
        account_id=caller.account_id,
        conditions=(*conditions, *visible_to(caller)),
        custom_values=custom_values,
        sort=sort,
        offset=offset,
        limit=limit,
    )
