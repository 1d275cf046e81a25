"""Server-sent events as a client reads them, and a server that can be asked for them: one that listens."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from certwright.bootstrap import build_web
from certwright.cli.serve import _is_unread, _listen, _Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from certwright.services.accounts import NewAccount
    from tests.support.server import Server


class EventSource:
    """Reads a stream as the WHATWG's EventSource does; ``last_id`` is what it would send to have it taken up."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.last_id = ""
        self._events = self._read()

    async def _read(self) -> AsyncIterator[Any]:
        kind = data = ""
        async for line in self.response.aiter_lines():
            name, _, value = line.partition(": ")
            if line == "":
                if data:
                    assert kind == "status_change"
                    yield json.loads(data)
                kind = data = ""
            elif name == "id":
                self.last_id = value
            elif name == "event":
                kind = value
            elif name == "data":
                data = value

    async def take(self, count: int) -> list[Any]:
        """Return the data of so many events."""
        return [await anext(self._events) for _ in range(count)]

    async def take_all(self) -> list[Any]:
        """Return the data of all events until the server ends the stream."""
        return [data async for data in self._events]


@dataclass(kw_only=True)
class Listening:
    """A server on a port, and a client of it."""

    http: httpx2.AsyncClient
    uvicorn: _Server
    server: Server
    port: int
    ended: asyncio.Task[None]

    @asynccontextmanager
    async def stream(
        self, path: str = "/v1/changes", *, last_id: str | None = None, account: NewAccount | None = None
    ) -> AsyncIterator[EventSource]:
        """Ask for a stream."""
        secret = (account or self.server.account).digicert.secret.reveal()
        headers = {"accept": "text/event-stream", "authorization": f"Bearer {secret}"}
        if last_id is not None:
            headers["last-event-id"] = last_id
        async with self.http.stream("GET", path, headers=headers) as response:
            yield EventSource(response)

    def has_unread(self) -> bool:
        """Whether some client leaves lying what it is sent of a stream."""
        connections = self.uvicorn.server_state.connections
        return any(isinstance(each, HttpToolsProtocol) and _is_unread(each) for each in connections)

    def stop(self) -> None:
        """Do what SIGTERM does."""
        self.uvicorn.should_exit = True
        self.server.program.use.feed.close()


@asynccontextmanager
async def listening(server: Server) -> AsyncIterator[Listening]:
    """Let a server's application listen on loopback, as ``certwright serve`` does."""
    listener = _listen("127.0.0.1", 0)
    # What the system keeps for a client that does not read is small, so that a test soon sees more than that.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
    config = uvicorn.Config(
        build_web(server.program),
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=30,
    )
    serving = _Server(config)
    task = asyncio.create_task(serving.serve(sockets=[listener]))
    port = listener.getsockname()[1]
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        one = Listening(http=http, uvicorn=serving, server=server, port=port, ended=task)
        try:
            yield one
        finally:
            one.stop()
            await task
