"""The change feed as clients ask for it: page by page, waiting, and who gets to see what."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.account import KeyKind, KeyRestriction, Role
from tests.support.events import listening
from tests.support.orders import issue, new_order, place
from tests.support.server import running_server

if TYPE_CHECKING:
    from pathlib import Path

    from certwright.domain.account import Secret
    from tests.support.server import Server

CHANGES = "/v1/changes"


async def read_to_the_end(server: Server, *, limit: int = 2, **request: Any) -> list[dict[str, Any]]:
    """Read the log as the manual's recipe does."""
    cursor, found = 0, []
    while True:
        answer = (await server.native("GET", f"{CHANGES}?after={cursor}&limit={limit}", **request)).json()
        found += answer["changes"]
        cursor = answer["cursor"]
        if not answer["has_more"]:
            return found


async def new_key(server: Server, role: Role, restriction: KeyRestriction = KeyRestriction.NONE) -> Secret:
    use = server.program.use.accounts
    account_id = server.account.account.id
    return (await use.create_key(account_id, KeyKind.DIGICERT, "robot", role, restriction=restriction)).secret


def bearer(secret: Secret) -> dict[str, str]:
    return {"authorization": f"Bearer {secret.reveal()}"}


async def test_every_change_is_told_once_and_in_order(each_server: Server) -> None:
    view = await issue(each_server)
    await place(each_server, "mail.example.com")
    changes = await read_to_the_end(each_server)
    assert [change["sequence"] for change in changes] == list(range(1, len(changes) + 1))
    own = [change for change in changes if change["order_id"] == view.order.id]
    assert [(c["action"], c["from_status"], c["to_status"]) for c in own] == [
        ("place", None, "pending"),
        ("submit", "pending", "processing"),
        ("issue", "processing", "issued"),
    ]
    assert own[0]["actor"] == {"kind": "key", "id": str(view.order.placed_by)}
    history = (await each_server.native("GET", f"/v1/orders/{view.order.id}/changes")).json()
    assert history == {"changes": own}
    assert await read_to_the_end(each_server, account=each_server.other) == []


async def test_reading_begins_where_one_says(server: Server) -> None:
    for _ in range(3):
        await place(server)
    everything = (await server.native("GET", CHANGES)).json()
    assert len(everything["changes"]) == 3
    assert (everything["cursor"], everything["has_more"]) == (3, False)
    latest = (await server.native("GET", f"{CHANGES}?after=latest")).json()
    assert latest == {"changes": [], "cursor": 3, "has_more": False}
    behind = await server.native("GET", f"{CHANGES}?after=4")
    assert (behind.status_code, behind.json()["errors"][0]["field"]) == (422, "after")


async def test_waiting_is_answered_by_the_change(each_server: Server) -> None:
    waiting = asyncio.create_task(each_server.native("GET", f"{CHANGES}?wait=60"))
    elsewhere = asyncio.create_task(each_server.native("GET", f"{CHANGES}?wait=1", account=each_server.other))
    view = await place(each_server)
    answer = (await waiting).json()
    assert [change["order_id"] for change in answer["changes"]] == [view.order.id]
    assert (await elsewhere).json() == {"changes": [], "cursor": 0, "has_more": False}


async def test_waiting_client_that_goes_is_forgotten(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, CERTWRIGHT_NATIVE_FOLLOWERS_PER_ACCOUNT="1") as server,
        listening(server) as there,
    ):
        headers = bearer(server.account.digicert.secret)
        waiting = asyncio.create_task(there.http.get(f"{CHANGES}?wait=60", headers=headers))
        feed = server.program.use.feed
        await until(lambda: bool(feed._followers))
        refused = await there.http.get(f"{CHANGES}?wait=60", headers=headers)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        assert "1 streams and waiting requests" in refused.json()["detail"]
        waiting.cancel()
        await until(lambda: not feed._followers)


async def test_end_of_the_server_answers_who_waits(server: Server) -> None:
    async with listening(server) as there:
        headers = bearer(server.account.digicert.secret)
        waiting = asyncio.create_task(there.http.get(f"{CHANGES}?wait=60", headers=headers))
        await until(lambda: bool(server.program.use.feed._followers))
        there.stop()
        assert (await waiting).json() == {"changes": [], "cursor": 0, "has_more": False}
    late = await server.native("GET", f"{CHANGES}?wait=60")
    assert (late.status_code, late.headers["retry-after"]) == (503, "1")


async def until(holds: Any) -> None:
    """Wait for what another task is about to do."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.002)


async def test_head_does_not_wait(server: Server) -> None:
    for accept in ("application/json", "text/event-stream"):
        answer = await server.native("HEAD", f"{CHANGES}?wait=60", headers={"accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


async def test_limited_key_sees_changes_of_its_own_orders(server: Server) -> None:
    secret = await new_key(server, Role.LIMITED)
    caller = await server.program.use.accounts.authenticate_key(secret)
    await place(server)
    own = (await server.program.use.ordering.place(caller, new_order(server))).order
    await place(server)
    changes = await read_to_the_end(server, limit=1, headers=bearer(secret))
    assert [(change["sequence"], change["order_id"]) for change in changes] == [(2, own.id)]
    assert len(await read_to_the_end(server)) == 3
    for order_id, status in ((own.id, 200), (own.id - 1, 404)):
        answer = await server.native("GET", f"/v1/orders/{order_id}/changes", headers=bearer(secret))
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("role", "restriction", "status"),
    [
        (Role.FINANCE, KeyRestriction.NONE, 200),
        (Role.STANDARD, KeyRestriction.ORDERS, 200),
        (Role.ADMINISTRATOR, KeyRestriction.VIEW_ONLY, 200),
        (Role.ADMINISTRATOR, KeyRestriction.USERS, 403),
    ],
)
async def test_role_and_restriction_open_the_feed(
    server: Server, role: Role, restriction: KeyRestriction, status: int
) -> None:
    answer = await server.native("GET", CHANGES, headers=bearer(await new_key(server, role, restriction)))
    assert answer.status_code == status


async def test_webnic_token_is_a_credential_too(server: Server) -> None:
    webnic = server.account.webnic
    token = await server.program.use.accounts.log_in(str(webnic.key.username), webnic.secret)
    assert (await server.native("GET", CHANGES, headers=bearer(token.secret))).status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("after=-1", "after"),
        ("after=newest", "after"),
        ("after=%D9%A3", "after"),
        (f"after={'9' * 19}", "after"),
        ("after=1&after=2", "after"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("wait=61", "wait"),
        ("wait=1.5", "wait"),
        ("after=", "after"),
        ("since=1", "since"),
        ("after=%00", "after"),
    ],
)
async def test_query_that_cannot_be_used_is_named(server: Server, query: str, field: str) -> None:
    answer = await server.native("GET", f"{CHANGES}?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]
