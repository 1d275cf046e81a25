"""The life of an order as WebNIC's clients drive it: placed, proved by file, e-mail or DNS, issued, shown."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from certwright.domain.account import ApprovalPolicy
from tests.support.server import running_server
from tests.wire.webnic.given import create_contacts, place

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.mail_sink import MailSink
    from tests.support.server import Server


async def _info(server: Server, order_id: str, **request: Any) -> dict[str, Any]:
    response = await server.webnic("GET", "/ssl/v2/orders/info", params={"orderId": order_id}, **request)
    data: dict[str, Any] = response.json()["data"]
    return data


async def test_generated_csr_is_ordered_and_decoded(server: Server) -> None:
    await create_contacts(server)
    asked = {"commonName": "*.example.com", "keySize": 384, "sanfield": ["EXAMPLE.com", "*.example.com"]}
    made = (await server.webnic("POST", "/ssl/v2/generate-csr", json=asked)).json()["data"]
    shown = (await server.webnic("POST", "/ssl/v2/decode-csr", json={"csr": made["csr"]})).json()["data"]
    assert (shown["commonName"], shown["keyType"], shown["keySize"]) == ("*.example.com", "EC", 384)
    assert shown["sanfield"] == ["*.example.com", "example.com"]
    placed = await place(
        server, "", csr=made["csr"], productKey="positivessl-wildcard", sanfield=["example.com"]
    )
    assert [placed["commonName"]["name"], placed["san"][0]["name"]] == ["*.example.com", "example.com"]


async def test_proved_by_file(server: Server) -> None:
    await create_contacts(server)
    placed = await place(server, "shop.webnic.cc", authType="file")
    wanted = placed["commonName"]
    server.dns.publish("shop.webnic.cc", "A", "127.0.0.1")
    server.web.publish("shop.webnic.cc", wanted["path"] + wanted["fileName"], wanted["value"])
    await server.work()
    info = await _info(server, placed["orderId"])
    assert (info["orderStatus"], info["certStatus"], info["authType"]) == ("completed", "active", "file")
    assert (info["cancel"], info["dtsettle"]) == (False, "2026-11-22T20:00:00+08:00")


async def test_proved_by_mail(mail_sink: MailSink, tmp_path: Path) -> None:
    """The approver's link opens a page that asks; only its answer proves the name."""
    async with running_server(tmp_path, CERTWRIGHT_SMTP_URL=mail_sink.url) as server:
        await create_contacts(server)
        placed = await place(server, "shop.webnic.cc", authType="email", approverEmail="postmaster@webnic.cc")
        await server.work()
        (mail,) = mail_sink.received
        assert mail["To"] == "postmaster@webnic.cc"
        link = re.search(r"http\S+code=(\w+)", mail.get_content())
        assert link
        assert (await server.http.get(link[0])).status_code == 200
        await server.work()
        assert (await _info(server, placed["orderId"]))["orderStatus"] == "pending"
        await server.http.post(link[0].partition("?")[0], data={"code": link[1]})
        await server.work()
        assert (await _info(server, placed["orderId"]))["orderStatus"] == "completed"


async def test_method_changed_on_the_way(server: Server) -> None:
    """One client re-sends approval mails by changing to e-mail again; the random value stays good over a change."""
    await create_contacts(server)
    placed = await place(server, "shop.webnic.cc")
    path = f"/ssl/v2/orders/{placed['orderId']}/auth"
    for _ in range(2):
        changed = await server.webnic("POST", path, json={"authType": "email"})
        assert changed.json()["data"]["approverEmail"] == "admin@shop.webnic.cc"
    back = (await server.webnic("PUT", path, json={"authType": "DNS"})).json()["data"]
    assert back["dnsValue"] == placed["dnsValue"]
    await server.prove("shop.webnic.cc", back["dnsValue"])
    checked = (await server.webnic("GET", f"/ssl/v2/orders/{placed['orderId']}/dcv-status")).json()["data"]
    assert (checked["orderStatus"], checked["domains"][0]["validated"]) == ("completed", True)


async def test_second_order_for_a_proved_name_needs_no_new_proof(server: Server) -> None:
    await create_contacts(server)
    first = await place(server, "shop.webnic.cc")
    await server.prove("shop.webnic.cc", first["dnsValue"])
    await server.work()
    second = await place(server, "shop.webnic.cc")
    assert second["commonName"]["validated"] is True
    await server.work()
    assert (await _info(server, second["orderId"]))["orderStatus"] == "completed"


async def test_newest_order_of_a_name_is_shown(server: Server) -> None:
    await create_contacts(server)
    for _ in range(3):
        server.clock.advance(timedelta(seconds=1))
        placed = await place(server, "shop.webnic.cc")
    response = await server.webnic("GET", "/ssl/v2/orders/info", params={"commonName": "shop.webnic.cc"})
    assert response.json()["data"]["orderId"] == placed["orderId"]


async def test_order_that_needs_approval_is_initial(server: Server) -> None:
    account = await server.program.use.accounts.create("Careful", approval=ApprovalPolicy.ONE_STEP)
    await create_contacts(server, account)
    placed = await place(server, "shop.webnic.cc", account=account)
    info = await _info(server, placed["orderId"], account=account)
    assert (info["orderStatus"], info["certStatus"]) == ("initial", "initial")
    assert info["remarks"] == "Waits for an approver of the account"
