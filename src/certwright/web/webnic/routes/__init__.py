"""The operations of WebNIC's API, as one ASGI application that answers ``/reseller/v2/…`` and ``/ssl/…``.

One table of operations makes both the routes and their description, which is served at ``/ssl/openapi.json``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from certwright import __version__
from certwright.web.shared.dialect import Address, Dialect, Refusals
from certwright.web.shared.openapi import API, build_document
from certwright.web.shared.rate_limits import RateLimits
from certwright.web.webnic import errors
from certwright.web.webnic.auth import authenticate
from certwright.web.webnic.routes import (
    account,
    books,
    contacts,
    csrs,
    orders,
    organizations,
    products,
    proofs,
)
from certwright.web.webnic.routes.endpoint import Operation, respond
from certwright.web.webnic.schemas.envelope import Failure

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.services.use_cases import UseCases

OPENAPI_PATH = "/ssl/openapi.json"

OPERATIONS: tuple[Operation, ...] = (
    *books.OPERATIONS,
    *orders.OPERATIONS,
    *proofs.OPERATIONS,
    *account.OPERATIONS,
    *csrs.OPERATIONS,
    *contacts.OPERATIONS,
    *organizations.OPERATIONS,
    *products.OPERATIONS,
)

_API = API(
    title="WebNIC SSL API v2, as Certwright speaks it",
    version=__version__,
    description="Order, prove, renew, reissue and cancel TLS certificates.",
    failure=Failure,
    security={
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of the token call, good for an hour.",
        }
    },
)


def build(use: UseCases, limits: RateLimits | None = None) -> Dialect:
    """Build the application; ``limits`` are those of each account, ``None`` sets none."""

    async def token(request: Request) -> Response:
        return respond(await account.generate_token(use, request))

    limits = limits or RateLimits()
    addresses = [
        *(_address(use, limits, operation) for operation in OPERATIONS),
        Address(account.TOKEN.method, account.TOKEN.path, token),
        Address("GET", OPENAPI_PATH, _show_description),
    ]
    return Dialect(addresses, _REFUSALS)


_REFUSALS = Refusals(
    error=errors.error_response,
    http_error=errors.http_error_response,
    unexpected=errors.unexpected_error_response,
)


def _address(use: UseCases, limits: RateLimits, operation: Operation) -> Address:
    async def answer(request: Request) -> Response:
        caller = await authenticate(use.accounts, request)
        await limits.count(str(caller.account_id))
        return respond(await operation.handler(use, caller, request))

    return Address(operation.described.method, operation.described.path, answer)


def describe() -> dict[str, Any]:
    """Return the description of the API, as an OpenAPI document."""
    return build_document(_API, [account.TOKEN, *(operation.described for operation in OPERATIONS)])


@cache
def _description() -> bytes:
    return msgspec.json.encode(describe())


async def _show_description(_request: Request) -> Response:
    return Response(_description(), media_type="application/json")
