"""Whether the server is alive and ready, and its figures for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from certwright.web.observation import Observation


class Health:
    """Answers ``/healthz``, ``/readyz`` and ``/metrics``; ``checks`` names what must answer for us to be ready."""

    def __init__(self, checks: Mapping[str, Callable[[], Awaitable[bool]]]) -> None:
        self._checks = checks

    def routes(self, observation: Observation) -> list[BaseRoute]:
        """List the routes."""

        async def metrics(_request: Request) -> Response:
            return Response(generate_latest(observation.registry), media_type=CONTENT_TYPE_LATEST)

        return [
            Route("/healthz", self._alive, methods=["GET"]),
            Route("/readyz", self._ready, methods=["GET"]),
            Route("/metrics", metrics, methods=["GET"]),
        ]

    async def _alive(self, _request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def _ready(self, _request: Request) -> Response:
        answers = {name: await check() for name, check in self._checks.items()}
        ready = all(answers.values())
        words = {name: "ok" if good else "failed" for name, good in answers.items()}
        return JSONResponse({"status": "ready" if ready else "not ready", **words}, 200 if ready else 503)
