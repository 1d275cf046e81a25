"""The whole life of an OV order through HTTP alone, as a reseller lives it, on both databases.

Contacts, organization, approval by the operator, an order of names proved in three ways, issue, reissue with one more
name, expiry, renewal, its cancellation and refund; the search finds each step and the money adds up to the cent.
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from certwright.domain.ids import OrganizationId
from certwright.domain.product import ValidationLevel
from tests.support.server import csr_for, running_server
from tests.wire.webnic.given import COMPANY, PERSON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.mail_sink import MailSink
    from tests.support.server import Server

NAMES = ["shop.webnic.cc", "pay.webnic.cc", "files.example.net", "mail.example.org"]
MORE = "new.example.com"


@pytest.fixture(params=["sqlite", "postgresql"])
async def mailing_server(
    tmp_path: Path, mail_sink: MailSink, request: pytest.FixtureRequest
) -> AsyncIterator[Server]:
    environment = {"CERTWRIGHT_SMTP_URL": mail_sink.url}
    if request.param == "postgresql":
        environment["CERTWRIGHT_DATABASE_URL"] = request.getfixturevalue("fresh_database_url")
    async with running_server(tmp_path, **environment) as running:
        yield running


class Reseller:
    """A client of the API, and nothing but that."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def ask(self, method: str, path: str, **request: Any) -> Any:
        """Ask, and return the data of a good answer."""
        response = await self._server.webnic(method, path, **request)
        assert response.status_code == 200, response.text
        answer = response.json()
        assert answer["code"] == "1000"
        return answer.get("data")

    async def info(self, order_id: str) -> dict[str, Any]:
        data: dict[str, Any] = await self.ask("GET", f"/ssl/v2/orders/info?orderId={order_id}")
        return data

    async def balance(self) -> float:
        data = await self.ask("GET", "/reseller/v2/balance")
        amount: float = data["balance"][0]["amount"]
        return amount

    async def found(self, status: str) -> list[str]:
        """List the orders that the search finds under an order status."""
        filters = [{"field": "orderStatus", "operator": "EQUAL", "value": status.upper()}]
        data = await self.ask("POST", "/ssl/v2/orders/search", json={"filters": filters})
        assert data["totalItems"] == len(data["items"])
        return [item["orderId"] for item in data["items"]]

    async def certificate_names(self, order_id: str) -> list[str]:
        response = await self._server.webnic("POST", f"/ssl/v2/orders/{order_id}/download/format/PEM")
        certificate = x509.load_pem_x509_certificate(response.content)
        subject = {attribute.rfc4514_attribute_name: attribute.value for attribute in certificate.subject}
        assert subject["O"] == COMPANY["name"]
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return list(names.value.get_values_for_type(x509.DNSName))


async def _prove(server: Server, sink: MailSink, auth: dict[str, Any]) -> None:
    """Do what the answer asks for, name by name."""
    for name in [auth["commonName"], *auth["san"]]:
        match name["authType"]:
            case "dns":
                server.dns.publish(name["host"], name["recordType"], f'"{name["value"]}"')
            case "file":
                server.dns.publish(name["name"], "A", "127.0.0.1")
                server.web.publish(name["name"], name["path"] + name["fileName"], name["value"])
            case "email":
                await server.work()
                mail = next(mail for mail in sink.received if mail["To"] == name["value"])
                link = re.search(r"http\S+code=(\w+)", mail.get_content())
                assert link
                await server.http.post(link[0].partition("?")[0], data={"code": link[1]})
            case other:
                pytest.fail(f"There is no method {other}")


async def test_whole_life(mailing_server: Server, mail_sink: MailSink) -> None:
    server, reseller = mailing_server, Reseller(mailing_server)
    money = server.program.use.billing
    account_id = server.account.account.id
    await money.set_credit_limit(account_id, Decimal(0))
    await money.top_up(account_id, Decimal(1500))
    contacts = await reseller.ask(
        "POST", "/ssl/v2/contact/create", json={"administrator": PERSON, "technical": PERSON}
    )

    # The organization is made, submitted, and waits for the operator.
    organization = await reseller.ask("POST", "/ssl/v2/organization/create", json=COMPANY)
    organization_id = organization["organizationId"]
    path = f"/ssl/v2/organization/{organization_id}/validation"
    submitted = await reseller.ask("POST", f"{path}/submit", json={"validationType": "OV"})
    assert submitted["status"] == "pending"

    # ssl_basic: 120 for the common name and 60 for each of three more, for two years.
    placed = await reseller.ask(
        "POST",
        "/ssl/v2/orders/new",
        json={
            "productKey": "ssl_basic",
            "term": 2,
            "csr": csr_for(NAMES[0]),
            "administratorContactId": contacts[0]["contactId"],
            "technicalContactId": contacts[1]["contactId"],
            "organizationId": organization_id,
            "authType": "dns",
            "sanfield": NAMES[1:],
        },
        headers={"Idempotency-Key": "first order"},
    )
    order_id = placed["orderId"]
    assert await reseller.balance() == 900.0

    # One API call changes the method of all names, so the mix is made in three steps, each proved before the next.
    assert [name["authType"] for name in placed["san"]] == ["dns"] * 3
    await _prove(server, mail_sink, {"commonName": placed["commonName"], "san": placed["san"][:1]})
    await server.work()
    by_file = await reseller.ask("PUT", f"/ssl/v2/orders/{order_id}/auth", json={"authType": "file"})
    await _prove(server, mail_sink, {"commonName": by_file["san"][1], "san": []})
    await server.work()
    assert await reseller.found("in_process") == [order_id]
    by_mail = await reseller.ask(
        "PUT",
        f"/ssl/v2/orders/{order_id}/auth",
        json={
            "authType": "email",
            "approverEmail": [{"domain": NAMES[3], "email": "postmaster@example.org"}],
        },
    )
    await _prove(server, mail_sink, {"commonName": by_mail["san"][2], "san": []})
    status = await reseller.ask("GET", f"/ssl/v2/orders/{order_id}/dcv-status")
    assert [domain["validated"] for domain in status["domains"]] == [True] * 4

    # Every name is proved; the organization is what the order waits for, until the operator has looked.
    assert "validation of Example" in (await reseller.info(order_id))["remarks"]
    await server.program.use.organizations.approve(
        OrganizationId(int(organization_id)), ValidationLevel.OV, evidence="Register of companies"
    )
    await server.work()
    assert (await reseller.ask("GET", f"{path}/status"))["status"] == "active"
    assert await reseller.found("completed") == [order_id]
    assert sorted(await reseller.certificate_names(order_id)) == sorted(NAMES)

    # A reissue with one more name costs that name for the order's term, and proves that name alone.
    again = await reseller.ask(
        "POST",
        f"/ssl/v2/orders/{order_id}/reissue",
        json={"csr": csr_for(NAMES[0]), "sanfield": [*NAMES[1:], MORE], "authType": "dns"},
    )
    assert again["orderId"] == order_id
    assert [name["name"] for name in again["san"] if not name["validated"]] == [MORE]
    assert await reseller.found("pending_reissue") == [order_id]
    assert await reseller.balance() == 780.0
    await _prove(server, mail_sink, {"commonName": again["san"][-1], "san": []})
    await server.work()
    assert sorted(await reseller.certificate_names(order_id)) == sorted([*NAMES, MORE])

    # The certificate runs out; the renewal takes everything over, and is canceled and refunded.
    server.clock.advance(timedelta(days=200))
    await server.work()
    info = await reseller.info(order_id)
    assert (info["orderStatus"], info["renewal"], await reseller.found("expired")) == (
        "expired",
        True,
        [order_id],
    )
    key = {"Idempotency-Key": "renewal"}
    renewed = await reseller.ask("POST", f"/ssl/v2/orders/{order_id}/renew", json={"term": 1}, headers=key)
    new_id = renewed["renewOrder"]["orderId"]
    assert renewed["originalOrder"] == {"orderId": order_id}
    assert [name["name"] for name in renewed["renewOrder"]["san"]] == [*NAMES[1:], MORE]
    repeated = await reseller.ask("POST", f"/ssl/v2/orders/{order_id}/renew", json={"term": 1}, headers=key)
    assert repeated["renewOrder"]["orderId"] == new_id
    assert await reseller.balance() == 420.0
    assert (await reseller.info(order_id))["renewedBy"] == new_id
    for _ in range(2):
        assert await reseller.ask("POST", f"/ssl/v2/orders/{new_id}/cancel", content=b"[]") is None
    assert await reseller.found("cancelled") == [new_id]
    await server.work()
    assert await reseller.found("refunded") == [new_id]
    assert (await reseller.info(order_id))["renewedBy"] is None
    assert (await reseller.info(order_id))["renewal"] is True

    # 1500 - 600 for the order - 120 for the name of the reissue; the renewal's 360 went and came back.
    assert await reseller.balance() == 780.0
    booked = await money.list_of(account_id)
    assert [(t.kind.value, t.customer_cents) for t in booked] == [
        ("top_up", 150_000),
        ("order", -60_000),
        ("order", -12_000),
        ("order", -36_000),
        ("refund", 36_000),
    ]
    assert all(sum(entry.amount_cents for entry in t.entries) == 0 for t in booked)
    statistics = await reseller.ask("GET", "/ssl/v2/orders/statistics")
    assert (statistics["total"], statistics["totalExpired"], statistics["totalRefunded"]) == (2, 1, 1)
    months = await reseller.ask("GET", "/ssl/v2/orders/statistics/graph")
    assert [month["month"] for month in months if month["total"]] == ["2026-11", "2027-06"]
