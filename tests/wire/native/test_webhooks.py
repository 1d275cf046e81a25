"""Webhooks from making one to what arrives, over the API alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.orders import issue
from tests.support.subscriptions import check_order, is_signed

if TYPE_CHECKING:
    from tests.support.receiver import Receiver
    from tests.support.server import Server

PAGE = Path(__file__).parents[3] / "docs" / "native-api.md"


async def _ask(server: Server, method: str, path: str, status: int = 200, **request: Any) -> Any:
    response = await server.native(method, f"/v1{path}", **request)
    assert response.status_code == status, response.text
    return response.json() if response.content else None


async def _make(server: Server, receiver: Receiver, **changes: Any) -> Any:
    body = {"url": f"http://127.0.0.1:{receiver.port}/hook", **changes}
    return await _ask(server, "POST", "/webhooks", 201, json=body)


async def test_what_arrives_is_what_the_feed_tells(each_telling_server: Server, receiver: Receiver) -> None:
    server = each_telling_server
    made = await _make(server, receiver)
    await issue(server)
    await server.work()
    feed = await _ask(server, "GET", "/changes")
    assert [got.body["data"] for got in receiver.received] == feed["changes"]
    assert all(is_signed(got, made["secret"]) for got in receiver.received)
    shown = await _ask(server, "GET", "/webhooks/1")
    assert shown == {key: value for key, value in made.items() if key != "secret"} | {
        "cursor": feed["cursor"]
    }
    told = await _ask(server, "GET", "/webhooks/1/deliveries")
    assert [each["message_id"] for each in told["deliveries"]] == ["msg_1_3", "msg_1_2", "msg_1_1"]
    assert {each["status"] for each in told["deliveries"]} == {"delivered"}


async def test_webhook_is_tried_changed_rewound_and_deleted(
    each_telling_server: Server, receiver: Receiver
) -> None:
    server = each_telling_server
    made = await _make(server, receiver, events={"to_statuses": ["issued"]}, active=False)
    tried = await _ask(server, "POST", "/webhooks/1/test")
    assert (tried["status"], tried["status_code"], tried["sequence"]) == ("delivered", 200, None)
    assert receiver.received[-1].body["type"] == "webhook.test"
    newer = await _ask(server, "POST", "/webhooks/1/rotate-secret")
    await _ask(server, "POST", "/webhooks/1/test")
    assert is_signed(receiver.received[-1], made["secret"])
    assert is_signed(receiver.received[-1], newer["secret"])
    receiver.received.clear()

    await issue(server)
    assert (await _ask(server, "PATCH", "/webhooks/1", json={"active": True}))["status"] == "active"
    await server.work()
    assert [got.body["data"]["action"] for got in receiver.received] == ["issue"]
    await _ask(server, "PATCH", "/webhooks/1", json={"events": {}})
    rewound = await _ask(server, "POST", "/webhooks/1/replay", json={"after": 0})
    assert rewound["cursor"] == 0
    await server.work()
    assert check_order(receiver.received[1:]) == {1, 2, 3}
    assert receiver.received[0].headers["webhook-id"] == receiver.received[-1].headers["webhook-id"]

    await _ask(server, "DELETE", "/webhooks/1", 204)
    await _ask(server, "GET", "/webhooks/1", 404)
    assert await _ask(server, "GET", "/webhooks") == {"webhooks": []}


async def test_endpoint_that_is_gone_says_so(telling_server: Server, receiver: Receiver) -> None:
    server = telling_server
    receiver.status = 410
    await _make(server, receiver)
    await issue(server)
    await server.work()
    shown = await _ask(server, "GET", "/webhooks/1")
    assert (shown["status"], shown["disabled_reason"]) == ("disabled", "gone")
    assert len(receiver.received) == 1


async def test_snippet_of_the_documentation_verifies(telling_server: Server, receiver: Receiver) -> None:
    """The receiver's few lines are run as they stand, on what came and on what was tampered with."""
    made = await _make(telling_server, receiver)
    await _ask(telling_server, "POST", "/webhooks/1/test")
    (got,) = receiver.received
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (snippet,) = [block for block in blocks if "def is_genuine" in block]
    read: dict[str, Any] = {}
    exec(snippet, read)
    is_genuine = read["is_genuine"]
    soon = int(got.headers["webhook-timestamp"]) + 1
    assert is_genuine(got.headers, got.raw, made["secret"], now=soon)
    assert not is_genuine(got.headers, got.raw + b" ", made["secret"], now=soon)
    assert not is_genuine(got.headers, got.raw, "whsec_" + "A" * 43 + "=", now=soon)
    assert not is_genuine(got.headers, got.raw, made["secret"], now=soon + 3600)
    other = {**got.headers, "webhook-signature": "v2,x v1a,y"}
    assert not is_genuine(other, got.raw, made["secret"], now=soon)
