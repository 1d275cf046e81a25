"""What is done with an order after it was placed: again under the same key, mails, reissues given up, products gone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from certwright.domain.ids import OrderId
from tests.support.server import csr_for, running_server
from tests.wire.webnic.given import GIVEN, ORDER, create_contacts, issue, place

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from tests.support.mail_sink import MailSink
    from tests.support.server import Server

NAME = "shop.webnic.cc"
ONE = f"/ssl/v2/orders/{ORDER}"
KEY = {"Idempotency-Key": "order 66"}


async def _count(server: Server) -> int:
    total: int = (await server.webnic("POST", "/ssl/v2/orders/search", json={})).json()["data"]["totalItems"]
    return total


async def _info(server: Server) -> dict[str, Any]:
    data: dict[str, Any] = (await server.webnic("GET", f"/ssl/v2/orders/info?orderId={ORDER}")).json()["data"]
    return data


async def _certificates(server: Server) -> int:
    caller = await server.caller()
    async with server.program.store.reading() as work:
        return len(await work.certificates.list_of_order(caller.account_id, OrderId(100_001)))


def _place_body() -> dict[str, Any]:
    return {
        "productKey": "ssl123",
        "term": 1,
        "csr": csr_for(NAME),
        "administratorContactId": "WNC1",
        "authType": "dns",
    }


async def test_place_under_a_key(each_server: Server) -> None:
    server = each_server
    await create_contacts(server)
    await create_contacts(server, server.other)
    body = _place_body()

    async def ask(body: dict[str, Any], **request: Any) -> httpx2.Response:
        return await server.webnic("POST", "/ssl/v2/orders/new", json=body, headers=KEY, **request)

    first, second = await ask(body), await ask(body)
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert await _count(server) == 1
    other = await ask(body | {"term": 2})
    assert other.status_code == 400
    assert "used for another request" in other.json()["error"]["message"]
    # Another account's keys are its own.
    elsewhere = await ask(body | {"administratorContactId": "WNC3"}, account=server.other)
    assert elsewhere.json()["data"]["orderId"] != ORDER
    balance = (await server.webnic("GET", "/reseller/v2/balance")).json()["data"]["balance"]
    assert balance == [{"amount": -10.0, "currency": "USD"}]


async def test_reissue_under_a_key(each_server: Server) -> None:
    """A client that lost the answer asks again, even when the certificate is out by then; it is made once."""
    server = each_server
    await create_contacts(server)
    await issue(server, NAME)
    body = {"csr": csr_for(NAME)}
    answers = [await server.webnic("POST", f"{ONE}/reissue", json=body, headers=KEY) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert (await _info(server))["orderStatus"] == "completed"
    assert await _certificates(server) == 2
    without = await server.webnic("POST", f"{ONE}/reissue", json=body)
    assert without.status_code == 200
    assert await _certificates(server) == 3


async def test_cancel_of_a_reissue_under_a_key(each_server: Server) -> None:
    server = each_server
    await GIVEN["an order with a reissue under way"](server)
    assert (await _info(server))["sanfield"] == ["pay.example.net"]
    for _ in range(2):
        canceled = await server.webnic("POST", f"{ONE}/cancel", headers=KEY)
        assert canceled.status_code == 200, canceled.text
    info = await _info(server)
    assert (info["orderStatus"], info["certStatus"], info["sanfield"]) == ("completed", "active", [])
    again = await server.webnic("POST", f"{ONE}/cancel")
    assert again.json()["error"]["message"] == "Unable to cancel an order that is issued"
    # What the further name cost comes back, once.
    await server.work()
    balance = (await server.webnic("GET", "/reseller/v2/balance")).json()["data"]["balance"]
    assert balance == [{"amount": -10.0, "currency": "USD"}]


async def test_approvers_are_mailed_once_a_minute(mail_sink: MailSink, tmp_path: Path) -> None:
    async with running_server(tmp_path, CERTWRIGHT_SMTP_URL=mail_sink.url) as server:
        await create_contacts(server)
        await place(server, NAME, authType="email")
        await server.work()
        assert [mail["To"] for mail in mail_sink.received] == [f"admin@{NAME}"]

        server.clock.advance(timedelta(seconds=20))
        refused = await server.webnic("POST", f"{ONE}/approver-email/send")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "40")
        # Asked for by the other call, the mail waits for the minute to pass.
        body = {"authType": "email", "approverEmail": f"admin@{NAME}"}
        assert (await server.webnic("PUT", f"{ONE}/auth", json=body)).status_code == 200
        await server.work()
        assert len(mail_sink.received) == 1
        server.clock.advance(timedelta(seconds=40))
        await server.work()
        assert len(mail_sink.received) == 2

        server.clock.advance(timedelta(seconds=60))
        assert (await server.webnic("POST", f"{ONE}/approver-email/send")).status_code == 200
        await server.work()
        assert len(mail_sink.received) == 3


async def test_another_approver_gets_the_mail(mail_sink: MailSink, tmp_path: Path) -> None:
    async with running_server(tmp_path, CERTWRIGHT_SMTP_URL=mail_sink.url) as server:
        await create_contacts(server)
        await place(server, NAME, authType="email", sanfield=["pay.webnic.cc"])
        await server.work()
        server.clock.advance(timedelta(minutes=1))
        chosen = [{"domain": NAME, "email": "webmaster@webnic.cc"}]
        answer = await server.webnic("PUT", f"{ONE}/approver-email", json={"approverEmail": chosen})
        data = answer.json()["data"]
        assert (data["approverEmail"], data["san"][0]["value"]) == (
            "webmaster@webnic.cc",
            "admin@pay.webnic.cc",
        )
        await server.work()
        to = [mail["To"] for mail in mail_sink.received]
        assert sorted(to[:2]) == ["admin@pay.webnic.cc", f"admin@{NAME}"]
        assert to[2:] == ["webmaster@webnic.cc"]
        # The same address once more changes nothing and mails nobody.
        server.clock.advance(timedelta(minutes=1))
        await server.webnic("PUT", f"{ONE}/approver-email", json={"approverEmail": chosen})
        await server.work()
        assert len(mail_sink.received) == 3


async def test_method_changed_during_a_reissue(each_server: Server) -> None:
    server = each_server
    await GIVEN["an order with a reissue under way"](server)
    answer = await server.webnic("PUT", f"{ONE}/auth", json={"authType": "file"})
    wanted = answer.json()["data"]["san"][0]
    assert (wanted["authType"], wanted["validated"]) == ("file", False)
    server.dns.publish("pay.example.net", "A", "127.0.0.1")
    server.web.publish("pay.example.net", wanted["path"] + wanted["fileName"], wanted["value"])
    await server.work()
    info = await _info(server)
    assert (info["orderStatus"], info["sanfield"]) == ("completed", ["pay.example.net"])


async def test_product_that_is_gone(server: Server) -> None:
    """Its orders are shown, found, canceled and refunded; nothing is issued or bought under it any more."""
    await GIVEN["an order for a product that is gone"](server)
    auth = (await server.webnic("GET", f"{ONE}/auth/info")).json()["data"]
    for name in [auth["commonName"], *auth["san"]]:
        await server.prove(name["name"], name["value"])
    await server.work()
    info = await _info(server)
    assert (info["orderStatus"], info["product"]) == ("pending", "ssl123")
    assert "catalogue" in info["remarks"]
    refused = await server.webnic("POST", f"{ONE}/renew", json={"term": 1})
    assert refused.json()["error"]["message"] == "Product not found"
    listed = await server.digicert("GET", "/services/v2/order/certificate")
    assert listed.json()["orders"][0]["product"]["name_id"] == "ssl123"
    await server.webnic("POST", f"{ONE}/cancel")
    await server.work()
    assert (await _info(server))["orderStatus"] == "refunded"
    balance = (await server.webnic("GET", "/reseller/v2/balance")).json()["data"]["balance"]
    assert balance == [{"amount": 0.0, "currency": "USD"}]


async def test_reissue_that_can_not_be_paid(server: Server) -> None:
    await create_contacts(server)
    await issue(server, NAME)
    account_id = server.account.account.id
    await server.program.use.billing.set_credit_limit(account_id, Decimal(10))
    body = {"csr": csr_for(NAME), "sanfield": ["pay.example.net"]}
    refused = await server.webnic("POST", f"{ONE}/reissue", json=body)
    assert refused.status_code == 400
    assert refused.json()["error"]["message"] == "Unable to place order due to insufficient balance"
    assert (await _info(server))["orderStatus"] == "completed"


async def test_renewal_that_can_not_be_paid_leaves_no_trace(each_server: Server) -> None:
    server = each_server
    await GIVEN["an expired order"](server)
    await server.program.use.billing.set_credit_limit(server.account.account.id, Decimal(20))
    refused = await server.webnic("POST", f"{ONE}/renew", json={"term": 1}, headers=KEY)
    assert refused.status_code == 400
    info = await _info(server)
    assert (info["renewedBy"], info["renewal"], await _count(server)) == (None, True, 1)
    await server.program.use.billing.top_up(server.account.account.id, Decimal(100))
    paid = await server.webnic("POST", f"{ONE}/renew", json={"term": 1}, headers=KEY)
    assert paid.status_code == 200
