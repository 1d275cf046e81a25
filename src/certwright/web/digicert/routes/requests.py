"""Approval requests: listing, showing and deciding them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from certwright.domain.approval import RequestStatus
from certwright.domain.errors import NotFound
from certwright.domain.ids import ApprovalRequestId
from certwright.web.digicert.errors import invalid, required
from certwright.web.digicert.routes.endpoint import (
    Operation,
    path_id,
    read_query,
    read_shape,
    send_csv,
    send_json,
    send_nothing,
    wants_csv,
)
from certwright.web.digicert.routes.surroundings import read_surroundings
from certwright.web.digicert.schemas import bodies
from certwright.web.digicert.schemas.answers import Page
from certwright.web.digicert.schemas.orders import RequestList
from certwright.web.digicert.translate import approvals, csv_lists
from certwright.web.digicert.translate.query_string import parse_paging

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases


_DECIDED = {RequestStatus.APPROVED.value, RequestStatus.REJECTED.value}


class RequestRoutes:
    """The operations on approval requests."""

    def __init__(self, use: UseCases) -> None:
        self._use = use

    def operations(self) -> tuple[Operation, ...]:
        """List the operations."""
        return (
            Operation(method="GET", path="/request", handler=self.list_requests, sends_csv=True),
            Operation(method="GET", path="/request/{id}", handler=self.show),
            Operation(
                method="PUT", path="/request/{id}/status", handler=self.decide, body=bodies.DecideRequest
            ),
        )

    async def list_requests(self, caller: Caller, request: Request) -> Response:
        """List the requests that match, newest first."""
        query = read_query(request)
        paging = parse_paging(query)
        page = await self._use.approvals.search(approvals.to_query(query, caller, paging))
        around = await read_surroundings(self._use, caller)
        rows = [approvals.request_row(found.request, found.order, around) for found in page.items]
        if wants_csv(request):
            return send_csv(csv_lists.requests(rows))
        return send_json(RequestList(rows, Page(page.total, paging.limit, paging.offset)))

    async def show(self, caller: Caller, request: Request) -> Response:
        """Show a request with its order."""
        found = await self._use.approvals.get(caller, ApprovalRequestId(path_id(request, "request")))
        view = await self._use.ordering.show(caller, found.order_id)
        renewed_id, renewed = view.order.renewal_of_order_id, None
        if renewed_id is not None:
            with suppress(NotFound):  # another key's order, which this one may not see
                renewed = (await self._use.ordering.show(caller, renewed_id)).order
        around = await read_surroundings(self._use, caller)
        return send_json(approvals.request_info(found, view, around, renewed))

    async def decide(self, caller: Caller, request: Request) -> Response:
        """Approve or reject a request; to decide once more as before is no error: some clients approve all they make."""
        request_id = ApprovalRequestId(path_id(request, "request"))
        body = await read_shape(request, bodies.DecideRequest)
        known = await self._use.approvals.get(caller, request_id)
        comment = body.processor_comment or ""
        word = (body.status or "").lower()
        if word in _DECIDED and word == known.status.value and caller.is_approver:
            return send_nothing()
        match word:
            case "approved":
                await self._use.approvals.approve(caller, request_id, comment=comment)
            case "pending" if known.status is RequestStatus.SUBMITTED:
                await self._use.approvals.approve(caller, request_id, comment=comment)
            case "rejected":
                await self._use.approvals.reject(caller, request_id, comment=comment)
            case "":
                raise required("status")
            case _:
                raise invalid("status")
        return send_nothing()
