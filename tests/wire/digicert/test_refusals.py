"""Every operation is asked without a key, with a bad one, for another account's things, with nonsense, and by other methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from certwright.web.digicert import routes
from certwright.web.shared.rate_limits import RateLimits
from tests.wire.digicert.calls import CALLS, OWNED
from tests.wire.digicert.given import API, CERTIFICATE, NAME, ORDER, add_organization, issue, place
from tests.wire.digicert.given_account import add_domain

if TYPE_CHECKING:
    import httpx2

    from certwright.web.shared.dialect import Dialect
    from tests.support.server import Server
    from tests.wire.digicert.calls import Call

INVALID_KEY = "access_denied|access_denied_invalid_key"


def _check_failure(response: httpx2.Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    answer: dict[str, Any] = response.json()
    assert list(answer) == ["errors"]
    assert [list(entry) for entry in answer["errors"]] == [["code", "message"]] * len(answer["errors"])
    assert answer["errors"][0]["code"] == code
    assert response.content == response.content.strip()


def test_no_operation_is_left_out_of_the_walk(server: Server) -> None:
    app = routes.build(server.program.use, RateLimits())
    operations = {
        (method, route.path)
        for route in app.routes
        if route.path != routes.OPENAPI_PATH
        for method in (route.methods or set()) - {"HEAD"}
    }
    walked = {(call.method, _path_of(app, call)) for call in CALLS}
    assert walked == operations


def _path_of(app: Dialect, call: Call) -> str:
    path = API + call.path.partition("?")[0]
    return next(r.path for r in app.routes if r.path_regex.match(path))


async def test_no_operation_without_a_good_key(server: Server) -> None:
    revoked = server.other.digicert
    await server.program.use.accounts.revoke_key(revoked.key.id)
    password = server.account.webnic.secret
    keys = ("", "   ", "WRONG", revoked.secret.reveal(), password.reveal())
    for call in CALLS:
        response = await server.http.request(call.method, API + call.path)
        _check_failure(response, 403, INVALID_KEY)
        for key in keys:
            headers = {"x-dc-devkey": key}
            response = await server.http.request(call.method, API + call.path, headers=headers)
            _check_failure(response, 403, INVALID_KEY)


async def test_no_operation_for_a_disabled_account(server: Server) -> None:
    await server.program.use.accounts.disable(server.account.account.id)
    for call in CALLS:
        _check_failure(await server.digicert(call.method, API + call.path), 403, INVALID_KEY)


async def test_things_of_another_account_are_unknown(server: Server) -> None:
    """Byte for byte the same answer as for an id that nobody has."""
    await add_organization(server, account=server.other)
    await add_domain(server, account=server.other)
    await issue(server, account=server.other)
    foreign = await server.digicert("GET", f"{API}/order/certificate/{ORDER}", account=server.other)
    assert foreign.status_code == 200
    for call in OWNED:
        response = await server.digicert(call.method, API + call.path)
        _check_failure(response, 404, f"not_found|{call.kind}")
        for stranger in ("1999999999", "99999999999", "x"):
            path = (
                call.path.replace(str(ORDER), stranger)
                .replace(str(CERTIFICATE), stranger)
                .replace("/1", f"/{stranger}", 1)
            )
            unknown = await server.digicert(call.method, API + path)
            assert (unknown.status_code, unknown.content) == (response.status_code, response.content)
    still = await server.digicert("GET", f"{API}/order/certificate/{ORDER}", account=server.other)
    assert still.json() == foreign.json()


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[]", b'"x"', b"1", b"{" * 100_000, b"\x00", b'{"a":1}{'])
async def test_bodies_that_are_no_json_objects(server: Server, body: bytes) -> None:
    await place(server)
    await add_domain(server)
    for call in (call for call in CALLS if call.takes_json):
        _check_failure(
            await server.digicert(call.method, API + call.path, content=body), 400, "bad_request_format"
        )


async def test_bodies_of_ten_megabytes(server: Server) -> None:
    await place(server)
    await add_domain(server)
    body = b'{"comments":"' + b"x" * 10_000_000 + b'"}'
    for call in (call for call in CALLS if call.takes_json):
        _check_failure(
            await server.digicert(call.method, API + call.path, content=body), 413, "request_too_large"
        )


async def test_methods_that_no_operation_has(server: Server) -> None:
    # To delete these is to delete a domain or an order with a strange id.
    strange = {"/domain/validation-type", "/order/certificate/status-changes", "/order/certificate/ssl_basic"}
    for call in CALLS:
        taken = {each.method for each in CALLS if each.path == call.path}
        if call.path.partition("?")[0] in strange:
            continue
        for method in {"DELETE", "PATCH", "OPTIONS"} - taken:
            _check_failure(await server.digicert(method, API + call.path), 405, "method_not_allowed")


async def test_trailing_slash_and_head_are_taken(server: Server) -> None:
    await issue(server, alternative_order_id="PO-1")
    for call in (call for call in CALLS if call.method == "GET"):
        path, question, query = call.path.partition("?")
        if call.kind in {"request", "organization", "domain", "webhook"} or path.startswith("/webhook"):
            continue
        slashed = await server.digicert("GET", f"{API}{path}/{question}{query}")
        assert slashed.status_code == 200, call.path
        head = await server.digicert("HEAD", API + call.path)
        assert (head.status_code, head.content) == (200, b"")
    _check_failure(await server.digicert("GET", f"{API}/user/me//"), 404, "not_found|route")


@pytest.mark.parametrize("path", ["", "/", "/x", "/order", "/order/certificate/1/2", "/certificate", "/%00"])
async def test_unknown_routes(server: Server, path: str) -> None:
    _check_failure(await server.digicert("GET", API + path), 404, "not_found|route")


@pytest.mark.parametrize(
    "accept",
    ["", "*/*", "application/json", "application/*;q=0.5", "text/html, */*;q=0.1", "APPLICATION/JSON"],
)
async def test_clients_that_take_json(server: Server, accept: str) -> None:
    assert (await server.digicert("GET", f"{API}/user/me", headers={"accept": accept})).status_code == 200


@pytest.mark.parametrize(
    "accept", ["application/xml", "text/csv", "text/html,application/xhtml+xml", "image/*"]
)
async def test_clients_that_take_no_json(server: Server, accept: str) -> None:
    response = await server.digicert("GET", f"{API}/user/me", headers={"accept": accept})
    _check_failure(response, 406, "not_acceptable")


async def test_faults_of_ours_are_told_as_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("the database password is hunter2")

    monkeypatch.setattr(server.program.use.organizations, "list_of", fail)
    response = await server.digicert("GET", f"{API}/organization")
    _check_failure(response, 500, "internal_error")
    assert "hunter2" not in response.text


async def test_every_answer_carries_the_headers_of_the_vendor(server: Server) -> None:
    for path in ("/user/me", "/nowhere"):
        headers = (await server.digicert("GET", API + path)).headers
        assert headers["cache-control"] == "private,no-cache"
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "changes",
    [
        {"certificate": {"common_name": NAME, "dns_names": [None, "", "www.shop.example.com"]}},
        {"certificate": {"common_name": NAME, "dns_names": None}},
        {"order_validity": {"years": "1"}},
        {"order_validity": {"years": 0, "days": "30"}},
        {"renewal_of_order_id": "0"},
        {"organization": {"id": ""}},
        {"skip_approval": "true"},
        {"skip_approval": 1},
        {"custom_expiration_date": "0001-01-01T00:00:00Z"},
        {"dcv_emails": []},
        {"unheard_of": {"a": [1, 2, {}]}},
    ],
)
async def test_noise_is_taken_for_nothing(server: Server, changes: dict[str, Any]) -> None:
    body = {
        "certificate": {"common_name": NAME},
        "order_validity": {"years": 1},
        "dcv_method": "dns-txt-token",
        **changes,
    }
    response = await server.digicert("POST", f"{API}/order/certificate/ssl_dv_rapidssl", json=body)
    assert response.status_code == 201, response.text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"order_validity": {"years": "one"}}, "invalid_value:validity_years"),
        ({"order_validity": {"years": -1}}, "invalid_value:validity_years"),
        ({"order_validity": {"years": 10**9}}, "invalid_value:validity_years"),
        ({"order_validity": {"days": 99999}}, "invalid_value:validity_days"),
        (
            {"order_validity": {"custom_expiration_date": "2020-01-01"}},
            "invalid_value:custom_expiration_date",
        ),
        ({"order_validity": {"custom_expiration_date": "soon"}}, "invalid_value:custom_expiration_date"),
        ({"order_validity": {}}, "required_param:order_validity"),
        ({"renewal_of_order_id": -5}, "not_found|order"),
        ({"renewal_of_order_id": 10**30}, "not_found|order"),
        ({"organization": {"id": "x"}}, "not_found|organization"),
        (
            {"dcv_method": "email", "dcv_emails": [{"dns_name": "!", "email": "a@b"}]},
            "invalid_value:dcv_emails",
        ),
        ({"certificate": {"common_name": "10.0.0.1"}}, "invalid_value:certificate.common_name"),
        ({"certificate": {"common_name": "*.com"}}, "invalid_value:certificate.common_name"),
        ({"certificate": {"common_name": NAME, "dns_names": ["-"]}}, "invalid_value:certificate.dns_names"),
    ],
)
async def test_values_that_cannot_be_used(server: Server, changes: dict[str, Any], code: str) -> None:
    body = {"certificate": {"common_name": NAME}, "order_validity": {"years": 1}, **changes}
    response = await server.digicert("POST", f"{API}/order/certificate/ssl_dv_rapidssl", json=body)
    assert response.status_code == (404 if code.startswith("not_found") else 400)
    assert response.json()["errors"][0]["code"] == code
