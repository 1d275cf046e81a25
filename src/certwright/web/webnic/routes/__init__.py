"""The operations of WebNIC's API, as one ASGI application that answers ``/reseller/v2/…`` and ``/ssl/…``.

One table of operations makes both the routes and their description, which is served at ``/ssl/openapi.json``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from certwright import __version__
from certwright.web.shared.dialect import Answer, Dialect, Refusals, route
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
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.routing import Route

    from certwright.services.use_cases import UseCases

OPENAPI_PATH = "/ssl/openapi.json"

OPERATIONS: tuple[Operation, ...] = (
    # Routes are tried in turn: first those of what is asked most often.
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

    routes = [
        *_routes(use, limits or RateLimits()),
        route(account.TOKEN.path, token, [account.TOKEN.method]),
        route(OPENAPI_PATH, _show_description, ["GET"]),
    ]
    return Dialect(routes, _REFUSALS)


_REFUSALS = Refusals(
    error=errors.error_response,
    http_error=errors.http_error_response,
    unexpected=errors.unexpected_error_response,
)


def _routes(use: UseCases, limits: RateLimits) -> list[Route]:
    """Make one route of each path, so that a wrong method is told all that are right."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.described.path, {})[operation.described.method] = operation
    return [route(path, _endpoint(use, limits, by_method), by_method) for path, by_method in by_path.items()]


def _endpoint(use: UseCases, limits: RateLimits, by_method: Mapping[str, Operation]) -> Answer:
    async def answer(request: Request) -> Response:
        caller = await authenticate(use.accounts, request)
        await limits.count(str(caller.account_id))
        operation = by_method["GET" if request.method == "HEAD" else request.method]
        return respond(await operation.handler(use, caller, request))

    return answer


def describe() -> dict[str, Any]:
    """Return the description of the API, as an OpenAPI document."""
    return build_document(_API, [account.TOKEN, *(operation.described for operation in OPERATIONS)])


@cache
def _description() -> bytes:
    return msgspec.json.encode(describe())


async def _show_description(_request: Request) -> Response:
    return Response(_description(), media_type="application/json")
