"""A webhook listener on loopback that keeps what it is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import pytest
from aiohttp import web

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request: where it went, its headers, and its body as it came and as JSON; and how it was answered."""

    path: str
    headers: dict[str, str]
    raw: bytes
    body: Any
    status: int


class Receiver:
    """Answers every request with ``status``, or with what ``judge`` says of its body."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self.status = 200
        self.judge: Callable[[Any], int] | None = None
        self.port = 0
        self._tls = tls
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(application)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def events(self) -> list[str]:
        """The names of the events received, in their order."""
        return [each.body["event"] for each in self.received]

    async def _take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        raw = await request.read()
        body = json.loads(raw or b"null")
        status = self.status if self.judge is None else self.judge(body)
        got = Received(path=request.path, headers=headers, raw=raw, body=body, status=status)
        self.received.append(got)
        return web.Response(status=status, headers={"Location": "/elsewhere"})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as running:
        yield running
