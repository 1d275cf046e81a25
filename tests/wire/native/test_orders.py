"""Searching and showing orders, in the form of our own API."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.orders import issue, place

if TYPE_CHECKING:
    from tests.support.server import Server

ORDERS = "/v1/orders"


async def find(server: Server, query: str = "", **request: Any) -> Any:
    answer = await server.native("GET", f"{ORDERS}?{query}", **request)
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(answer: Any) -> list[str]:
    return [order["common_name"] for order in answer["orders"]]


async def test_what_the_feed_tells_of_can_be_looked_at(each_server: Server) -> None:
    await issue(each_server, "shop.example.com", "www.example.com")
    (*_, last) = (await each_server.native("GET", "/v1/changes")).json()["changes"]
    shown = (await each_server.native("GET", f"{ORDERS}/{last['order_id']}")).json()
    assert (shown["status"], shown["status_changed_at"]) == (last["to_status"], last["changed_at"])
    assert shown["certificate"]["certificate_id"] == last["certificate_id"]
    assert shown["certificate"]["serial_number"]
    assert shown["proofs"] == [
        {"name": name, "method": "dns-txt", "is_proved": True} for name in shown["names"]
    ]
    (found,) = (await find(each_server))["orders"]
    assert found == {name: value for name, value in shown.items() if name != "proofs"}


async def test_orders_are_found_by_what_they_are(each_server: Server) -> None:
    begun = each_server.clock.now()
    await issue(each_server, "shop.example.com", "www.example.com")
    each_server.clock.advance(timedelta(hours=1))
    await place(each_server, "mail.example.com", product="ssl123")
    await place(each_server, "web-mail.example.com")
    later = f"{begun + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    for query, expected in {
        "status=issued": ["shop.example.com"],
        "status=issued&status=pending&sort=id": [
            "shop.example.com",
            "mail.example.com",
            "web-mail.example.com",
        ],
        "common_name=MAIL&sort=common_name": ["mail.example.com", "web-mail.example.com"],
        "common_name=www": [],
        "name=www": ["shop.example.com"],
        "product=SSL123": ["mail.example.com"],
        f"created_from={later}&sort=-common_name": ["web-mail.example.com", "mail.example.com"],
        f"created_to={later}&status=pending&product=ssl123": ["mail.example.com"],
        f"expires_from={later}": ["shop.example.com"],
        f"expires_to={later}": [],
        "created_from=0001-01-01T00:00:00%2B23:59&created_to=9999-12-31T23:59:59-23:59&limit=1&sort=id": [
            "shop.example.com"
        ],
    }.items():
        answer = await find(each_server, query)
        assert names(answer) == expected, query
        assert answer["total"] == (3 if "limit=1" in query else len(expected)), query
    assert (await find(each_server, account=each_server.other))["total"] == 0


async def test_pages_lie_beside_each_other(server: Server) -> None:
    for number in range(5):
        await place(server, f"n{number}.example.com")
    pages = [await find(server, f"sort=common_name&offset={offset}&limit=2") for offset in (0, 2, 4, 6)]
    assert [name for page in pages for name in names(page)] == [f"n{n}.example.com" for n in range(5)]
    assert {page["total"] for page in pages} == {5}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=unknown", "status[0]"),
        ("status=issued&status=", "status[1]"),
        ("common_name=", "common_name"),
        ("created_from=2026-01-01", "created_from"),
        ("created_from=2026-01-01T00:00:00", "created_from"),
        ("sort=email", "sort"),
        ("sort=created_at,", "sort"),
        ("offset=-1", "offset"),
        ("offset=2147483648", "offset"),
        ("limit=1001", "limit"),
        ("commonName=x", "commonName"),
        ("name=%00", "name"),
    ],
)
async def test_query_that_cannot_be_used_is_named(server: Server, query: str, field: str) -> None:
    answer = await server.native("GET", f"{ORDERS}?{query}")
    assert answer.status_code == 422, answer.text
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]
