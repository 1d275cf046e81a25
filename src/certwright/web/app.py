"""The ASGI application: every dialect at its vendor's own paths, and what is ours beside them.

A request goes to the room whose path prefix it carries. What no dialect answers (a fault of ours) is logged whole and
told as nothing, in the dialect's own form (``shared/dialect``). Besides, only the worker and the shelf and keeper of the
search indexes outlive an ``Exception`` that nobody foresaw; what does the work of many at once (``services/batching``,
``store/group_commit``) catches one to hand it to those whose it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette

from certwright.web import approval_page, pki
from certwright.web.digicert import routes as digicert
from certwright.web.native import routes as native
from certwright.web.observation import Observation
from certwright.web.webnic import routes as webnic

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from certwright.services.use_cases import UseCases
    from certwright.web.health import Health
    from certwright.web.observation import LogRequest
    from certwright.web.shared.rate_limits import RateLimits


class Dispatcher:
    """Sends a request to the application whose path prefix it carries, with the path left whole."""

    def __init__(self, rooms: dict[str, ASGIApp], default: ASGIApp) -> None:
        self._rooms = rooms
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        path = scope.get("path", "")
        for prefix, room in self._rooms.items():
            if path == prefix or path.startswith(prefix + "/"):
                await room(scope, receive, send)
                return
        await self._default(scope, receive, send)


def build_app(
    use: UseCases,
    health: Health,
    *,
    status_change_zone: str,
    webnic_limits: RateLimits,
    digicert_limits: RateLimits,
    native_limits: RateLimits,
    log_request: LogRequest,
) -> ASGIApp:
    """Build the whole application; WebNIC's limits are an account's, the others an API key's."""
    webnic_app = webnic.build(use, webnic_limits)
    digicert_app = digicert.build(use, digicert_limits, status_change_zone=status_change_zone)
    observation = Observation(log_request)
    own = Starlette(routes=[*health.routes(observation), *pki.routes(use), *approval_page.routes(use)])
    rooms: dict[str, ASGIApp] = {
        "/reseller/v2": webnic_app,
        "/ssl/v2": webnic_app,
        webnic.OPENAPI_PATH: webnic_app,
        "/services/v2": digicert_app,
        digicert.OPENAPI_PATH: digicert_app,
        "/v1": native.build(use, native_limits),
    }
    return observation.watch(Dispatcher(rooms, own))
