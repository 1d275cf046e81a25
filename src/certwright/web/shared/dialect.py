"""A dialect as one ASGI application: its routes, and how it tells what they raise.

One ``try`` around all routes answers refusals and faults alike, where Starlette's own application has four handlers, one
within the other, each with its own look at everything that is sent: a tenth of the time of a request.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router

from certwright.domain.errors import CertwrightError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.types import Message, Receive, Scope, Send

_log = logging.getLogger(__name__)

Answer = Callable[[Request], Awaitable[Response]]
"""Answers a request, or raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """How a dialect tells our errors, what the router refuses (address, method), and, without a word of it, a fault of ours."""

    error: Callable[[Request, CertwrightError], Response]
    http_error: Callable[[Request, HTTPException], Response]
    unexpected: Callable[[], Response]


def route(path: str, answer: Answer, methods: Iterable[str]) -> Route:
    """Make a route of a dialect; GET takes HEAD too."""
    return Route(path, _Endpoint(answer), methods=list(methods))


class Dialect:
    """Answers the requests to some routes; what nobody foresaw is logged whole, and raised only if an answer has begun."""

    def __init__(self, routes: Sequence[Route], refusals: Refusals) -> None:
        self.routes = routes
        self._router = Router(routes, redirect_slashes=False)
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        scope["app"] = self  # without an application the router answers by itself, in plain text
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._router(scope, receive, watch)
        except ClientDisconnect:
            pass  # nobody is left to answer, and nothing is wrong here
        except Exception as error:
            response = None if begun else self._refuse(Request(scope), error)
            if response is None:
                _log.exception("Unexpected error in %s %s", scope.get("method"), scope.get("path"))
                if begun:
                    raise
                response = self._refusals.unexpected()
            await response(scope, receive, send)

    def _refuse(self, request: Request, error: Exception) -> Response | None:
        """Answer what is raised in order to be told, and nothing else."""
        match error:
            case CertwrightError():
                return self._refusals.error(request, error)
            case HTTPException():
                return self._refusals.http_error(request, error)
            case _:
                return None


class _Endpoint:
    """What a route calls; Starlette puts a further handler of errors around a plain function."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)
