"""The manual's page "Status change list": its requests as they stand, its answers key by key and type by type."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.account import ApprovalPolicy
from tests.support.golden import read_golden
from tests.wire.digicert.given import API, add_organization, place, use_approvals
from tests.wire.digicert.test_golden import send

if TYPE_CHECKING:
    from tests.support.server import Server

HERE = Path(__file__).parent
ANSWER: dict[str, Any] = json.loads((HERE / "seed_answer.json").read_text(encoding="utf-8"))


async def _an_order_that_becomes(server: Server, status: str) -> None:
    """Bring an order to a status by the ways in which clients do."""
    placed = await place(
        server,
        product="private_ssl_plus",
        organization={"id": 1},
        skip_approval=status != "rejected",
        with_csr=status != "canceled",
    )
    if status == "canceled":
        await _put(
            server, f"/order/certificate/{placed['id']}/status", {"status": status, "note": "Not wanted"}
        )
    if status == "rejected":
        await _put(server, f"/request/{placed['requests'][0]['id']}/status", {"status": status})


async def _put(server: Server, path: str, body: dict[str, str]) -> None:
    response = await server.digicert("PUT", API + path, json=body)
    assert response.status_code == 204, response.text


async def test_answer_is_the_documented_one(each_server: Server) -> None:
    """The manual's seven orders, with our ids."""
    server = each_server
    await use_approvals(server, ApprovalPolicy.ONE_STEP)
    await add_organization(server)
    for row in reversed(ANSWER["orders"]):
        await _an_order_that_becomes(server, row["status"])

    answer = (await send(server, read_golden(HERE / "golden" / "status-changes-seed-minutes.http"))).json()

    assert list(answer) == list(ANSWER)
    for row, documented in zip(answer["orders"], ANSWER["orders"], strict=True):
        assert list(row) == list(documented)
        assert {key: type(value) for key, value in row.items()} == {
            key: type(value) for key, value in documented.items()
        }
        assert row["status"] == documented["status"]
    for key in ("order_id", "certificate_id"):
        told = [row[key] for row in answer["orders"]]
        assert told == sorted(told, reverse=True)
        assert max(told) < 2**31


@pytest.mark.parametrize("name", ["seed-minutes", "seed-seconds", "seed-both", "longest"])
async def test_answer_without_rows_is_an_empty_object(server: Server, name: str) -> None:
    response = await send(server, read_golden(HERE / "golden" / f"status-changes-{name}.http"))
    assert (response.status_code, response.content) == (200, b"{}")
    assert response.headers["content-type"] == "application/json"


async def test_errors_are_the_documented_ones(server: Server) -> None:
    documented = {
        "errors": [
            {"code": "time_frame_too_long", "message": "An error occurred while processing your request."}
        ]
    }
    response = await send(server, read_golden(HERE / "golden" / "status-changes-too-long.http"))
    assert response.json() == documented
