"""Whether the server is alive and ready, and its figures for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.registry import Collector
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from prometheus_client import Metric
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from certwright.web.observation import Observation


class _Gathered(Collector):
    """Figures that were gathered before they are asked for: gathering waits, and a collector can't."""

    def __init__(self, figures: Iterable[Metric]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        """Return the figures."""
        return self._figures


class Health:
    """Answers ``/healthz``, ``/readyz`` and ``/metrics``.

    ``checks`` names what must answer for us to be ready; ``figures`` gathers what is told beside the requests.
    """

    def __init__(
        self,
        checks: Mapping[str, Callable[[], Awaitable[bool]]],
        *,
        figures: Callable[[], Awaitable[Iterable[Metric]]],
    ) -> None:
        self._checks = checks
        self._figures = figures

    def routes(self, observation: Observation) -> list[BaseRoute]:
        """List the routes."""

        async def metrics(_request: Request) -> Response:
            gathered = CollectorRegistry()
            gathered.register(_Gathered(await self._figures()))
            text = generate_latest(observation.registry) + generate_latest(gathered)
            return Response(text, media_type=CONTENT_TYPE_LATEST)

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
