"""The operations of WebNIC's API: read a request, call one use case, write its answer.

An operation gets the use cases, the caller and the request, and returns the envelope's ``data`` (``UNSET`` for none)
or, for a file, a whole response. What it raises becomes an answer in ``errors``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from certwright.domain.account import Caller
from certwright.domain.dcv import constructed_emails
from certwright.domain.errors import CertwrightError, InvalidInput, NotFound
from certwright.domain.identifier import parse_identifier
from certwright.services.new_order import check_offered
from certwright.services.use_cases import UseCases
from certwright.web.shared.bodies import decode_json, read_body
from certwright.web.shared.containment import Containment
from certwright.web.webnic import errors, schemas
from certwright.web.webnic.auth import authenticate, log_in
from certwright.web.webnic.translate import contacts, csrs, downloads, orders, proofs, search
from certwright.web.webnic.translate.faults import MISSING, check_present, invalid_fields, invalid_parameter
from certwright.web.webnic.translate.ids import parse_contact_id, parse_order_id

if TYPE_CHECKING:
    from starlette.types import Message

    from certwright.domain.ids import OrderId

Operation = Callable[[UseCases, Caller, Request], Awaitable[object]]

_MOST_FORM_FIELDS = 10


def build(use: UseCases) -> Starlette:
    """Build the application that answers ``/reseller/v2/…`` and ``/ssl/v2/…``."""

    def route(methods: str, path: str, operation: Operation) -> Route:
        async def endpoint(request: Request) -> Response:
            caller = await authenticate(use.accounts, request)
            return _respond(await operation(use, caller, request))

        return Route(path, endpoint, methods=methods.split(), name=operation.__name__)

    async def token(request: Request) -> Response:
        return _respond(await generate_token(use, request))

    one_order = "/ssl/v2/orders/{order_id}"
    app = Starlette(
        routes=[
            Route("/reseller/v2/api-user/token", token, methods=["POST"], name="generate_token"),
            route("POST", "/ssl/v2/generate-csr", generate_csr),
            route("POST", "/ssl/v2/decode-csr", decode_csr),
            route("POST", "/ssl/v2/contact/create", create_contact),
            route("POST", "/ssl/v2/orders/new", place_order),
            route("GET", "/ssl/v2/orders/info", get_order_info),
            route("POST", "/ssl/v2/orders/search", search_orders),
            route("POST", f"{one_order}/cancel", cancel_order),
            route("POST", f"{one_order}/download/format/{{format}}", download_certificate),
            route("GET", f"{one_order}/dcv-status", check_dcv_status),
            route("GET", f"{one_order}/auth/info", get_auth_info),
            # The manual says PUT, and clients send POST.
            route("PUT POST", f"{one_order}/auth", change_auth_type),
            route("GET", "/ssl/v2/domainValidations/approver-list", list_approvers),
        ],
        exception_handlers={
            CertwrightError: errors.error_response,
            HTTPException: errors.http_error_response,
        },
        middleware=[Middleware(Containment, answer=errors.unexpected_error_response)],
    )
    app.router.redirect_slashes = False
    return app


# -- token, CSR, contacts ----------------------------------------------------------------------------------------------


async def generate_token(use: UseCases, request: Request) -> schemas.TokenAnswer:
    """Hand out a bearer token for an hour."""
    body = decode_json(await read_body(request), schemas.TokenRequest)
    check_present({"username": body.username, "password": body.password})
    token = await log_in(use.accounts, body.username, body.password)
    lifetime = token.expires_at - use.clock.now()
    return schemas.TokenAnswer(access_token=token.secret.reveal(), expires_in=int(lifetime.total_seconds()))


async def generate_csr(use: UseCases, _caller: Caller, request: Request) -> schemas.GenerateCSRAnswer:
    """Make a key and a CSR; the key is returned and forgotten."""
    body = decode_json(await read_body(request), schemas.GenerateCSRRequest)
    subject = csrs.csr_subject(body)
    names = csrs.csr_names(body, subject.common_name)
    return csrs.generated_csr(await use.csr_tools.generate(subject, names, csrs.key_spec(body)))


async def decode_csr(use: UseCases, _caller: Caller, request: Request) -> schemas.DecodeCSRAnswer:
    """Show what a CSR says."""
    body = decode_json(await read_body(request), schemas.DecodeCSRRequest)
    check_present({"csr": body.csr})
    return csrs.decoded_csr(use.csr_tools.decode(body.csr))


async def create_contact(use: UseCases, caller: Caller, request: Request) -> list[schemas.CreatedContact]:
    """Make an administrator, a technical contact, or both."""
    body = decode_json(await read_body(request), schemas.CreateContactRequest)
    try:
        created = await use.contacts.create(caller, contacts.new_contacts(body))
    except InvalidInput as refused:
        raise invalid_fields(refused.faults) from refused
    return [contacts.created_contact(contact) for contact in created]


# -- orders ------------------------------------------------------------------------------------------------------------


async def place_order(use: UseCases, caller: Caller, request: Request) -> schemas.OrderAuth:
    """Place an order and answer what has to be published."""
    body = decode_json(await read_body(request), schemas.PlaceOrderRequest)
    orders.check_place_order(body)
    new = orders.new_order(
        body,
        product=use.catalogue.get(body.product_key),
        csr=use.csr_tools.decode(body.csr),
        administrator=await use.contacts.get(caller, parse_contact_id(body.administrator_contact_id)),
    )
    return proofs.order_auth(await use.ordering.place(caller, new), use.dcv_cname_target)


async def get_order_info(use: UseCases, caller: Caller, request: Request) -> schemas.OrderInfo:
    """Show an order by its id, the newest of a common name, or one that must match both."""
    order_id, common_name = request.query_params.get("orderId"), request.query_params.get("commonName")
    if order_id:
        view = await use.ordering.show(caller, parse_order_id(order_id))
        if common_name and common_name.lower() != view.order.common_name.name:
            raise NotFound("order")
    elif common_name:
        found = await use.search.search(search.name_query(caller.account_id, common_name))
        if not found.items:
            raise NotFound("order")
        view = await use.ordering.show(caller, found.items[0].order.id)
    else:
        raise invalid_parameter("orderId", "the request needs the parameter orderId or commonName")
    return orders.order_info(view)


async def search_orders(use: UseCases, caller: Caller, request: Request) -> schemas.SearchAnswer:
    """Answer a page of the orders that match."""
    body = decode_json(await read_body(request), schemas.SearchRequest)
    found = await use.search.search(search.order_query(caller.account_id, body))
    return search.search_answer(body, found, use.catalogue)


async def cancel_order(use: UseCases, caller: Caller, request: Request) -> object:
    """Cancel an order; clients send bodies of several kinds, none of which says anything."""
    await use.ordering.cancel(caller, _order_id(request))
    return msgspec.UNSET


async def download_certificate(use: UseCases, caller: Caller, request: Request) -> Response:
    """Send the certificate of an order as a file."""
    order_id = _order_id(request)
    word = downloads.parse_format(request.path_params["format"])
    options = await _read_options(request)
    delivered = await use.delivery.deliver_of_order(caller, order_id)
    file = await asyncio.to_thread(downloads.certificate_file, delivered, word, options)
    name = f"{request.path_params['order_id']}.{file.extension}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(file.content, headers=headers, media_type=file.media_type)


# -- domain validations ------------------------------------------------------------------------------------------------


async def check_dcv_status(use: UseCases, caller: Caller, request: Request) -> schemas.DCVStatusAnswer:
    """Look for proof now and tell where the order stands."""
    return proofs.dcv_status(await use.ordering.check(caller, _order_id(request)), use.dcv_cname_target)


async def get_auth_info(use: UseCases, caller: Caller, request: Request) -> schemas.OrderAuth:
    """Show what has to be published for an order."""
    return proofs.order_auth(await use.ordering.show(caller, _order_id(request)), use.dcv_cname_target)


async def change_auth_type(use: UseCases, caller: Caller, request: Request) -> schemas.OrderAuth:
    """Prove all names of an order in another way, or mail their approvers again."""
    order_id = _order_id(request)
    body = decode_json(await read_body(request), schemas.ChangeAuthRequest)
    check_present({"authType": body.auth_type})
    view = await use.ordering.show(caller, order_id)
    method = proofs.parse_method(body.auth_type)
    check_offered(view.product, method)
    identifiers = [name.identifier for name in view.order.names]
    names = proofs.assign_method(identifiers, method, body.approver_email)
    await use.validating.change_method(caller, order_id, names)
    return proofs.order_auth(await use.ordering.show(caller, order_id), use.dcv_cname_target)


async def list_approvers(_use: UseCases, _caller: Caller, request: Request) -> list[str]:
    """List the addresses that may approve a name."""
    common_name = request.query_params.get("commonName")
    if not common_name:
        raise invalid_parameter("commonName", MISSING)
    return list(constructed_emails(parse_identifier(common_name, field="commonName")))


# -- plumbing ----------------------------------------------------------------------------------------------------------


def _order_id(request: Request) -> OrderId:
    return parse_order_id(request.path_params["order_id"])


async def _read_options(request: Request) -> downloads.DownloadOptions:
    """Read a form, or no body at all; Starlette's parser alone would take files of any size."""
    body = await read_body(request)

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async with Request(request.scope, replay).form(max_files=1, max_fields=_MOST_FORM_FIELDS) as form:
        return await downloads.download_options(form)


def _respond(data: object) -> Response:
    if isinstance(data, Response):
        return data
    content = msgspec.json.encode(schemas.Success(data=data))
    return Response(content, headers={"Cache-Control": "no-store"}, media_type=errors.MEDIA_TYPE)
