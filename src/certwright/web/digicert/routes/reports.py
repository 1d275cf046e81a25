"""Reports: all orders as CSV, how many of them run out soon, and how many requests wait."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.approval import WAITING, RequestKind
from certwright.domain.query import Between, Condition, OneOf, OrderField, OrderQuery, RequestQuery
from certwright.domain.status import OrderStatus
from certwright.services.visibility import visible_to
from certwright.web.digicert.routes.endpoint import Operation, read_query, send_csv_pages, send_json
from certwright.web.digicert.routes.surroundings import read_surroundings
from certwright.web.digicert.schemas.notes import (
    ExpiringCertificate,
    ExpiringOrders,
    ExpiringReport,
    RequestCount,
    RequestCounts,
    RequestReport,
)
from certwright.web.digicert.translate import csv_lists, orders
from certwright.web.digicert.translate.certificate_facts import certificate_facts
from certwright.web.digicert.translate.filters import parse_conditions, parse_custom_values

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from certwright.domain.account import Caller
    from certwright.domain.query import FoundOrder, OrderPage
    from certwright.services.use_cases import UseCases

_SPANS = {90: (60, 90), 60: (30, 60), 30: (0, 30), -7: (-7, 0)}
"""The rows of the report on expiring orders, each with the days from now that it covers, the first one left out."""

_MOST_CERTIFICATES = 1000
"""How many certificates of a row are listed, however many it counts."""

_INSTANT = timedelta(microseconds=1)


class ReportRoutes:
    """The operations that count."""

    def __init__(self, use: UseCases) -> None:
        self._use = use

    def operations(self) -> tuple[Operation, ...]:
        """List the operations; the older path names the container."""
        return (
            Operation(method="GET", path="/report/order", handler=self.send_orders, sends_file=True),
            Operation(method="GET", path="/report/order/expiring", handler=self.show_expiring),
            Operation(method="GET", path="/report/order/{container_id}/expiring", handler=self.show_expiring),
            Operation(method="GET", path="/report/request", handler=self.show_requests),
        )

    async def show_expiring(self, caller: Caller, request: Request) -> Response:
        """Count the orders, not renewed yet, whose certificate runs out in each span, or has of late."""
        asked = request.path_params.get("container_id") or read_query(request).plain.get("container_id")
        is_ours = asked is None or asked == str(caller.account_id)
        with_certificates = read_query(request).flag("include_expiring_certs")
        rows = []
        for days, span in _SPANS.items():
            found = await self._find(caller, *span, most=_MOST_CERTIFICATES if with_certificates else 0)
            total = found.total if is_ours else 0
            row = ExpiringOrders(days_expiring=days, order_count=total)
            if with_certificates:
                row.count = total
                row.certificates = [_certificate(each) for each in found.items] if is_ours else []
            rows.append(row)
        return send_json(ExpiringReport(rows))

    async def send_orders(self, caller: Caller, request: Request) -> Response:
        """Send all orders that match as CSV, the highest id first; the list's filters choose them."""
        query = read_query(request)
        found = self._use.search.read_all_in_full(
            OrderQuery(
                account_id=caller.account_id,
                conditions=(
                    *parse_conditions(query, self._use.catalogue, caller.account_id),
                    *visible_to(caller),
                ),
                custom_values=parse_custom_values(query),
            )
        )
        around = await read_surroundings(self._use, caller)
        pages = ([orders.order_row(each, around) for each in items] async for items in found)
        return await send_csv_pages(csv_lists.order_report(pages))

    async def show_requests(self, caller: Caller, _request: Request) -> Response:
        """Count the requests that wait, by what they ask for."""
        counts = []
        for kind in RequestKind:
            query = RequestQuery(
                account_id=caller.account_id,
                statuses=WAITING,
                kinds=frozenset({kind}),
                placed_by=caller.key.id if caller.sees_own_only else None,
                limit=0,
            )
            counts.append(RequestCount(kind.value, (await self._use.approvals.search(query)).total))
        return send_json(RequestReport(RequestCounts(sum(each.request_count for each in counts), counts)))

    async def _find(
        self, caller: Caller, first_day: int, last_day: int, *, most: int
    ) -> OrderPage[FoundOrder]:
        now = self._use.clock.now()
        ends = Between(low=now + timedelta(days=first_day) + _INSTANT, high=now + timedelta(days=last_day))
        statuses = (OrderStatus.ISSUED, OrderStatus.EXPIRED, OrderStatus.REISSUE_PENDING)
        query = OrderQuery(
            account_id=caller.account_id,
            conditions=(
                Condition(OrderField.NOT_AFTER, ends),
                Condition(OrderField.STATUS, OneOf(tuple(status.value for status in statuses))),
                Condition(OrderField.IS_RENEWED, OneOf((0,))),
                *visible_to(caller),
            ),
            limit=most,
        )
        return await self._use.search.search_in_full(query)


def _certificate(found: FoundOrder) -> ExpiringCertificate:
    facts = certificate_facts(found.certificate, found.certificate.created_at)
    return ExpiringCertificate(
        facts["id"], found.order.id, facts["common_name"], facts["serial_number"], facts["valid_till"]
    )
