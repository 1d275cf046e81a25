"""The operations of our own API, as one ASGI application that answers ``/v1/…``.

One table of operations makes both the routes and their description, which is served at ``/v1/openapi.json``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from certwright import __version__
from certwright.web.native import errors
from certwright.web.native.routes import changes, new_orders, orders, webhooks
from certwright.web.native.routes.endpoint import PREFIX, Operation, address
from certwright.web.native.schemas.problems import Problem
from certwright.web.shared.dialect import Address, Dialect, Refusals
from certwright.web.shared.openapi import API, build_document
from certwright.web.shared.rate_limits import RateLimits

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.services.use_cases import UseCases

OPENAPI_PATH = f"{PREFIX}/openapi.json"

OPERATIONS: tuple[Operation, ...] = (
    *changes.OPERATIONS,
    *orders.OPERATIONS,
    *new_orders.OPERATIONS,
    *webhooks.OPERATIONS,
)
"""Every operation; of two whose paths both match, that which comes first answers."""

_API = API(
    title="Certwright's own API",
    version=__version__,
    description="Follow every status change of an account without losing one, or have it sent, and look at the orders behind.",
    failure=Problem,
    failure_media_type=errors.MEDIA_TYPE,
    security={
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "The secret of an API key, or an access token that a WebNIC user got.",
        }
    },
)


def build(use: UseCases, limits: RateLimits | None = None) -> Dialect:
    """Build the application; ``limits`` are those of each key, ``None`` sets none."""
    limits = limits or RateLimits()
    addresses = [
        Address("GET", OPENAPI_PATH, _show_description),
        *(address(use, limits, operation) for operation in OPERATIONS),
    ]
    return Dialect(addresses, _REFUSALS)


_REFUSALS = Refusals(
    error=errors.error_response,
    http_error=errors.http_error_response,
    unexpected=errors.unexpected_error_response,
)


def describe() -> dict[str, Any]:
    """Return the description of the API, as an OpenAPI document."""
    return build_document(_API, [operation.described for operation in OPERATIONS])


@cache
def _description() -> bytes:
    return msgspec.json.encode(describe())


async def _show_description(_request: Request) -> Response:
    return Response(_description(), media_type="application/json", headers=errors.HEADERS)
