"""What clients write down beside orders, their own numbers for them, mails to approvers, reports and CSV."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.account import Secret
from certwright.domain.ids import OrderId
from tests.support.server import csr_for
from tests.wire.digicert.given import API, NAME, ORDER, add_organization, issue, place

if TYPE_CHECKING:
    from tests.support.server import Server

PATH = f"{API}/order/certificate/{ORDER}"
PLACE = f"{API}/order/certificate/ssl_dv_rapidssl"
CSR = csr_for(NAME)


async def _add_field(server: Server, label: str = "Cost center", **changes: Any) -> int:
    response = await server.digicert("POST", f"{API}/account/metadata", json={"label": label, **changes})
    assert response.status_code == 201, response.text
    return int(response.json()["id"])


def _order(**changes: Any) -> dict[str, Any]:
    return {"certificate": {"common_name": NAME, "csr": CSR}, "order_validity": {"years": 1}, **changes}


async def test_notes_are_kept(each_server: Server) -> None:
    server = each_server
    await place(server)
    assert "notes" not in (await server.digicert("GET", PATH)).json()
    made = await server.digicert("POST", f"{PATH}/note", json={"text": "Ask Siti"})
    assert (made.status_code, made.json()["text"]) == (201, "Ask Siti")
    notes = (await server.digicert("GET", f"{PATH}/note")).json()["notes"]
    assert notes == [made.json()]
    assert (await server.digicert("GET", PATH)).json()["notes"] == notes


async def test_custom_fields_are_given_with_the_order_and_later(each_server: Server) -> None:
    server = each_server
    field = await _add_field(server)
    count = await _add_field(server, "Hosts", data_type="int")
    response = await server.digicert(
        "POST", PLACE, json=_order(custom_fields=[{"metadata_id": field, "value": "Blue 7"}])
    )
    assert response.status_code == 201, response.text
    body = {"metadata_id": str(count), "value": 12}
    assert (await server.digicert("POST", f"{PATH}/custom-field", json=body)).status_code == 204
    await place(server, "other.example.com")
    told = [
        {"metadata_id": field, "label": "Cost center", "value": "Blue 7"},
        {"metadata_id": count, "label": "Hosts", "value": "12"},
    ]
    assert (await server.digicert("GET", PATH)).json()["custom_fields"] == told

    async def found(query: str) -> list[int]:
        answer = (await server.digicert("GET", f"{API}/order/certificate?{query}")).json()
        return [each["id"] for each in answer["orders"]]

    assert await found(f"filters[metadata_id]={field}") == [ORDER]
    assert await found("filters[metadata_id]=999") == []
    assert await found(f"filters[metadata_id]={field}&filters[metadata_value]=BLUE 7") == [ORDER]
    assert await found("filters[metadata_value]=%25lue") == [ORDER]
    assert await found("filters[metadata_value]=%25red") == []


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"metadata_id": 1, "value": "twelve"}, "invalid_custom_field_value"),
        ({"metadata_id": 99, "value": "x"}, "invalid_custom_field_value"),
        ({"metadata_id": "x", "value": "x"}, "invalid_custom_field_value"),
        ({"value": "x"}, "required_param:metadata_id"),
        ({"metadata_id": 1}, "required_param:value"),
    ],
)
async def test_values_that_a_field_does_not_take(server: Server, value: dict[str, Any], code: str) -> None:
    await _add_field(server, "Hosts", data_type="int")
    await place(server)
    response = await server.digicert("POST", f"{PATH}/custom-field", json=value)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, code)
    response = await server.digicert("POST", PLACE, json=_order(custom_fields=[value]))
    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, code)


async def test_required_fields_have_to_be_given(server: Server) -> None:
    field = await _add_field(server, is_required=True)
    response = await server.digicert("POST", PLACE, json=_order())
    assert response.json()["errors"][0]["code"] == "invalid_custom_field_value"
    body = {"is_required": False, "description": "Who pays"}
    assert (await server.digicert("PUT", f"{API}/account/metadata/{field}", json=body)).status_code == 204
    await place(server)
    fields = (await server.digicert("GET", f"{API}/account/metadata")).json()["metadata"]
    assert fields == [
        {
            "id": field,
            "label": "Cost center",
            "is_required": False,
            "is_active": True,
            "description": "Who pays",
            "data_type": "anything",
            "show_in_receipt": False,
        }
    ]
    again = await server.digicert("POST", f"{API}/account/metadata", json={"label": "Cost center"})
    assert again.json()["errors"][0]["code"] == "invalid_value:label"


async def test_own_numbers_name_one_order_each(each_server: Server) -> None:
    """Infisical sends one with each order and looks for it when an answer is lost."""
    server = each_server
    body = _order(alternative_order_id="PO-1")
    first = (await server.digicert("POST", PLACE, json=body)).json()
    again = await server.digicert("POST", PLACE, json=body)
    assert (again.status_code, again.json()["id"]) == (201, first["id"])
    listed = (await server.digicert("GET", f"{API}/order/certificate")).json()
    assert listed["page"]["total"] == 1
    other = await server.digicert("POST", PLACE, json={**body, "order_validity": {"years": 2}})
    assert other.json()["errors"][0]["code"] == "invalid_value:alternative_order_id"
    found = (await server.digicert("GET", f"{API}/order/alternate/PO-1")).json()
    assert found == {
        "orders": [{"order_id": ORDER, "certificate_id": first["certificate_id"], "status": "pending"}]
    }
    strange = await server.digicert("GET", f"{API}/order/alternate/PO-2")
    assert (strange.status_code, strange.json()["errors"][0]["code"]) == (404, "not_found|order")
    foreign = await server.digicert("GET", f"{API}/order/alternate/PO-1", account=server.other)
    assert foreign.status_code == 404


async def test_orders_in_days_keep_their_own_end(server: Server) -> None:
    await issue(server, order_validity={"days": 45})
    info = (await server.digicert("GET", PATH)).json()
    assert (info["order_validity"], info["order_valid_till"]) == ({"days": 45}, "2027-01-06")
    assert info["certificate"]["valid_till"] == "2027-01-06"


async def test_orders_of_years_outlive_their_certificates(server: Server) -> None:
    await issue(server, order_validity={"years": 2})
    info = (await server.digicert("GET", PATH)).json()
    assert (info["is_multi_year_plan"], info["order_valid_till"]) == ("1", "2028-11-22")
    server.clock.advance(timedelta(days=300))
    await server.work()
    assert (await server.digicert("GET", PATH)).json()["status"] == "expired"
    reissued = await server.digicert("POST", f"{PATH}/reissue", json={"certificate": {"csr": CSR}})
    assert reissued.status_code == 201, reissued.text
    assert (await server.digicert("GET", PATH)).json()["status"] in {"issued", "reissue_pending"}


async def test_expiring_orders_are_counted(each_server: Server) -> None:
    server = each_server
    for days, name in (
        (10, "a.example.com"),
        (40, "b.example.com"),
        (80, "c.example.com"),
        (150, "d.example.com"),
    ):
        await issue(server, name, order_validity={"days": days})

    async def counts(path: str = "/report/order/expiring") -> dict[int, int]:
        rows = (await server.digicert("GET", API + path)).json()["expiring_orders"]
        return {row["days_expiring"]: row["order_count"] for row in rows}

    assert await counts() == {90: 1, 60: 1, 30: 1, -7: 0}
    assert await counts("/report/order/1/expiring") == {90: 1, 60: 1, 30: 1, -7: 0}
    assert await counts("/report/order/9/expiring") == {90: 0, 60: 0, 30: 0, -7: 0}
    server.clock.advance(timedelta(days=12))
    await server.work()
    assert await counts() == {90: 1, 60: 0, 30: 1, -7: 1}


async def test_lists_come_as_csv(each_server: Server) -> None:
    server = each_server
    await add_organization(server)
    await issue(server, dns_names=("www.shop.example.com",))
    headers = {"accept": "text/csv"}
    rows = {}
    for path in ("/order/certificate", "/request", "/organization"):
        response = await server.digicert("GET", API + path, headers=headers)
        assert response.headers["content-type"].partition(";")[0] == "text/csv"
        rows[path] = list(csv.DictReader(response.text.splitlines()))
    order, request, organization = (rows[path][0] for path in rows)
    assert (order["Order ID"], order["DNS Names"]) == (str(ORDER), f"{NAME} www.{NAME}")
    assert (request["Type"], request["Common Name"]) == ("new_request", NAME)
    assert organization["Name"] == "Example Org"


async def test_approvers_are_mailed_again_and_answer_through_the_client(server: Server) -> None:
    await place(server, dcv_method="email")
    emails = (await server.digicert("GET", f"{PATH}/email-validation")).json()
    assert emails == {
        "emails": [{"email": f"admin@{NAME}", "status": "unvalidated"}],
        "delivery_options": ["browser"],
    }
    body = {"domain_approval_emails": [{"domain": NAME, "email": "webmaster@example.com"}]}
    assert (await server.digicert("PUT", f"{PATH}/resend-emails", json=body)).status_code == 204
    told = (await server.digicert("GET", f"{PATH}/email-validation")).json()
    assert [each["email"] for each in told["emails"]] == ["webmaster@example.com"]
    code = Secret("C" * 52)
    now = server.clock.now()
    async with server.program.store.writing() as work:
        (validation,) = [
            each
            for each in await work.validations.list_of_order(server.account.account.id, OrderId(ORDER))
            if each.approver_email == "webmaster@example.com"
        ]
        await work.validations.add_approval(
            code.digest(), validation.id, sent_at=now, expires_at=now + timedelta(days=1)
        )
    soon = await server.digicert("PUT", f"{PATH}/resend-emails")
    assert (soon.status_code, soon.headers["retry-after"]) == (429, "60")
    path = f"{PATH}/email-validation/{code.reveal()}?email=webmaster@example.com"
    assert (await server.digicert("PUT", path)).status_code == 204
    assert (await server.digicert("PUT", path)).json()["errors"][0]["code"] == "not_found|approval"
    await server.work()
    assert (await server.digicert("GET", PATH)).json()["status"] == "issued"
