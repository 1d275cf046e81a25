"""How a dialect answers exceptions: those that are answers, and one that nobody foresaw, logged whole and told as nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)


def at_once(
    answer: Callable[[Request, Exception], Response],
) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Have an exception answered on the event loop; Starlette takes a plain function to a thread, at twice the time."""

    async def answered(request: Request, error: Exception) -> Response:
        return answer(request, error)

    return answered


class Containment:
    """ASGI middleware that answers an unforeseen exception in the dialect's words for an internal error.

    Starlette's own handler of ``Exception`` answers too, but raises again, so that every such fault would be logged
    twice and fall out of an application that mounts the dialect.
    """

    def __init__(self, app: ASGIApp, *, answer: Callable[[], Response]) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and catch what comes back."""
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except ClientDisconnect:
            return  # nobody is left to answer, and nothing is wrong here
        except Exception:
            _log.exception("Unexpected error in %s %s", scope.get("method"), scope.get("path"))
            if begun:
                raise
            await self._answer()(scope, receive, send)
