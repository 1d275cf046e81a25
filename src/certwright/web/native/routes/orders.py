"""Orders and what happened to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.ids import OrderId
from certwright.domain.permission import Area
from certwright.web.native.routes import examples
from certwright.web.native.routes.endpoint import operation, path_id
from certwright.web.native.schemas.changes import History
from certwright.web.native.translate import changes

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases


async def list_order_changes(use: UseCases, caller: Caller, request: Request) -> History:
    """List all status changes of an order, oldest first."""
    order_id = OrderId(path_id(request, "order_id", "order"))
    made = await use.feed.history(caller, order_id)
    return History(changes=[changes.change(each) for each in made])


OPERATIONS = (
    operation(
        list_order_changes,
        "GET",
        "/orders/{order_id}/changes",
        Area.ORDERS,
        answer=History,
        answer_example=examples.HISTORY,
    ),
)
