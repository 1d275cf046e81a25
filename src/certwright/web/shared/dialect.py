"""A dialect as one ASGI application: its routes, and how it tells what they raise.

One ``try`` around all routes answers refusals and faults alike, where Starlette's own application has four handlers, one
within the other, each with its own look at everything that is sent: a tenth of the time of a request. Its router is asked
only for what a table does not find: paths with parameters, and what is to be refused.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router

from certwright.domain.errors import CertwrightError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)

Answer = Callable[[Request], Awaitable[Response]]
"""Answers a request, or raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """How a dialect tells our errors, what the router refuses (address, method), and, without a word of it, a fault of ours."""

    error: Callable[[Request, CertwrightError], Response]
    http_error: Callable[[Request, HTTPException], Response]
    unexpected: Callable[[], Response]


class Address(NamedTuple):
    """Where requests of one kind come to, and what answers them; GET takes HEAD too."""

    method: str
    path: str
    answer: Answer


class Dialect:
    """Answers the requests to some addresses; what nobody foresaw is logged whole, and raised only if an answer has begun.

    Of paths that both match, the one that comes first answers, and a path without parameters before those that have some.
    """

    def __init__(self, addresses: Iterable[Address], refusals: Refusals) -> None:
        by_path: dict[str, dict[str, Answer]] = {}
        for method, path, answer in addresses:
            methods = (method, "HEAD") if method == "GET" else (method,)
            by_path.setdefault(path, {}).update(dict.fromkeys(methods, answer))
        # One route of each path, so that a wrong method is told all that are right.
        self.routes = [
            Route(path, _Endpoint(answers), methods=list(answers)) for path, answers in by_path.items()
        ]
        self._router = Router(self.routes, redirect_slashes=False)
        self._table: dict[tuple[str, str], ASGIApp] = {
            (method, route.path): route.app
            for route in self.routes
            if "{" not in route.path
            for method in route.methods or ()
        }
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        scope["app"] = self  # without an application the router answers by itself, in plain text
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        serve = self._table.get((scope.get("method", ""), scope["path"]), self._router)
        try:
            await serve(scope, receive, watch)
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
    """What a path's requests come to; Starlette puts a further handler of errors around a plain function."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        response = await self._answers[scope["method"]](Request(scope, receive))
        await response(scope, receive, send)
