"""Reports and what belongs to them: all orders as CSV, what runs out, users as CSV, and what was paid."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.account import Role
from tests.support.server import csr_for, running_server
from tests.wire.digicert.given import API, NAME, ORDER, issue, make_key, place

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.server import Server


async def _rows(server: Server, path: str, **headers: str) -> list[dict[str, str]]:
    response = await server.digicert("GET", API + path, headers=headers)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].partition(";")[0] == "text/csv"
    return list(csv.DictReader(response.text.splitlines()))


async def test_all_orders_come_as_csv_whatever_is_accepted(each_server: Server) -> None:
    server = each_server
    await issue(server, dns_names=("www.shop.example.com",))
    await place(server, "mail.example.com", alternative_order_id="PO-7")
    for accept in ("application/json", "text/csv", "*/*"):
        newest, oldest = await _rows(server, "/report/order", accept=accept)
    assert (newest["Order ID"], newest["Status"], newest["Alternative Order ID"]) == (
        str(ORDER + 1),
        "pending",
        "PO-7",
    )
    assert (oldest["DNS Names"], oldest["Is Renewed"]) == (f"{NAME} www.{NAME}", "false")
    assert newest["Serial Number"] == "" != oldest["Serial Number"]
    (found,) = await _rows(server, "/report/order?filters[status]=issued")
    assert found == oldest
    assert await _rows(server, "/report/order?filters[common_name]=other.example") == []
    other = await server.digicert("GET", f"{API}/report/order", account=server.other)
    assert len(other.text.splitlines()) == 1


async def test_report_of_many_pages_has_every_order_once(tmp_path: Path) -> None:
    async with running_server(tmp_path, CERTWRIGHT_DIGICERT_STATUS_CHANGE_ZONE="UTC") as server:
        server.program.use.search._read_ahead = 3
        for number in range(10):
            await place(server, f"n{number}.example.com")
        told = [int(row["Order ID"]) for row in await _rows(server, "/report/order")]
        assert told == list(range(ORDER + 9, ORDER - 1, -1))


async def test_keys_that_see_their_own_orders_get_a_report_of_these(server: Server) -> None:
    await place(server)
    headers = {"x-dc-devkey": await make_key(server, Role.LIMITED)}
    report = await server.http.get(f"{API}/report/order", headers=headers)
    assert len(report.text.splitlines()) == 1


async def test_what_is_wrong_with_a_filter_is_told_as_json(server: Server) -> None:
    response = await server.digicert("GET", f"{API}/report/order?filters[date_created]=x")
    assert (response.status_code, response.json()["errors"][0]["code"]) == (
        400,
        "invalid_value:filters[date_created]",
    )


async def test_certificates_that_run_out_are_listed_when_asked_for(each_server: Server) -> None:
    server = each_server
    await issue(server, order_validity={"days": 10})
    await issue(server, "mail.example.com", order_validity={"days": 20})

    async def rows(query: str) -> dict[int, Any]:
        answer = (await server.digicert("GET", f"{API}/report/order/expiring{query}")).json()
        return {row["days_expiring"]: row for row in answer["expiring_orders"]}

    assert "certificates" not in (await rows(""))[30]
    month = (await rows("?include_expiring_certs=1"))[30]
    assert (month["order_count"], month["count"]) == (2, 2)
    assert {each["common_name"] for each in month["certificates"]} == {NAME, "mail.example.com"}
    server.clock.advance(timedelta(days=12))
    await server.work()
    late = (await rows("?include_expiring_certs=true"))[-7]
    assert [each["valid_till"] for each in late["certificates"]] == ["2026-12-02"]
    elsewhere = (await rows("?include_expiring_certs=true&container_id=9"))[-7]
    assert (elsewhere["count"], elsewhere["certificates"]) == (0, [])


async def test_users_come_as_csv(server: Server) -> None:
    await make_key(server, Role.MANAGER, name="Siti")
    rows = await _rows(server, "/user", accept="text/csv")
    assert [(row["First Name"], row["Role"]) for row in rows] == [
        ("administrator", "Administrator"),
        ("administrator", "Administrator"),
        ("Siti", "Manager"),
    ]


async def test_history_of_purchases_comes_by_pages(each_server: Server) -> None:
    server = each_server
    for number in range(3):
        await place(server, f"n{number}.example.com")

    async def told(query: str) -> list[str]:
        path = f"{API}/finance/purchase-history?{query}"
        rows = (await server.digicert("GET", path)).json()["order_transactions"]
        return [row["order_id"] for row in rows]

    assert await told("") == [str(ORDER + 2), str(ORDER + 1), str(ORDER)]
    assert await told("limit=1&offset=1") == [str(ORDER + 1)]


@pytest.mark.parametrize("status", ["issued", "pending"])
async def test_caa_is_told_of_pending_orders_alone(server: Server, status: str) -> None:
    server.dns.publish("example.com", "CAA", '0 issue "another.example"')
    server.dns.publish(NAME, "CAA", '0 issue ";"')
    server.dns.publish("www.shop.example.org", "CAA", '0 iodef "mailto:ca@example.org"')
    if status == "issued":
        server.dns.publish("example.com", "CAA")
        server.dns.publish(NAME, "CAA")
    await issue(server, dns_names=("www.shop.example.org",)) if status == "pending" else await issue(server)
    path = f"{API}/order/certificate/{ORDER}"
    assert "caa_status_message" not in (await server.digicert("GET", path)).json()
    told = (await server.digicert("GET", f"{path}?include_caa_status=true")).json()
    assert told["status"] == status
    if status == "issued":
        assert "caa_status_message" not in told
    else:
        messages = told["caa_status_message"]
        assert messages["www.shop.example.org"] == "CAA lets us issue"
        assert NAME in messages[NAME]


async def test_duplicate_is_downloaded_by_its_number(server: Server) -> None:
    await issue(server)
    body = {"certificate": {"csr": csr_for(NAME)}}
    made = await server.digicert("POST", f"{API}/order/certificate/{ORDER}/duplicate", json=body)
    assert made.json()["sub_id"] == "001"
    path = f"{API}/certificate/download/order/{ORDER}?format_type=pem"
    by_number = await server.digicert("GET", f"{path}&sub_id=001")
    by_id = await server.digicert(
        "GET", f"{API}/certificate/{made.json()['certificate_id']}/download/format/pem"
    )
    assert by_number.content == by_id.content != (await server.digicert("GET", path)).content
