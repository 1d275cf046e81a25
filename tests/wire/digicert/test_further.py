"""Reissues, duplicates and revocations, and what becomes of the order and its certificates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from certwright.domain.account import ApprovalPolicy, Role
from certwright.domain.ids import AuthorityId
from tests.support.server import csr_for
from tests.wire.digicert.given import API, CERTIFICATE, NAME, ORDER, issue, make_key, use_approvals

if TYPE_CHECKING:
    from tests.support.server import Server

PATH = f"{API}/order/certificate/{ORDER}"
ADDED = "www.example.org"


async def _ask(server: Server, what: str, *, status: int = 201, **certificate: Any) -> Any:
    body = {"certificate": {"csr": csr_for(NAME), **certificate}}
    response = await server.digicert("POST", f"{PATH}/{what}", json=body)
    assert response.status_code == status, response.text
    return response.json()


async def _get(server: Server, path: str = "") -> Any:
    response = await server.digicert("GET", PATH + path)
    assert response.status_code == 200, response.text
    return response.json()


async def _put(server: Server, path: str, body: object = None, *, status: int = 204) -> Any:
    response = await server.digicert("PUT", API + path, json=body)
    assert response.status_code == status, response.text
    return response.json() if response.content else None


async def _revoked_serials(server: Server) -> set[int]:
    crl = x509.load_der_x509_crl(await server.program.use.revocation.crl(AuthorityId(2)))
    return {entry.serial_number for entry in crl}


async def test_reissue_takes_the_place_of_the_certificate(each_server: Server) -> None:
    server = each_server
    await issue(server)
    server.clock.advance(timedelta(hours=1))
    asked = await _ask(server, "reissue")
    assert asked["certificate_id"] == CERTIFICATE + 1
    assert asked["certificate_chain"][0]["subject_common_name"] == NAME
    info = await _get(server)
    assert (info["status"], info["reissues_count"]) == ("issued", 1)
    assert info["last_reissued_date"] == "2026-11-22T13:00:00+00:00"
    assert (info["certificate"]["id"], info["certificate"]["status"]) == (CERTIFICATE + 1, "issued")
    (listed,) = (await _get(server, "/reissue"))["certificates"]
    assert (listed["id"], listed["status"], listed["archived"]) == (CERTIFICATE + 1, "issued", 0)
    row = (await server.digicert("GET", f"{API}/order/certificate")).json()["orders"][0]
    assert (row["reissues_count"], row["has_reissues"], row["has_duplicates"]) == (1, True, False)


async def test_reissue_with_a_new_name_waits_for_its_proof(each_server: Server) -> None:
    server = each_server
    await issue(server)
    asked = await _ask(server, "reissue", common_name=NAME, dns_names=[ADDED])
    assert "certificate_chain" not in asked
    info = await _get(server)
    assert info["status"] == "reissue_pending"
    # The current certificate stays good, and is the one that is told.
    assert info["certificate"]["id"] == CERTIFICATE
    assert "status" not in info["certificate"]
    again = await _ask(server, "reissue", status=400)
    assert again["errors"][0]["code"] == "invalid_status"
    await server.prove(ADDED, asked["dcv_random_value"])
    check = await _put(server, f"/order/certificate/{ORDER}/check-dcv", status=200)
    assert check["order_status"] == "issued"
    assert (await _get(server))["certificate"]["dns_names"] == [NAME, ADDED]


async def test_canceled_reissue_leaves_the_order_issued(server: Server) -> None:
    await issue(server)
    await _ask(server, "reissue", common_name=NAME, dns_names=[ADDED])
    refused = await _put(server, f"/certificate/{CERTIFICATE}/revoke", {"skip_approval": True}, status=400)
    assert refused["errors"][0]["code"] == "invalid_status"
    await _put(server, f"/order/certificate/{ORDER}/status", {"status": "CANCELED", "note": "Not now"})
    info = await _get(server)
    assert (info["status"], info["certificate"]["id"], info["certificate"]["dns_names"]) == (
        "issued",
        CERTIFICATE,
        [NAME],
    )
    assert (await _get(server, "/reissue"))["certificates"][0]["status"] == "rejected"


async def test_duplicates_stand_beside_the_certificate(each_server: Server) -> None:
    server = each_server
    await issue(server)
    made = [await _ask(server, "duplicate", common_name=NAME) for _ in range(2)]
    assert [each["sub_id"] for each in made] == ["001", "002"]
    assert all(len(each["certificate_chain"]) == 3 for each in made)
    info = await _get(server)
    assert (info["certificate"]["id"], info["duplicates_count"]) == (CERTIFICATE, 2)
    assert "status" not in info["certificate"]
    listed = (await _get(server, "/duplicate"))["certificates"]
    assert [(each["sub_id"], each["archived"]) for each in listed] == [("001", "0"), ("002", "0")]
    # The manual: a duplicate's serial number or thumbprint does not find the order.
    for key in (listed[0]["serial_number"], listed[0]["thumbprint"]):
        response = await server.digicert("GET", f"{API}/order/certificate/{key}")
        assert response.json()["errors"][0]["code"] == "not_found|order"


@pytest.mark.parametrize("name", [ADDED, "other.example.com"])
async def test_duplicates_have_no_names_that_were_not_paid_for(server: Server, name: str) -> None:
    await issue(server)
    refused = await _ask(server, "duplicate", status=400, common_name=NAME, dns_names=[name])
    assert refused["errors"][0]["code"] == "invalid_value:certificate.dns_names"


async def test_duplicate_of_a_wildcard_may_name_what_it_covers(server: Server) -> None:
    await issue(server, "*.example.com", product="wildcard_dv_rapidssl")
    made = await _ask(server, "duplicate", common_name="*.example.com", dns_names=["api.example.com"])
    assert len(made["certificate_chain"]) == 3


@pytest.mark.parametrize("what", ["reissue", "duplicate"])
async def test_what_is_needed(server: Server, what: str) -> None:
    await issue(server)
    refused = await _ask(server, what, status=400, csr="")
    assert refused["errors"][0]["code"] == "required_param:certificate.csr"
    refused = await _ask(server, what, status=400, csr="x")
    assert refused["errors"][0]["code"] == "csr_invalid_cannot_parse"
    refused = await _ask(server, what, status=400, cert_validity={"days": 5000})
    assert refused["errors"][0]["code"] == "cert_validity_exceeds_order_validity"


async def test_one_certificate_of_three_is_revoked(each_server: Server) -> None:
    """The order goes on, and relying parties know at once."""
    server = each_server
    await issue(server)
    await _ask(server, "duplicate")
    await _put(server, f"/certificate/{CERTIFICATE}/revoke", {"skip_approval": True})
    info = await _get(server)
    assert (info["status"], info["certificate"]["status"]) == ("issued", "revoked")
    assert await _revoked_serials(server) == {int(info["certificate"]["serial_number"], 16)}
    await _ask(server, "reissue")
    info = await _get(server)
    assert info["certificate"]["status"] == "issued"
    await _put(server, f"/order/certificate/{ORDER}/revoke", {"skip_approval": True})
    assert (await _get(server))["status"] == "revoked"
    assert len(await _revoked_serials(server)) == 3
    again = await _put(server, f"/order/certificate/{ORDER}/revoke", status=400)
    assert again["errors"][0]["code"] == "order_already_revoked"


async def test_order_whose_certificates_are_all_revoked_can_still_be_revoked(server: Server) -> None:
    await issue(server)
    await _put(server, f"/certificate/{CERTIFICATE}/revoke", {"skip_approval": True})
    await _put(server, f"/order/certificate/{ORDER}/revoke", {"skip_approval": True})
    assert (await _get(server))["status"] == "revoked"


@pytest.mark.parametrize("what", ["reissue", "duplicate"])
async def test_further_certificates_wait_for_approval(each_server: Server, what: str) -> None:
    server = each_server
    await use_approvals(server)
    await issue(server, skip_approval=True)
    asked = await _ask(server, what)
    assert asked["requests"][0]["status"] == "pending"
    await server.work()
    (listed,) = (await _get(server, f"/{what}"))["certificates"]
    assert listed["status"] == "pending"
    await _put(server, f"/request/{asked['requests'][0]['id']}/status", {"status": "approved"})
    await server.work()
    (listed,) = (await _get(server, f"/{what}"))["certificates"]
    assert listed["status"] == "issued"
    assert [each["type"] for each in (await _get(server))["requests"]] == ["new_request", what]


@pytest.mark.parametrize("what", ["reissue", "duplicate"])
async def test_rejected_further_certificates_change_nothing(server: Server, what: str) -> None:
    await use_approvals(server)
    await issue(server, skip_approval=True)
    asked = await _ask(server, what)
    await _put(server, f"/request/{asked['requests'][0]['id']}/status", {"status": "rejected"})
    await server.work()
    info = await _get(server)
    assert (info["status"], info["certificate"]["id"]) == ("issued", CERTIFICATE)
    assert (await _get(server, f"/{what}"))["certificates"][0]["status"] == "rejected"


@pytest.mark.parametrize("path", [f"/order/certificate/{ORDER}", f"/certificate/{CERTIFICATE}"])
async def test_revocation_waits_for_approval(each_server: Server, path: str) -> None:
    server = each_server
    await use_approvals(server, ApprovalPolicy.TWO_STEP)
    await issue(server, skip_approval=True)
    headers = {"x-dc-devkey": await make_key(server, Role.STANDARD)}
    body = {"comments": "Key lost", "skip_approval": True}
    response = await server.http.put(f"{API}{path}/revoke", headers=headers, json=body)
    made = response.json()
    assert (response.status_code, made["type"], made["status"]) == (201, "revoke", "submitted")
    for name in ("first", "second"):
        assert (await _get(server))["status"] == "issued"
        assert await _revoked_serials(server) == set()
        approver = {"x-dc-devkey": await make_key(server, Role.MANAGER, name=name)}
        path, approval = f"{API}/request/{made['id']}/status", {"status": "approved"}
        assert (await server.http.put(path, headers=approver, json=approval)).status_code == 204
    assert (await _get(server))["certificate"]["status"] == "revoked"
    assert len(await _revoked_serials(server)) == 1
