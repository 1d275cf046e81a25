"""Order Pagination Search over a book of several orders, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.status import OrderStatus
from certwright.web.webnic.translate.statuses import CERTIFICATE_WORDS, ORDER_WORDS
from tests.support.book import add_order, order
from tests.wire.webnic.given import create_contacts, issue, place

if TYPE_CHECKING:
    from tests.support.server import Server

NAMES = ("a.webnic.cc", "b.webnic.cc", "webnic.cc.example.net", "my-shop.example.com", "other.example.com")


@pytest.fixture
async def book(each_server: Server) -> Server:
    """Five orders a second apart, then one issued, one half proved and one canceled; and a stranger's."""
    server = each_server
    await create_contacts(server)
    await create_contacts(server, server.other)
    for name in NAMES:
        server.clock.advance(timedelta(seconds=1))
        last = await place(server, name)
    server.clock.advance(timedelta(seconds=1))
    await server.webnic("POST", f"/ssl/v2/orders/{last['orderId']}/cancel")
    half = await place(server, "half.example.org", sanfield=["unproved.example.org"])
    await server.prove("half.example.org", half["commonName"]["value"])
    server.clock.advance(timedelta(seconds=1))
    await issue(server, "*.issued.example.org", productKey="alphassl-wildcard")
    await _place_for_the_other(server)
    return server


async def _place_for_the_other(server: Server) -> None:
    stranger_contact = "WNC3"  # the third of the server: the first account has made two
    await place(server, "stranger.webnic.cc", account=server.other, administratorContactId=stranger_contact)


async def _search(server: Server, *filters: tuple[str, str | None, str], **pagination: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "filters": [
            {"field": field, "value": value} | ({"operator": operator} if operator else {})
            for field, operator, value in filters
        ]
    }
    if pagination:
        body["pagination"] = pagination
    response = await server.webnic("POST", "/ssl/v2/orders/search", json=body)
    assert response.status_code == 200, response.text
    data: dict[str, Any] = response.json()["data"]
    return data


def _names(data: dict[str, Any]) -> list[str]:
    return [item["commonName"] for item in data["items"]]


ALL = ["*.issued.example.org", "half.example.org", *reversed(NAMES)]


async def test_search(book: Server) -> None:
    """One book and many questions, for the book is what takes the time."""
    everything = await _search(book)
    assert _names(everything) == ALL
    assert (everything["pageSize"], everything["totalPages"], everything["totalItems"]) == (7, 1, 7)

    for page, expected in ((1, ALL[:3]), (2, ALL[3:6]), (3, ALL[6:]), (4, []), (10**12, [])):
        found = await _search(book, page=page, pageSize=3)
        assert _names(found) == expected
        assert (found["pageSize"], found["totalPages"], found["totalItems"]) == (3, 3, 7)

    for operator, value, expected in (
        ("LIKE", "webnic.cc", ["webnic.cc.example.net", "b.webnic.cc", "a.webnic.cc"]),
        ("like", "WEBNIC.CC", ["webnic.cc.example.net", "b.webnic.cc", "a.webnic.cc"]),
        (None, "webnic.cc", ["webnic.cc.example.net", "b.webnic.cc", "a.webnic.cc"]),
        ("LIKE", "*.", ["*.issued.example.org"]),
        ("LIKE", "", ALL),
        ("LIKE", "%", []),
        ("LIKE", "a_webnic", []),
        ("LIKE", "a.webnic", ["a.webnic.cc"]),
        ("LIKE", "\\", []),
        ("LIKE", "'", []),
        ("LIKE", "y-s", ["my-shop.example.com"]),
        ("LIKE", "stranger", []),
        ("EQUAL", "A.webnic.cc", ["a.webnic.cc"]),
        ("EQUAL", "webnic.cc", []),
        ("EQUAL", "a.webnic.cc, b.webnic.cc", ["b.webnic.cc", "a.webnic.cc"]),
        ("EQUAL", "", []),
        ("LIKE", "unproved.example.org", []),  # a further name is not the common name
    ):
        found = await _search(book, ("commonName", operator, value))
        assert _names(found) == expected, (operator, value)
        assert found["totalItems"] == len(expected)


async def test_status_filters_find_what_is_shown(book: Server) -> None:
    await book.work()
    items = (await _search(book))["items"]
    for field in ("orderStatus", "certStatus"):
        for word in {item[field] for item in items}:
            expected = [item["orderId"] for item in items if item[field] == word]
            for value in (word, word.upper()):
                found = await _search(book, (field, "EQUAL", value))
                assert [item["orderId"] for item in found["items"]] == expected
                assert {item[field] for item in found["items"]} == {word}
    assert {item["orderStatus"] for item in items} == {"pending", "in_process", "completed", "refunded"}

    both = await _search(
        book, ("orderStatus", "EQUAL", "PENDING,IN_PROCESS"), ("commonName", "LIKE", "example.org")
    )
    assert _names(both) == ["half.example.org"]
    assert _names(await _search(book, ("orderStatus", "LIKE", "process"))) == ["half.example.org"]
    assert (
        _names(await _search(book, ("orderStatus", "EQUAL", "PENDING"), ("certStatus", "EQUAL", "ACTIVE")))
        == []
    )
    # A word that the manual lists and that no order is ever shown with.
    assert (await _search(book, ("certStatus", "EQUAL", "COMPLETED")))["totalItems"] == 0


async def test_every_status_is_found_under_the_words_it_is_shown_with(each_server: Server) -> None:
    server = each_server
    for number, status in enumerate(OrderStatus, start=1):
        of = order(number, account_id=server.account.account.id, status=status)
        await add_order(server.program.store, of)
    items = (await _search(server))["items"]
    assert len(items) == len(OrderStatus)
    for field, words in (("orderStatus", ORDER_WORDS), ("certStatus", CERTIFICATE_WORDS)):
        for word in words:
            found = await _search(server, (field, "EQUAL", word.upper()))
            assert found["items"] == [item for item in items if item[field] == word]
            assert found["totalItems"] == len(found["items"])


async def test_many_filters(server: Server) -> None:
    one = {"field": "commonName", "operator": "LIKE", "value": "x" * 255}
    most = await server.webnic("POST", "/ssl/v2/orders/search", json={"filters": [one] * 50})
    assert most.status_code == 200
    more = await server.webnic("POST", "/ssl/v2/orders/search", json={"filters": [one] * 51})
    assert more.status_code == 400
    assert more.json()["validationErrors"] == [{"field": "filters", "message": "at most 50 filters"}]
    longer = {"filters": [{"field": "commonName", "value": "x" * 256}]}
    refused = await server.webnic("POST", "/ssl/v2/orders/search", json=longer)
    assert refused.json()["validationErrors"][0]["field"] == "filters[0].value"
