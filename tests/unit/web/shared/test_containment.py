"""What nobody foresaw is logged, answered once, and never raised again unless an answer has begun."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse

from certwright.web.shared.containment import Containment, at_once

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCOPE: Scope = {"type": "http", "method": "GET", "path": "/x", "query_string": b"", "headers": []}


async def _ask(app: ASGIApp) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    contained = Containment(app, answer=lambda: PlainTextResponse("sorry", status_code=500))
    await contained(SCOPE, receive, send)
    return sent


async def test_an_error_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ValueError("the secret")

    sent = await _ask(broken)
    assert (sent[0]["status"], sent[1]["body"]) == (500, b"sorry")
    assert "the secret" in caplog.text
    assert "GET /x" in caplog.text


async def test_an_answer_that_has_begun_is_not_answered_again() -> None:
    async def broken(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await _ask(broken)


async def test_a_client_who_has_left_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def left(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ClientDisconnect

    assert await _ask(left) == []
    assert caplog.text == ""


async def test_a_refusal_is_answered_on_the_event_loop() -> None:
    threads: list[threading.Thread] = []

    def refuse(_request: Request, error: Exception) -> Response:
        threads.append(threading.current_thread())
        return PlainTextResponse(str(error), status_code=404)

    app = Starlette(exception_handlers={404: at_once(refuse)})
    sent = await _ask(app)
    assert sent[0]["status"] == 404
    assert threads == [threading.current_thread()]
