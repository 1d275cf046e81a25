"""Proof of control of an order's names: looking for it, the value to publish, and the way to give it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.dcv import DCVMethod
from certwright.domain.ids import OrderId
from certwright.services.new_order import check_offered
from certwright.web.digicert.errors import BadRequest, required
from certwright.web.digicert.routes.endpoint import Operation, path_id, read_shape, send_json, send_nothing
from certwright.web.digicert.schemas import bodies
from certwright.web.digicert.translate import proofs
from certwright.web.digicert.translate.new_orders import to_ordered_names

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases
    from certwright.web.digicert.schemas.answers import RandomValue

_ORDER = "/order/certificate/{id}"


class OrderDCVRoutes:
    """The operations on the proofs that an order lacks."""

    def __init__(self, use: UseCases) -> None:
        self._use = use

    def operations(self) -> tuple[Operation, ...]:
        """List the operations."""
        return (
            Operation(method="PUT", path=f"{_ORDER}/check-dcv", handler=self.check, body=bodies.CheckDCV),
            Operation(method="PUT", path=f"{_ORDER}/dcv-random-value", handler=self.renew_random_value),
            Operation(
                method="PUT",
                path=f"{_ORDER}/dcv-method",
                handler=self.change_method,
                body=bodies.ChangeMethod,
            ),
        )

    async def check(self, caller: Caller, request: Request) -> Response:
        """Look for the proofs now; an order that has them all may be issued before the answer."""
        order_id = OrderId(path_id(request, "order"))
        body = await read_shape(request, bodies.CheckDCV)
        before = await self._use.ordering.show(caller, order_id)
        _check_token_method(before.order.method)
        view = await self._use.ordering.check(caller, order_id)
        answer = proofs.dcv_check(view, proofs.names_to_check(body))
        if view.order.method is DCVMethod.WEBSITE and answer.dcv_status != proofs.VALID:
            raise BadRequest("file_random_value_not_found", view.status_reason)
        return send_json(answer)

    async def renew_random_value(self, caller: Caller, request: Request) -> Response:
        """Return the value to publish, a new one if the old one has run out."""
        order_id = OrderId(path_id(request, "order"))
        view = await self._use.ordering.show(caller, order_id)
        _check_token_method(view.order.method)
        return send_json(await self._random_value(caller, order_id))

    async def change_method(self, caller: Caller, request: Request) -> Response:
        """Have all names of an order proved in another way."""
        order_id = OrderId(path_id(request, "order"))
        body = await read_shape(request, bodies.ChangeMethod)
        view = await self._use.ordering.show(caller, order_id)
        if not body.dcv_method:
            raise required("dcv_method")
        identifiers = [name.identifier for name in view.order.names]
        names = to_ordered_names(view.product, identifiers, body.dcv_method, body.dcv_emails or [])
        check_offered(view.product, names[0].method)
        changed = await self._use.validating.change_method(caller, order_id, names)
        if changed.method is DCVMethod.EMAIL:
            return send_nothing()
        return send_json(await self._random_value(caller, order_id))

    async def _random_value(self, caller: Caller, order_id: OrderId) -> RandomValue:
        validation = await self._use.validating.renew_random_value(caller, order_id)
        order = (await self._use.ordering.show(caller, order_id)).order
        return proofs.random_value(order, validation, self._use.dcv_cname_target)


def _check_token_method(method: DCVMethod) -> None:
    if method is DCVMethod.EMAIL:
        raise BadRequest("invalid_dns_method", "The order is proved by e-mail.")
