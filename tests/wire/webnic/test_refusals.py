"""Every operation is asked without a token, with a stale one, for another account's order, and with nonsense."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from certwright.web.webnic.routes import build
from tests.support.server import csr_for
from tests.wire.webnic.given import COMPANY, ORDER, PERSON, create_contacts, issue, place

if TYPE_CHECKING:
    import httpx2

    from tests.support.server import Server


class Call(NamedTuple):
    """An operation; ``{order}`` in its path stands for an order's id, and ``body`` is a good one."""

    method: str
    path: str
    body: dict[str, Any] | None = None


SEARCH: dict[str, Any] = {}
CSR = csr_for("shop.webnic.cc")
CALLS = (
    Call("GET", "/reseller/v2/balance"),
    Call("POST", "/ssl/v2/generate-csr", {"commonName": "shop.webnic.cc"}),
    Call("POST", "/ssl/v2/decode-csr", {"csr": CSR}),
    Call("POST", "/ssl/v2/contact/create", {"administrator": PERSON}),
    Call("GET", "/ssl/v2/contact/query?contactId=WNC1"),
    Call("GET", "/ssl/v2/contact/info?contactId=WNC1"),
    Call("DELETE", "/ssl/v2/contact?contactId=WNC1"),
    Call("POST", "/ssl/v2/organization/create", COMPANY),
    Call("POST", "/ssl/v2/organization/search", SEARCH),
    Call("GET", "/ssl/v2/organization/info?organizationId=1"),
    Call("PUT", "/ssl/v2/organization/1/contact/update", COMPANY["contact"]),
    Call("POST", "/ssl/v2/organization/1/validation/submit", {"validationType": "OV"}),
    Call("GET", "/ssl/v2/organization/1/validation/status"),
    Call("POST", "/ssl/v2/orders/new", {"productKey": "ssl123"}),
    Call("POST", "/ssl/v2/orders/{order}/renew", {"term": 1}),
    Call("POST", "/ssl/v2/orders/{order}/reissue", {"csr": CSR}),
    Call("POST", "/ssl/v2/orders/{order}/cancel"),
    Call("GET", "/ssl/v2/orders/info?orderId={order}"),
    Call("POST", "/ssl/v2/orders/{order}/download/format/PEM"),
    Call("POST", "/ssl/v2/orders/search", SEARCH),
    Call("GET", "/ssl/v2/orders/statistics"),
    Call("GET", "/ssl/v2/orders/statistics/graph"),
    Call("GET", "/ssl/v2/orders/{order}/dcv-status"),
    Call("GET", "/ssl/v2/orders/{order}/auth/info"),
    Call("PUT", "/ssl/v2/orders/{order}/auth", {"authType": "email"}),
    Call("POST", "/ssl/v2/orders/{order}/auth", {"authType": "email"}),
    Call("PUT", "/ssl/v2/orders/{order}/approver-email", {"approverEmail": "admin@webnic.cc"}),
    Call("POST", "/ssl/v2/orders/{order}/approver-email/send"),
    Call("GET", "/ssl/v2/domainValidations/approver-list?commonName=webnic.cc"),
    Call("GET", "/ssl/v2/products/list"),
    Call("GET", "/ssl/v2/products/list/price"),
    Call("GET", "/ssl/v2/products/rules?productKey=ssl123"),
    Call("GET", "/ssl/v2/products/info?productKey=ssl123"),
    Call("GET", "/ssl/v2/products/pricing?productKey=ssl123&term=1"),
)
OF_ORDERS = [call for call in CALLS if "{order}" in call.path]
STALE = "Invalid or expired token. Reason: Provided token isn't active"


async def test_every_operation_is_in_the_table(server: Server) -> None:
    routes = build(server.program.use).routes
    served = {
        (method, _template(route.path)) for route in routes for method in (route.methods or set()) - {"HEAD"}
    }
    table = {(call.method, _template(call.path.partition("?")[0])) for call in CALLS}
    assert served - table == {("POST", "/reseller/v2/api-user/token"), ("GET", "/ssl/openapi.json")}
    assert table - served == set()


def _template(path: str) -> str:
    """Name every parameter of a path alike."""
    return re.sub(r"\{\w+\}|(?<=/format/)\w+|(?<=/organization/)1", "*", path)


def _check_failure(response: httpx2.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json;charset=UTF-8"
    answer: dict[str, Any] = response.json()
    assert (answer["code"], answer["message"]) == ("2400", "System message")
    assert set(answer["error"]) == {"subCode", "message"}
    assert "data" not in answer
    return answer


async def test_no_operation_without_a_token(server: Server) -> None:
    for call in CALLS:
        for headers in ({}, {"authorization": "Bearer"}, {"authorization": "Basic YTpi"}):
            response = await server.http.request(call.method, call.path.format(order=ORDER), headers=headers)
            assert _check_failure(response, 401)["validationErrors"][0]["field"] == "Authorization"
            assert response.headers["www-authenticate"] == "Bearer"


async def test_no_operation_with_an_expired_token(server: Server) -> None:
    key = server.account.webnic
    token = await server.program.use.accounts.log_in(str(key.key.username), key.secret)
    headers = {"authorization": f"Bearer {token.secret.reveal()}"}
    server.clock.advance(timedelta(minutes=59))
    assert (await server.http.post("/ssl/v2/orders/search", headers=headers, json={})).status_code == 200
    server.clock.advance(timedelta(minutes=1))
    for call in CALLS:
        response = await server.http.request(call.method, call.path.format(order=ORDER), headers=headers)
        assert _check_failure(response, 401)["error"]["message"] == STALE


async def test_no_operation_for_a_disabled_account(server: Server) -> None:
    key = server.account.webnic
    token = await server.program.use.accounts.log_in(str(key.key.username), key.secret)
    await server.program.use.accounts.disable(server.account.account.id)
    headers = {"authorization": f"Bearer {token.secret.reveal()}"}
    response = await server.http.post("/ssl/v2/orders/search", headers=headers, json={})
    assert _check_failure(response, 401)["error"]["message"] == STALE
    credentials = {"username": key.key.username, "password": key.secret.reveal()}
    response = await server.http.post("/reseller/v2/api-user/token", json=credentials)
    assert _check_failure(response, 500)["error"]["subCode"] == "RES5001"


async def test_another_accounts_order_is_an_unknown_order(server: Server) -> None:
    await create_contacts(server)
    order_id = await issue(server, "shop.webnic.cc")
    for call in OF_ORDERS:
        answers = []
        for order in (
            order_id,
            "2000999999",
            "1999999999",
            "0000000001",
            "4147483648",
            "\uff19" * 10,
            "x",
            "-1",
        ):
            path = call.path.format(order=order)
            response = await server.webnic(call.method, path, account=server.other, json=call.body)
            answers.append(_check_failure(response, 400))
        assert all(answer == answers[0] for answer in answers), call
        assert answers[0]["error"] == {"subCode": "SSL2400", "message": "Order not found"}


NONSENSE = {
    "not JSON": b"nonsense",
    "nothing": b"",
    "half": b'{"a":',
    "a number": b"5",
    "null": b"null",
    "an array": b"[]",
    "not UTF-8": b'{"commonName": "\xff"}',
    "half a surrogate pair": b'{"commonName": "\\ud800"}',
    "a NUL": b'{"commonName": "\\u0000"}',
    "a deep hole": b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a deep array": b"[" * 100_000,
}


@pytest.mark.parametrize("nonsense", NONSENSE)
async def test_nonsense_is_refused_by_name(server: Server, nonsense: str) -> None:
    await create_contacts(server)
    await place(server, "shop.webnic.cc")
    for call in CALLS:
        if call.body is not None:
            path = call.path.format(order=ORDER)
            response = await server.webnic(call.method, path, content=NONSENSE[nonsense])
            answer = _check_failure(response, 400)
            # What stands under a key that is not known may be skipped unread; then what is missing is told.
            assert answer["error"]["subCode"] in {"SSL4000", "SSL4002"}
            assert all(error["field"] for error in answer["fieldErrors"])
    response = await server.http.post("/reseller/v2/api-user/token", content=NONSENSE[nonsense])
    _check_failure(response, 400)


async def test_ten_megabytes_are_not_read(server: Server) -> None:
    async def flood() -> Any:
        for _ in range(10):
            yield b"x" * 1024 * 1024

    await create_contacts(server)
    await place(server, "shop.webnic.cc")
    for call in CALLS:
        if call.body is not None or "download" in call.path:
            path = call.path.format(order=ORDER)
            headers = {"content-type": "multipart/form-data; boundary=x"} if "download" in call.path else {}
            response = await server.webnic(call.method, path, content=flood(), headers=headers)
            assert _check_failure(response, 413)["validationErrors"][0]["field"] == "body"


async def test_other_methods_and_addresses(server: Server) -> None:
    allowed: dict[str, set[str]] = {}
    for call in CALLS:
        allowed.setdefault(call.path.format(order=ORDER), set()).add(call.method)
    for path, methods in allowed.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - methods:
            response = await server.http.request(method, path)
            _check_failure(response, 405)
            assert set(response.headers["allow"].split(", ")) - {"HEAD"} == methods
        _check_failure(await server.http.get(path.partition("?")[0] + "/x/y"), 404)
        _check_failure(await server.http.get(path.partition("?")[0] + "/"), 404)
    for path in ("/ssl/v2", "/ssl/v2/", "/reseller/v2", "/ssl/v2/orders"):
        _check_failure(await server.http.get(path), 404)


async def test_nothing_is_told_of_a_fault_of_ours(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    await create_contacts(server)
    broken = server.program.use.ordering

    async def fail(*_: object) -> None:
        raise RuntimeError("the password is swordfish")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(broken), "show", fail)
        response = await server.webnic("GET", f"/ssl/v2/orders/info?orderId={ORDER}")
    answer = _check_failure(response, 500)
    assert answer["error"] == {"subCode": "SSL5000", "message": "Unknown error occurred."}
    assert "swordfish" in caplog.text
