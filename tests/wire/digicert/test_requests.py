"""Requests with a life of their own: who decides them, in how many steps, and who sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.account import ApprovalPolicy, Role
from tests.support.server import csr_for
from tests.wire.digicert.given import API, CERTIFICATE, NAME, ORDER, make_key, place, use_approvals

if TYPE_CHECKING:
    import httpx2

    from tests.support.server import Server

INVALID_APPROVER = "access_denied|invalid_approver"


class User:
    """Somebody with a key."""

    def __init__(self, server: Server, key: str) -> None:
        self._server = server
        self._headers = {"x-dc-devkey": key}

    async def send(self, method: str, path: str, body: object = None) -> httpx2.Response:
        return await self._server.http.request(method, API + path, headers=self._headers, json=body)

    async def order(self, common_name: str = NAME, **changes: Any) -> Any:
        body = {
            "certificate": {"common_name": common_name, "csr": csr_for(common_name)},
            "order_validity": {"years": 1},
            **changes,
        }
        response = await self.send("POST", "/order/certificate/ssl_dv_rapidssl", body)
        assert response.status_code == 201, response.text
        return response.json()

    async def decide(self, request_id: int, word: str = "approved") -> httpx2.Response:
        return await self.send("PUT", f"/request/{request_id}/status", {"status": word})

    async def status_of(self, request_id: int) -> str:
        return str((await self.send("GET", f"/request/{request_id}")).json()["status"])


async def _user(server: Server, role: Role, name: str = "clerk") -> User:
    return User(server, await make_key(server, role, name=name))


@pytest.mark.parametrize("self_approval", [True, False])
async def test_two_steps_take_two_people(each_server: Server, *, self_approval: bool) -> None:
    server = each_server
    server.account = await server.program.use.accounts.create(
        "Careful", approval=ApprovalPolicy.TWO_STEP, self_approval=self_approval
    )
    first, second = [await _user(server, Role.MANAGER, name) for name in ("first", "second")]
    placed = await (await _user(server, Role.STANDARD)).order()
    request_id = placed["requests"][0]["id"]
    assert placed["requests"][0]["status"] == "submitted"
    assert (await first.decide(request_id)).status_code == 204
    assert await first.status_of(request_id) == "pending"
    again = await first.decide(request_id)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (403, INVALID_APPROVER)
    assert (await second.decide(request_id)).status_code == 204
    told = (await first.send("GET", f"/request/{request_id}")).json()
    assert (told["status"], told["reviewer"]["first_name"], told["processor"]["first_name"]) == (
        "approved",
        "first",
        "second",
    )
    assert told["order"]["status"] == "pending"


async def test_own_requests_are_left_pending_where_the_account_says_so(server: Server) -> None:
    """Keyfactor takes exactly this code for "left pending"."""
    server.account = await server.program.use.accounts.create(
        "Strict", approval=ApprovalPolicy.ONE_STEP, self_approval=False
    )
    manager = await _user(server, Role.MANAGER)
    request_id = (await manager.order())["requests"][0]["id"]
    refused = await manager.decide(request_id)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, INVALID_APPROVER)
    assert await manager.status_of(request_id) == "pending"
    assert (await manager.decide(request_id, "rejected")).status_code == 204


@pytest.mark.parametrize(
    ("role", "code"),
    [
        (Role.STANDARD, 403),
        (Role.LIMITED, 403),
        (Role.FINANCE, 403),
        (Role.MANAGER, 204),
        (Role.ADMINISTRATOR, 204),
    ],
)
async def test_who_decides(server: Server, role: Role, code: int) -> None:
    await use_approvals(server)
    user = await _user(server, role)
    placed = await (user if role is Role.LIMITED else await _user(server, Role.STANDARD)).order()
    assert (await user.decide(placed["requests"][0]["id"])).status_code == code


@pytest.mark.parametrize("role", [Role.STANDARD, Role.LIMITED])
async def test_skipping_is_for_approvers(server: Server, role: Role) -> None:
    await use_approvals(server)
    clerk, manager = await _user(server, role), await _user(server, Role.MANAGER)
    assert (await clerk.order(skip_approval=True))["requests"][0]["status"] == "pending"
    assert (await manager.order("b.example.com", skip_approval=True))["requests"][0]["status"] == "approved"


async def test_limited_users_know_of_their_own_orders_only(each_server: Server) -> None:
    server = each_server
    await place(server)
    limited = await _user(server, Role.LIMITED)
    assert (await limited.order("own.example.com", alternative_order_id="X-1"))["id"] == ORDER + 1
    foreign = (
        ("GET", f"/order/certificate/{ORDER}"),
        ("PUT", f"/order/certificate/{ORDER}/status"),
        ("PUT", f"/order/certificate/{ORDER}/revoke"),
        ("GET", f"/order/certificate/{ORDER}/reissue"),
        ("GET", f"/order/certificate/{ORDER}/note"),
        ("PUT", f"/order/certificate/{ORDER}/check-dcv"),
        ("PUT", f"/order/certificate/{ORDER}/dcv-random-value"),
        ("GET", f"/certificate/{CERTIFICATE}"),
        ("GET", f"/certificate/{CERTIFICATE}/chain"),
        ("GET", f"/certificate/download/order/{ORDER}"),
        ("GET", "/request/1"),
    )
    for method, path in foreign:
        response = await limited.send(method, path)
        assert response.status_code == 404, (path, response.text)
    assert (await limited.send("GET", f"/order/certificate/{ORDER + 1}")).status_code == 200
    orders = (await limited.send("GET", "/order/certificate")).json()
    assert ([each["id"] for each in orders["orders"]], orders["page"]["total"]) == ([ORDER + 1], 1)
    changes = (await limited.send("GET", "/order/certificate/status-changes?minutes=5")).json()
    assert [each["order_id"] for each in changes["orders"]] == [ORDER + 1]
    requests = (await limited.send("GET", "/request")).json()
    assert [each["order"]["id"] for each in requests["requests"]] == [ORDER + 1]


async def test_requests_are_listed_by_what_they_are(each_server: Server) -> None:
    server = each_server
    await use_approvals(server)
    clerk = await _user(server, Role.STANDARD)
    for name in ("a.example.com", "b.example.com", "c.example.org"):
        await clerk.order(name)
    await server.digicert("PUT", f"{API}/request/2/status", json={"status": "rejected"})

    async def listed(query: str) -> tuple[list[int], int]:
        answer = (await server.digicert("GET", f"{API}/request?{query}")).json()
        return [each["id"] for each in answer["requests"]], answer["page"]["total"]

    assert await listed("") == ([3, 2, 1], 3)
    assert await listed("limit=1&offset=1") == ([2], 3)
    assert await listed("filters[status]=pending") == ([3, 1], 2)
    assert await listed("filters[status][0]=rejected&filters[status][1]=pending") == ([3, 2, 1], 3)
    assert await listed("filters[type]=revoke") == ([], 0)
    assert await listed("filters[search]=%25example.com") == ([2, 1], 2)
    assert await listed("filters[search]=c.example.org") == ([3], 1)
    assert await listed("container_id=999") == ([], 0)
    report = (await server.digicert("GET", f"{API}/report/request")).json()
    assert report["request"]["total"] == 2
    assert report["request"]["types"][0] == {"type": "new_request", "request_count": 2}
