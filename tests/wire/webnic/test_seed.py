"""The manual's page "Order Pagination Search": its request as it stands, its answer key by key and type by type."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.golden import read_golden
from tests.wire.webnic.given import create_contacts, place

if TYPE_CHECKING:
    from tests.support.server import Server

HERE = Path(__file__).parent
ANSWER: dict[str, Any] = json.loads((HERE / "seed_answer.json").read_text(encoding="utf-8"))
PATTERNS = {
    "orderId": r"[0-9]{10,}",
    "orderStatus": r"[a-z_]+",
    "certStatus": r"[a-z_]+",
    "dtcreate": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00",
    "dtorderexpire": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00",
}


async def _ask(server: Server) -> dict[str, Any]:
    seed = read_golden(HERE / "golden" / "search-seed.http")
    response = await server.webnic(seed.method, seed.path, headers=seed.headers, content=seed.body)
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


async def test_answer_has_the_documented_keys_types_and_order(each_server: Server) -> None:
    server = each_server
    await create_contacts(server)
    for number, term in enumerate((1, 1, 5, 1)):
        server.clock.advance(timedelta(seconds=100, microseconds=654321))
        await place(server, f"shop{number}.webnic.cc", productKey="positivessl", term=term)
    await place(server, "elsewhere.example")

    answer = await _ask(server)

    assert list(answer) == list(ANSWER)
    assert answer["code"] == ANSWER["code"]
    assert answer["message"] == ANSWER["message"]
    assert {key: type(value) for key, value in answer["data"].items()} == {
        key: type(value) for key, value in ANSWER["data"].items()
    }
    assert list(answer["data"]) == list(ANSWER["data"])
    assert (answer["data"]["pageSize"], answer["data"]["totalPages"], answer["data"]["totalItems"]) == (
        3,
        2,
        4,
    )
    for item, documented in zip(answer["data"]["items"], ANSWER["data"]["items"], strict=True):
        assert list(item) == list(documented)
        for key, value in item.items():
            # The manual shows `term` as a number and as a text; clients want the number.
            assert isinstance(value, int if key == "term" else str), key
            assert re.fullmatch(PATTERNS.get(key, ".+"), str(value)), key


async def test_items_say_what_the_manual_says_of_such_orders(server: Server) -> None:
    """The manual's three items, moved to our clock and a name that its filter finds."""
    await create_contacts(server)
    for back, term in ((0, 1), (115, 1), (159, 5)):
        server.clock.advance(
            datetime(2027, 11, 7, 7, 21, 46, tzinfo=UTC) - server.clock.now() + timedelta(seconds=back)
        )
        await place(server, "webnic.cc", productKey="positivessl", term=term)

    items = (await _ask(server))["data"]["items"]

    for item, documented in zip(items, ANSWER["data"]["items"], strict=True):
        ours = {"orderId": item["orderId"], "commonName": "webnic.cc", "term": int(documented["term"])}
        later = {key: _three_years_later(documented[key]) for key in ("dtcreate", "dtorderexpire")}
        assert item == documented | ours | later
    assert [item["orderId"] for item in items] == sorted((item["orderId"] for item in items), reverse=True)


def _three_years_later(text: str) -> str:
    return f"{int(text[:4]) + 3}{text[4:]}"
