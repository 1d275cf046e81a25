"""Every request gets an id and a log line, and the line holds no query."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.server import Server

CODE = "C" * 52


async def test_answer_carries_the_id_of_its_request(server: Server) -> None:
    given = await server.http.get("/healthz", headers={"x-request-id": "trace-1.a_b"})
    assert given.headers["x-request-id"] == "trace-1.a_b"
    made = [(await server.http.get("/healthz")).headers["x-request-id"] for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in made)
    assert made[0] != made[1]


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, 'a"b', "ü"])
async def test_id_that_could_spoil_a_log_is_replaced(server: Server, sent: str) -> None:
    answer = await server.http.get("/healthz", headers={b"x-request-id": sent.encode()})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_line_says_what_was_asked_but_not_the_query(
    server: Server, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level("INFO", logger="certwright.web"):
        answer = await server.http.get("/validation/approve", params={"code": CODE})
        await server.http.get("/nowhere/" + "x" * 1000)
        await server.http.get("/nowhere/" + CODE)
    text = capsys.readouterr().err
    first, second, third = map(json.loads, text.splitlines())
    assert (first["method"], first["path"], first["status"]) == ("GET", "/validation/approve", 404)
    assert (first["event"], first["level"], first["logger"]) == ("request", "info", "certwright.web")
    assert first["request_id"] == answer.headers["x-request-id"]
    assert datetime.fromisoformat(first["timestamp"]).tzinfo is not None
    assert (len(second["path"]), second["status"]) == (200, 404)
    assert third["path"] == "/nowhere/********"
    assert CODE not in text


async def test_no_line_where_the_level_asks_for_none(
    server: Server, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level("WARNING", logger="certwright.web"):
        await server.http.get("/healthz")
    assert capsys.readouterr().err == ""


async def test_strange_method_is_counted_as_other(server: Server) -> None:
    await server.http.request("M-SEARCH", "/healthz")
    assert 'method="other"' in (await server.http.get("/metrics")).text


async def test_requests_that_may_wait_are_timed_apart(server: Server) -> None:
    for path in ("/v1/changes", "/v1/orders", "/services/v2/user/me"):
        await server.http.get(path)
    metrics = (await server.http.get("/metrics")).text
    for room in ("feed", "native", "digicert"):
        assert f'certwright_http_request_seconds_count{{room="{room}"}} 1.0' in metrics
