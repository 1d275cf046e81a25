"""The change feed as server-sent events, asked for over a real connection."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.errors import TokenExpired
from certwright.domain.order import place as make
from certwright.web.native.routes.event_stream import EventStream
from tests.support.book import KEY, order
from tests.support.events import listening
from tests.support.orders import issue, place
from tests.support.server import running_server
from tests.wire.native.test_changes import bearer, new_key, until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from starlette.types import Message

    from tests.support.server import Server

NEVER = timedelta(hours=1)


async def test_what_was_and_what_happens_is_sent_in_order(each_server: Server) -> None:
    await issue(each_server)
    async with listening(each_server) as there, there.stream() as stream:
        headers = stream.response.headers
        assert headers["content-type"].startswith("text/event-stream")
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
        before = await stream.take(3)
        view = await place(each_server)
        (placed,) = await stream.take(1)
        assert [change["sequence"] for change in [*before, placed]] == [1, 2, 3, 4]
        assert (placed["order_id"], stream.last_id) == (view.order.id, "4")
        feed = (await each_server.native("GET", "/v1/changes")).json()
        assert [*before, placed] == feed["changes"]


async def test_stream_is_taken_up_where_it_broke(server: Server) -> None:
    async with listening(server) as there:
        await place(server)
        async with there.stream() as stream:
            await stream.take(1)
        for _ in range(3):
            await place(server)
        async with there.stream("/v1/changes?after=latest", last_id=stream.last_id) as again:
            assert [change["sequence"] for change in await again.take(3)] == [2, 3, 4]


async def test_stream_from_the_end_says_at_once_where_that_is(server: Server) -> None:
    """Else a client that loses the connection before the first event would begin at another end."""
    async with listening(server) as there:
        await place(server)
        async with there.stream("/v1/changes?after=latest") as stream:
            async for line in stream.response.aiter_lines():
                if line.startswith("id:"):
                    break
        assert line == "id: 1"
        await place(server)
        async with there.stream("/v1/changes?after=latest", last_id="1") as again:
            assert [change["sequence"] for change in await again.take(1)] == [2]


@pytest.mark.parametrize("last_id", ["latest", "-1", "x", "9" * 19, "7"])
async def test_id_of_no_event_is_refused(server: Server, last_id: str) -> None:
    async with listening(server) as there, there.stream(last_id=last_id) as stream:
        await stream.response.aread()
        assert stream.response.status_code == 422
        assert stream.response.headers["content-type"] == "application/problem+json"


async def test_streams_of_an_account_are_counted_and_freed(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, CERTWRIGHT_NATIVE_FOLLOWERS_PER_ACCOUNT="2") as server,
        listening(server) as there,
    ):
        async with there.stream(), there.stream():
            async with there.stream() as third:
                assert third.response.status_code == 429
                assert third.response.headers["retry-after"] == "5"
            async with there.stream(account=server.other) as elsewhere:
                assert elsewhere.response.status_code == 200
        await until(lambda: not server.program.use.feed._followers)
        async with there.stream() as again:
            assert again.response.status_code == 200


async def test_end_of_the_server_ends_streams_in_order(server: Server) -> None:
    """Whole answers, not broken connections; and nobody is waited for, else this would take half a minute."""
    async with listening(server) as there, there.stream() as one, there.stream() as two:
        there.stop()
        assert [await stream.take_all() for stream in (one, two)] == [[], []]


async def test_reader_that_reads_nothing_does_not_hold_the_end_up(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Its connection is cut; uvicorn would say so if it had had to wait for its time to be up."""
    caller = await server.caller()
    async with server.program.store.writing() as work:
        for number in range(1, 401):
            new = order(number, account_id=caller.account_id)
            await work.orders.add(make(new, actor=KEY, reason="x" * 1000))
    async with listening(server) as there:
        reader, writer = await asyncio.open_connection("127.0.0.1", there.port, limit=1024)
        headers = bearer(server.account.digicert.secret) | {"accept": "text/event-stream", "host": "here"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"GET /v1/changes HTTP/1.1\r\n{lines}\r\n".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        await until(there.has_unread)
        there.stop()
        await there.ended
        writer.close()
    assert "timeout graceful shutdown exceeded" not in caplog.text


async def test_every_reader_of_every_kind_sees_the_same(each_server: Server) -> None:
    """Three streams, three that wait, one that comes again for each event: each sees all of it, once and in order."""
    orders = 12

    async def stream(source: Any) -> list[Any]:
        async with source as opened:
            taken: list[Any] = await opened.take(orders)
        return taken

    async def reconnect() -> list[Any]:
        seen: list[Any] = []
        while len(seen) < orders:
            async with there.stream(last_id=str(seen[-1]["sequence"]) if seen else None) as opened:
                seen += await opened.take(1)
        return seen

    async def wait(limit: int) -> list[Any]:
        seen: list[Any] = []
        cursor = 0
        while len(seen) < orders:
            path = f"/v1/changes?after={cursor}&wait=30&limit={limit}"
            answer = (await there.http.get(path, headers=bearer(each_server.account.digicert.secret))).json()
            seen, cursor = seen + answer["changes"], answer["cursor"]
        return seen

    async with listening(each_server) as there:
        readers = asyncio.gather(
            *(stream(there.stream()) for _ in range(3)), reconnect(), *(wait(limit) for limit in (1, 2, 100))
        )
        await asyncio.gather(*(place(each_server, f"n{number}.example.com") for number in range(orders)))
        seen = await readers
    log = (await each_server.native("GET", "/v1/changes")).json()["changes"]
    assert [change["sequence"] for change in log] == list(range(1, orders + 1))
    assert seen == [log] * len(seen)


async def _is_good() -> None:
    """Say that the key is."""


class Client:
    """The other end of a stream, below HTTP: takes a part of it when the test lets it."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.free = asyncio.Semaphore(0)
        self._gone = asyncio.Event()

    async def receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self.free.acquire()
        self.sent.append(message.get("body", b""))

    def go(self) -> None:
        self._gone.set()


async def _open(
    server: Server,
    client: Client,
    *,
    check: Callable[[], Awaitable[object]] = _is_good,
    heartbeat: timedelta = NEVER,
) -> asyncio.Task[None]:
    stream = EventStream(
        server.program.use.feed, await server.caller(), after=0, check=check, heartbeat=heartbeat
    )
    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}}
    return asyncio.create_task(stream(scope, client.receive, client.send))


async def test_slow_reader_is_read_for_no_faster_than_it_takes(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has not taken yet stays in the database, but for one part of a hundred changes."""
    for _ in range(250):
        await place(server)
    read = []
    feed, original = server.program.use.feed, server.program.use.feed.read_all

    async def reading(*arguments: Any, **named: Any) -> Any:
        read.append(named["after"])
        return await original(*arguments, **named)

    monkeypatch.setattr(feed, "read_all", reading)
    client = Client()
    stream = await _open(server, client)
    for parts, expected in ((0, [0]), (2, [0]), (1, [0, 100]), (1, [0, 100, 200])):
        for _ in range(parts):
            client.free.release()
        await until(lambda expected=expected: len(read) >= len(expected))
        for _ in range(50):
            await asyncio.sleep(0)
        assert read == expected
    client.go()
    await stream
    assert feed._followers == {}


async def test_silence_is_broken_by_comments(server: Server) -> None:
    client = Client()
    stream = await _open(server, client, heartbeat=timedelta(milliseconds=1))
    for _ in range(6):
        client.free.release()
    await until(lambda: len(client.sent) == 6)
    assert client.sent[:2] == [b"", b"retry: 2000\nid: 0\n\n"]
    assert client.sent[2:] == [b": nothing yet\n\n"] * 4
    client.go()
    await stream


async def test_key_that_is_shut_ends_its_stream(server: Server) -> None:
    async def is_shut() -> None:
        raise TokenExpired("The credential has been revoked")

    client = Client()
    for _ in range(20):
        client.free.release()
    stream = await _open(server, client, check=is_shut, heartbeat=timedelta(milliseconds=1))
    await stream
    assert client.sent[-1] == b""
    assert server.program.use.feed._followers == {}


async def test_revoked_key_is_not_served_on(server: Server) -> None:
    """The same over the route, which asks the accounts."""
    secret = await new_key(server, server.account.digicert.key.role)
    assert (await server.native("GET", "/v1/changes", headers=bearer(secret))).status_code == 200
    key = (await server.program.use.accounts.authenticate_key(secret)).key
    await server.program.use.accounts.revoke_key(key.id)
    async with listening(server) as there:
        answer = await there.http.get("/v1/changes", headers=bearer(secret) | {"accept": "text/event-stream"})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credential")


async def test_client_that_goes_in_the_middle_is_forgotten(server: Server) -> None:
    async with listening(server) as there:
        async with there.stream() as stream:
            await place(server)
            await stream.take(1)
        await until(lambda: not server.program.use.feed._followers)
