"""The life of an order: place, renew, reissue, cancel, show, download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import Conflict, NotFound
from certwright.web.shared import openapi
from certwright.web.shared.bodies import read_body
from certwright.web.shared.certificate_files import csr_pem
from certwright.web.webnic.routes import examples
from certwright.web.webnic.routes.downloads import DOWNLOAD
from certwright.web.webnic.routes.endpoint import (
    IDEMPOTENCY_KEY,
    ONE_ORDER,
    idempotency_key,
    operation,
    order_id,
    parse_json,
)
from certwright.web.webnic.schemas.orders import (
    OrderInfo,
    OriginalOrder,
    PlaceOrderRequest,
    ReissueOrderRequest,
    RenewOrderAnswer,
    RenewOrderRequest,
)
from certwright.web.webnic.schemas.proofs import OrderAuth
from certwright.web.webnic.translate import orders, proofs, search
from certwright.web.webnic.translate.faults import invalid_parameter
from certwright.web.webnic.translate.ids import order_id_text, parse_contact_id, parse_order_id

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.domain.csr import CSR
    from certwright.services.order_view import OrderView
    from certwright.services.use_cases import UseCases


async def place_order(use: UseCases, caller: Caller, request: Request) -> OrderAuth:
    """Place an order and answer what has to be published."""
    content = await read_body(request)
    body = parse_json(content, PlaceOrderRequest)
    new = orders.new_order(
        body,
        product=use.catalogue.get(body.product_key),
        csr=await use.csr_tools.decode(body.csr),
        administrator=await use.contacts.get(caller, parse_contact_id(body.administrator_contact_id)),
        key=idempotency_key(request, content),
    )
    return proofs.order_auth(await use.ordering.place(caller, new), use.dcv_cname_target)


async def renew_order(use: UseCases, caller: Caller, request: Request) -> RenewOrderAnswer:
    """Place an order that takes the place of one that runs out."""
    content = await read_body(request)
    body = parse_json(content, RenewOrderRequest)
    old = await use.ordering.show(caller, order_id(request))
    administrator = None
    if body.administrator_contact_id:
        administrator = await use.contacts.get(caller, parse_contact_id(body.administrator_contact_id))
    new = orders.renewal(
        body,
        old=old.order,
        product=use.catalogue.get(old.order.product_key),
        csr=await use.csr_tools.decode(body.csr) if body.csr else await _csr_of(use, old),
        administrator=administrator,
        key=idempotency_key(request, content),
    )
    placed = await use.ordering.place(caller, new)
    return RenewOrderAnswer(
        renew_order=proofs.order_auth(placed, use.dcv_cname_target),
        original_order=OriginalOrder(order_id=order_id_text(old.order.id)),
    )


async def reissue_order(use: UseCases, caller: Caller, request: Request) -> OrderAuth:
    """Ask for another certificate in place of the order's current one, with another key or other names."""
    content = await read_body(request)
    body = parse_json(content, ReissueOrderRequest)
    view = await use.ordering.show(caller, order_id(request))
    csr = await use.csr_tools.decode(body.csr)
    new = orders.reissue(body, order=view.order, csr=csr, key=idempotency_key(request, content))
    await use.reissuing.reissue(caller, view.order.id, new)
    return proofs.order_auth(await use.ordering.show(caller, view.order.id), use.dcv_cname_target)


async def cancel_order(use: UseCases, caller: Caller, request: Request) -> None:
    """Cancel an order that has no certificate yet, or a reissue under way; a body says nothing."""
    key = idempotency_key(request, b"")
    await use.ordering.cancel(caller, order_id(request), idempotency_key=key)


async def get_order_info(use: UseCases, caller: Caller, request: Request) -> OrderInfo:
    """Show an order by its id, the newest of a common name, or one that must match both."""
    sent_id, common_name = request.query_params.get("orderId"), request.query_params.get("commonName")
    if sent_id:
        view = await use.ordering.show(caller, parse_order_id(sent_id))
        if common_name and common_name.lower() != view.order.common_name.name:
            raise NotFound("order")
    elif common_name:
        found = await use.search.search(search.name_query(caller.account_id, common_name))
        if not found.items:
            raise NotFound("order")
        view = await use.ordering.show(caller, found.items[0].id)
    else:
        raise invalid_parameter("orderId", "the request needs the parameter orderId or commonName")
    return orders.order_info(view)


async def _csr_of(use: UseCases, view: OrderView) -> CSR:
    if view.certificate.csr is None:
        raise Conflict("The order has no CSR that could be used again")
    return await use.csr_tools.decode(csr_pem(view.certificate.csr))


OPERATIONS = (
    operation(
        place_order,
        "POST",
        "/ssl/v2/orders/new",
        "Certificate",
        parameters=(IDEMPOTENCY_KEY,),
        body=PlaceOrderRequest,
        body_example=examples.PLACE_ORDER_REQUEST,
        answer=OrderAuth,
        answer_example=examples.ORDER_AUTH,
    ),
    operation(
        renew_order,
        "POST",
        f"{ONE_ORDER}/renew",
        "Certificate",
        parameters=(IDEMPOTENCY_KEY,),
        body=RenewOrderRequest,
        body_example=examples.RENEW_ORDER_REQUEST,
        answer=RenewOrderAnswer,
        answer_example=examples.RENEWED_ORDER,
    ),
    operation(
        reissue_order,
        "POST",
        f"{ONE_ORDER}/reissue",
        "Certificate",
        parameters=(IDEMPOTENCY_KEY,),
        body=ReissueOrderRequest,
        body_example=examples.REISSUE_ORDER_REQUEST,
        answer=OrderAuth,
        answer_example=examples.ORDER_AUTH,
    ),
    operation(cancel_order, "POST", f"{ONE_ORDER}/cancel", "Certificate", parameters=(IDEMPOTENCY_KEY,)),
    operation(
        get_order_info,
        "GET",
        "/ssl/v2/orders/info",
        "Certificate",
        parameters=(
            openapi.Parameter(name="orderId", description="The order's id.", example=examples.ORDER_ID),
            openapi.Parameter(
                name="commonName", description="The common name; the newest such order is shown."
            ),
        ),
        answer=OrderInfo,
        answer_example=examples.ORDER_INFO,
    ),
    DOWNLOAD,
)
