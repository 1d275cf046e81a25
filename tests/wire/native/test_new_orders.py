"""Placing orders one by one and by the thousand: repetition, limits, and whose they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.account import KeyKind, KeyRestriction, Role
from certwright.web.native.schemas.new_orders import MOST_ORDERS
from tests.support.server import csr_for
from tests.wire.native.test_changes import bearer, read_to_the_end

if TYPE_CHECKING:
    from tests.support.server import Server

BULK = "/v1/orders/bulk"
LINES = {"content-type": "application/x-ndjson"}


def order(number: int, **changes: Any) -> dict[str, Any]:
    return {"product": "positivessl", "common_name": f"host{number}.example.com", **changes}


async def bulk(server: Server, orders: list[dict[str, Any]], *, key: str = "", **request: Any) -> Any:
    headers = {"idempotency-key": key} if key else {}
    answer = await server.native("POST", BULK, json=orders, headers=headers, **request)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_orders_wait_for_proof_and_are_issued(each_server: Server) -> None:
    orders = [order(number, csr=csr_for(f"host{number}.example.com")) for number in range(3)]
    placed = await bulk(each_server, orders)
    assert (placed["placed"], placed["refused"]) == (3, 0)
    ids = [result["order_id"] for result in placed["results"]]
    for number, order_id in enumerate(ids):
        view = await each_server.program.use.ordering.show(await each_server.caller(), order_id)
        await each_server.prove(f"host{number}.example.com", view.order.random_value)
    await each_server.work()
    shown = [(await each_server.native("GET", f"/v1/orders/{order_id}")).json() for order_id in ids]
    assert [each["status"] for each in shown] == ["issued"] * 3


async def test_request_whose_answer_was_lost_is_answered_again(each_server: Server) -> None:
    orders = [order(1), order(2, term_years=99), order(3)]
    first = await bulk(each_server, orders, key="lost")
    assert await bulk(each_server, orders, key="lost") == first
    assert len(await read_to_the_end(each_server)) == 2
    changed = await bulk(each_server, [order(1), order(2), order(4)], key="lost")
    assert changed["results"][0] == first["results"][0]
    assert "order_id" in changed["results"][1]
    assert changed["results"][2]["problem"]["code"] == "conflict"
    other = await bulk(each_server, orders, key="another")
    assert other["results"][0]["order_id"] != first["results"][0]["order_id"]


async def test_half_of_a_request_that_was_placed_is_not_placed_again(each_server: Server) -> None:
    """As when the server dies between two parts of a request."""
    orders = [order(number) for number in range(6)]
    half = await bulk(each_server, orders[:3], key="half")
    whole = await bulk(each_server, orders, key="half")
    assert whole["results"][:3] == half["results"]
    assert len({result["order_id"] for result in whole["results"]}) == 6


async def test_own_number_is_used_for_one_order(server: Server) -> None:
    numbered = [order(1, alternative_order_id="A-1"), order(2, alternative_order_id="a-1 ")]
    first = await bulk(server, numbered)
    assert "order_id" in first["results"][0]
    assert first["results"][1]["problem"]["errors"][0]["field"] == "alternative_order_id"
    alone = await server.native("POST", "/v1/orders", json=numbered[0])
    assert (alone.status_code, alone.json()["order_id"]) == (201, first["results"][0]["order_id"])
    foreign = await bulk(server, numbered[:1], account=server.other)
    assert foreign["placed"] == 1


async def test_single_order_is_repeated_under_its_key(server: Server) -> None:
    async def place(number: int) -> Any:
        return await server.native(
            "POST", "/v1/orders", json=order(number), headers={"idempotency-key": "one"}
        )

    first, again, another = await place(1), await place(1), await place(2)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert (another.status_code, another.json()["code"]) == (409, "conflict")


async def test_empty_lines_are_no_orders(server: Server) -> None:
    lines = b"\n\n" + json.dumps(order(1)).encode() + b"\r\n  \n" + json.dumps(order(2)).encode() + b"\n\n"
    answer = await server.native("POST", BULK, content=lines, headers=LINES)
    assert [result["index"] for result in answer.json()["results"]] == [0, 1]
    assert (await server.native("POST", BULK, content=b"", headers=LINES)).json()["results"] == []
    assert await bulk(server, []) == {"placed": 0, "refused": 0, "results": []}


async def test_thousand_orders_are_the_most(each_server: Server) -> None:
    orders = [order(number) for number in range(MOST_ORDERS + 1)]
    refused = await each_server.native("POST", BULK, json=orders)
    assert refused.status_code == 422
    assert "1001 orders" in refused.json()["detail"]
    assert (await bulk(each_server, orders[:-1]))["placed"] == MOST_ORDERS


async def test_body_has_a_limit_and_a_media_type(server: Server) -> None:
    large = await server.native("POST", BULK, content=b" " * (8 * 1024 * 1024 + 1), headers=LINES)
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    other = await server.native("POST", BULK, content=b"[]", headers={"content-type": "text/csv"})
    assert (other.status_code, other.json()["code"]) == (415, "unsupported_media_type")
    assert "application/x-ndjson" in other.json()["detail"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "\u00fc"])
async def test_key_that_is_none_is_refused(server: Server, key: str) -> None:
    for path, body in ((BULK, [order(1)]), ("/v1/orders", order(1))):
        headers = {"idempotency-key": key.encode()}
        answer = await server.native("POST", path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_key_that_may_only_look_places_nothing(server: Server) -> None:
    made = await server.program.use.accounts.create_key(
        server.account.account.id, KeyKind.DIGICERT, "x", Role.MANAGER, restriction=KeyRestriction.VIEW_ONLY
    )
    for path, body in ((BULK, [order(1)]), ("/v1/orders", order(1))):
        answer = await server.native("POST", path, json=body, headers=bearer(made.secret))
        assert answer.status_code == 403


async def test_things_of_others_are_not_there(server: Server) -> None:
    foreign = await server.native("POST", "/v1/orders", json=order(1), account=server.other)
    mine = await bulk(server, [order(1, renewal_of_order_id=foreign.json()["order_id"]), order(2)])
    assert mine["results"][0]["problem"]["code"] == "not_found"
    assert mine["placed"] == 1
