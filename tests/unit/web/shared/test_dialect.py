"""Refusals are told in the dialect's words; what nobody foresaw is logged, told as nothing, and never raised again unless an answer has begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse

from certwright.domain.errors import NotFound
from certwright.web.shared.dialect import Address, Dialect, Refusals

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Message, Receive, Scope, Send

    from certwright.web.shared.dialect import Answer

REFUSALS = Refusals(
    error=lambda request, error: PlainTextResponse(f"{request.url.path}: {error.message}", 400),
    http_error=lambda _request, error: PlainTextResponse(error.detail, error.status_code, error.headers),
    unexpected=lambda: PlainTextResponse("sorry", 500),
)


async def _ask(answer: Answer, method: str = "GET", path: str = "/x") -> list[Message]:
    return await _send(Dialect([Address("GET", "/x", answer)], REFUSALS), method, path)


async def _send(dialect: Dialect, method: str, path: str) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    await dialect(scope, receive, send)
    return sent


def _told(sent: list[Message]) -> tuple[int, bytes]:
    return sent[0]["status"], sent[1]["body"]


async def _fine(_request: Request) -> Response:
    return PlainTextResponse("fine")


async def test_what_the_router_refuses_is_told_by_the_dialect() -> None:
    assert _told(await _ask(_fine)) == (200, b"fine")
    assert (await _ask(_fine, "HEAD"))[0]["status"] == 200
    assert _told(await _ask(_fine, path="/y")) == (404, b"Not Found")
    refused = await _ask(_fine, "POST")
    assert refused[0]["status"] == 405
    assert {"GET", "HEAD"} == set(dict(refused[0]["headers"])[b"allow"].decode().split(", "))


async def test_path_without_parameters_comes_before_those_with_some() -> None:
    async def telling(request: Request) -> Response:
        return PlainTextResponse(f"{request.method} {request.path_params.get('id', 'none')}")

    addresses = [("GET", "/{id}"), ("DELETE", "/{id}"), ("GET", "/x"), ("POST", "/x")]
    dialect = Dialect([Address(method, path, telling) for method, path in addresses], REFUSALS)
    told = [
        _told(await _send(dialect, method, path))[1].decode()
        for method, path in [*addresses, ("DELETE", "/x"), ("HEAD", "/x")]
    ]
    assert told == ["GET {id}", "DELETE {id}", "GET none", "POST none", "DELETE x", "HEAD none"]


@pytest.mark.parametrize(
    ("error", "told"),
    [(NotFound("order"), (400, b"/x: Order not found")), (HTTPException(406), (406, b"Not Acceptable"))],
)
async def test_a_refusal_is_told_and_not_logged(
    error: Exception, told: tuple[int, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    async def refusing(_request: Request) -> Response:
        raise error

    assert _told(await _ask(refusing)) == told
    assert caplog.text == ""


async def test_a_fault_is_told_as_nothing_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_request: Request) -> Response:
        raise ValueError("the secret")

    assert _told(await _ask(broken)) == (500, b"sorry")
    assert "the secret" in caplog.text
    assert "GET /x" in caplog.text


@pytest.mark.parametrize("error", [ValueError(), NotFound("order")])
async def test_an_answer_that_has_begun_is_not_answered_again(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(PlainTextResponse):
        async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise error

    async def answer(_request: Request) -> Response:
        return Broken()

    with pytest.raises(type(error)):
        await _ask(answer)
    assert "GET /x" in caplog.text


async def test_a_client_who_has_left_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def left(_request: Request) -> Response:
        raise ClientDisconnect

    assert await _ask(left) == []
    assert caplog.text == ""
