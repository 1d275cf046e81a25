"""One look at every request: an id, a log line, a count and a duration.

The query string is never logged: an approval link carries its code there.
"""

from __future__ import annotations

import os
import re
import time
from functools import cache
from typing import TYPE_CHECKING, Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KNOWN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}\Z")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ROOMS = (
    ("/services/v2", "digicert"),
    ("/ssl/v2", "webnic"),
    ("/reseller/v2", "webnic"),
    ("/v1/changes", "feed"),  # may take as long as it likes
    ("/v1", "native"),
    ("/pki", "pki"),
)


class LogRequest(Protocol):
    """Writes the log line of a request, which took so many milliseconds."""

    def __call__(self, *, method: str, path: str, status: int, ms: float, request_id: str) -> None:
        """Write it."""
        ...


class Observation:
    """Counts and times requests in a registry of its own, and logs each."""

    def __init__(self, log: LogRequest) -> None:
        self._log = log
        self.registry = CollectorRegistry()
        requests = Counter(
            "certwright_http_requests",
            "Requests answered",
            ["room", "method", "status"],
            registry=self.registry,
        )
        seconds = Histogram(
            "certwright_http_request_seconds", "Time to answer a request", ["room"], registry=self.registry
        )
        # There are few of each, and the registry takes its time to find them.
        self._count = cache(requests.labels)
        self._time = cache(seconds.labels)

    def watch(self, app: ASGIApp) -> ASGIApp:
        """Return the application, which knows HTTP alone, with every request observed."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            request_id = _request_id(scope)
            status = 500
            begun = time.perf_counter()

            async def noting(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    message["headers"].append((b"x-request-id", request_id.encode()))
                await send(message)

            # Each request is a task with a context of its own, which ends with it.
            structlog.contextvars.bind_contextvars(request_id=request_id)
            try:
                await app(scope, receive, noting)
            finally:
                self._note(scope, status, time.perf_counter() - begun, request_id)

        return watched

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        path = scope["path"]
        # A label for each word a stranger sends would never be forgotten again.
        method = scope["method"] if scope["method"] in _METHODS else "other"
        room = _room(path)
        self._count(room, method, status).inc()
        self._time(room).observe(seconds)
        self._log(
            method=method, path=path[:200], status=status, ms=round(seconds * 1000, 1), request_id=request_id
        )


def _room(path: str) -> str:
    for prefix, name in _ROOMS:
        if path.startswith(prefix):
            return name
    return "own"


def _request_id(scope: Scope) -> str:
    given = dict(scope["headers"]).get(b"x-request-id", b"")
    return given.decode() if _KNOWN_ID.match(given) else os.urandom(16).hex()
