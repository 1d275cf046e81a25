"""Approval requests: listing, showing and deciding them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.ids import ApprovalRequestId
from certwright.domain.query import Condition, OneOf, OrderField, OrderQuery
from certwright.web.digicert.errors import invalid, required
from certwright.web.digicert.routes.endpoint import (
    Operation,
    path_id,
    read_query,
    read_shape,
    send_json,
    send_nothing,
)
from certwright.web.digicert.routes.surroundings import read_surroundings
from certwright.web.digicert.schemas import bodies
from certwright.web.digicert.schemas.answers import Page
from certwright.web.digicert.schemas.orders import RequestList
from certwright.web.digicert.translate import approvals
from certwright.web.digicert.translate.query_string import parse_paging

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from certwright.domain.account import Caller
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.ids import OrderId
    from certwright.domain.order import Order
    from certwright.services.use_cases import UseCases


class RequestRoutes:
    """The operations on approval requests."""

    def __init__(self, use: UseCases) -> None:
        self._use = use

    def operations(self) -> tuple[Operation, ...]:
        """List the operations."""
        return (
            Operation(method="GET", path="/request", handler=self.list_requests),
            Operation(method="GET", path="/request/{id}", handler=self.show),
            Operation(method="PUT", path="/request/{id}/status", handler=self.decide),
        )

    async def list_requests(self, caller: Caller, request: Request) -> Response:
        """List the requests that match, newest first."""
        query = read_query(request)
        paging = parse_paging(query)
        matching = approvals.select(await self._use.approvals.list_of(caller), query)
        page = matching[paging.offset : paging.offset + paging.limit]
        orders = await self._orders_of(caller, page)
        around = await read_surroundings(self._use, caller)
        rows = [approvals.request_row(each, orders[each.order_id], around) for each in page]
        return send_json(RequestList(rows, Page(len(matching), paging.limit, paging.offset)))

    async def show(self, caller: Caller, request: Request) -> Response:
        """Show a request with its order."""
        found = await self._use.approvals.get(caller, ApprovalRequestId(path_id(request, "request")))
        view = await self._use.ordering.show(caller, found.order_id)
        around = await read_surroundings(self._use, caller)
        return send_json(approvals.request_info(found, view, around))

    async def decide(self, caller: Caller, request: Request) -> Response:
        """Approve or reject a request."""
        request_id = ApprovalRequestId(path_id(request, "request"))
        body = await read_shape(request, bodies.DecideRequest)
        await self._use.approvals.get(caller, request_id)
        comment = body.processor_comment or ""
        match (body.status or "").lower():
            case "approved":
                await self._use.approvals.approve(caller, request_id, comment=comment)
            case "rejected":
                await self._use.approvals.reject(caller, request_id, comment=comment)
            case "":
                raise required("status")
            case _:
                raise invalid("status")
        return send_nothing()

    async def _orders_of(self, caller: Caller, requests: list[ApprovalRequest]) -> dict[OrderId, Order]:
        ids = tuple({request.order_id for request in requests})
        query = OrderQuery(
            account_id=caller.account_id, conditions=(Condition(OrderField.ID, OneOf(ids)),), limit=len(ids)
        )
        page = await self._use.search.search(query)
        return {found.order.id: found.order for found in page.items}
