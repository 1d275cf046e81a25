"""The operations of DigiCert's Services API v2, as one ASGI application that answers ``/services/v2/…``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

import msgspec
from starlette.responses import Response

from certwright.web.digicert.errors import HEADERS, answer_error, answer_http_error, answer_unexpected
from certwright.web.digicert.routes.account import AccountRoutes
from certwright.web.digicert.routes.certificates import CertificateRoutes
from certwright.web.digicert.routes.description import describe
from certwright.web.digicert.routes.domains import DomainRoutes
from certwright.web.digicert.routes.endpoint import PREFIX, address
from certwright.web.digicert.routes.further import FurtherCertificateRoutes
from certwright.web.digicert.routes.notes import NoteRoutes
from certwright.web.digicert.routes.order_actions import OrderActionRoutes
from certwright.web.digicert.routes.order_dcv import OrderDCVRoutes
from certwright.web.digicert.routes.orders import OrderRoutes
from certwright.web.digicert.routes.reports import ReportRoutes
from certwright.web.digicert.routes.requests import RequestRoutes
from certwright.web.digicert.routes.settings import SettingsRoutes
from certwright.web.digicert.routes.webhooks import WebhookRoutes
from certwright.web.shared.dialect import Address, Dialect, Refusals
from certwright.web.shared.rate_limits import RateLimits

if TYPE_CHECKING:
    from datetime import tzinfo

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from certwright.services.use_cases import UseCases
    from certwright.web.digicert.routes.endpoint import Operation


OPENAPI_PATH = "/services/openapi.json"
"""Where the description of the API is served, to everybody."""


def rooms(use: UseCases, zone: tzinfo) -> tuple[Room, ...]:
    """List the rooms; of two operations whose paths both match, that of the first room answers."""
    return (
        AccountRoutes(use),
        SettingsRoutes(use),
        OrderRoutes(use, zone),
        OrderActionRoutes(use),
        OrderDCVRoutes(use),
        FurtherCertificateRoutes(use),
        NoteRoutes(use),
        ReportRoutes(use),
        CertificateRoutes(use),
        RequestRoutes(use),
        DomainRoutes(use, zone),
        WebhookRoutes(use),
    )


def build(
    use: UseCases, limits: RateLimits | None = None, *, status_change_zone: str = "America/Denver"
) -> Dialect:
    """Build the dialect; ``status_change_zone`` is the clock of the dates in the status change list's filter.

    ``limits`` are those of each API key, ``None`` sets none.

    Raises:
        ZoneInfoNotFoundError: there is no such time zone.
    """
    operations = [
        operation for room in rooms(use, ZoneInfo(status_change_zone)) for operation in room.operations()
    ]
    description = msgspec.json.encode(describe(operations, PREFIX))

    async def show_description(_request: Request) -> Response:
        return Response(description, media_type="application/json", headers=HEADERS)

    limits = limits or RateLimits()
    addresses = [
        *(address(operation, use.accounts, limits) for operation in operations),
        Address("GET", OPENAPI_PATH, show_description),
    ]
    return _DigiCertDialect(addresses, _REFUSALS)


_REFUSALS = Refusals(error=answer_error, http_error=answer_http_error, unexpected=answer_unexpected)


class Room(Protocol):
    """Operations on one subject."""

    def operations(self) -> tuple[Operation, ...]:
        """List the operations."""
        ...


class _DigiCertDialect(Dialect):
    """Takes one slash off the end of the path: some clients send it before the query."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        if scope["type"] == "http" and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"][:-1]}
        await super().__call__(scope, receive, send)
