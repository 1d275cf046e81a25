"""Orders and what happened to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.ids import OrderId
from certwright.domain.permission import Area
from certwright.web.native.routes import examples
from certwright.web.native.routes.endpoint import operation, path_id, read_query
from certwright.web.native.schemas.changes import History
from certwright.web.native.schemas.orders import Orders, OrdersQuery, ShownOrder
from certwright.web.native.translate import changes, orders

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases


async def list_orders(use: UseCases, caller: Caller, request: Request) -> Orders:
    """Search the orders."""
    query = read_query(request, OrdersQuery)
    page = await use.search.search_in_full(orders.order_query(caller, query))
    return orders.orders(page, query)


async def show_order(use: UseCases, caller: Caller, request: Request) -> ShownOrder:
    """Show an order with the proofs of its names."""
    return orders.shown_order(await use.ordering.show(caller, _order_id(request)))


async def list_order_changes(use: UseCases, caller: Caller, request: Request) -> History:
    """List all status changes of an order, oldest first."""
    made = await use.feed.history(caller, _order_id(request))
    return History(changes=[changes.change(each) for each in made])


def _order_id(request: Request) -> OrderId:
    return OrderId(path_id(request, "order_id", "order"))


OPERATIONS = (
    operation(
        list_orders,
        "GET",
        "/orders",
        Area.ORDERS,
        query=OrdersQuery,
        answer=Orders,
        answer_example=examples.ORDERS,
    ),
    operation(
        show_order,
        "GET",
        "/orders/{order_id}",
        Area.ORDERS,
        answer=ShownOrder,
        answer_example=examples.SHOWN_ORDER,
    ),
    operation(
        list_order_changes,
        "GET",
        "/orders/{order_id}/changes",
        Area.ORDERS,
        answer=History,
        answer_example=examples.HISTORY,
    ),
)
