"""The least that a server can do, under the process settings of ``certwright serve``: ``python -m bench.hello PORT``.

It reads the body and answers a short JSON text. Everything measured over HTTP is shown beside it.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.loops.auto import auto_loop_factory

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_BODY = b'{"code":"1000","message":"hello world"}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]


async def hello(_scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request (ASGI)."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


def main() -> None:
    """Serve until told to stop."""
    config = uvicorn.Config(
        hello,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
    )
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
