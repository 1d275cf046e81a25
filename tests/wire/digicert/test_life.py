"""Lives of orders as clients of DigiCert's API lead them, from placing to revoking."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from certwright.domain.account import ApprovalPolicy, Role
from certwright.domain.product import ValidationLevel
from tests.support.server import csr_for
from tests.wire.digicert.given import (
    API,
    CERTIFICATE,
    NAME,
    ORDER,
    add_organization,
    issue,
    make_key,
    place,
    standard_key,
    use_approvals,
)

if TYPE_CHECKING:
    from tests.support.server import Server


async def _info(server: Server, order_id: int = ORDER) -> Any:
    return (await server.digicert("GET", f"{API}/order/certificate/{order_id}")).json()


async def _put(server: Server, path: str, *, status: int = 204, **request: Any) -> Any:
    response = await server.digicert("PUT", API + path, **request)
    assert response.status_code == status, response.text
    return response.json() if response.content else None


async def _leaf(server: Server, certificate_id: int = CERTIFICATE) -> x509.Certificate:
    response = await server.digicert("GET", f"{API}/certificate/{certificate_id}/download/format/pem")
    assert response.status_code == 200, response.text
    return x509.load_pem_x509_certificate(response.content)


def _names(leaf: x509.Certificate) -> list[str]:
    san = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return san.value.get_values_for_type(x509.DNSName)


async def test_dv_order_by_txt_record(each_server: Server) -> None:
    """As Infisical does it: place, publish, check with a body of null, read the order, download."""
    server = each_server
    placed = await place(server, dns_names=("www.shop.example.com",), product="ssl_dv_rapidssl")
    value = (await _put(server, f"/order/certificate/{ORDER}/dcv-random-value", status=200))[
        "dcv_random_value"
    ]
    assert value == placed["dcv_random_value"]
    await server.prove(NAME, value)
    check = await _put(server, f"/order/certificate/{ORDER}/check-dcv", status=200, content=b"null")
    # A record at a name proves those below it.
    assert (check["order_status"], check["dcv_status"]) == ("issued", "valid")
    assert [entry["status"] for entry in check["dns_name_validations"]] == ["approved", "approved"]
    info = await _info(server)
    assert (info["status"], info["certificate"]["id"]) == ("issued", placed["certificate_id"])
    leaf = await _leaf(server)
    assert _names(leaf) == [NAME, "www.shop.example.com"]
    assert f"{leaf.serial_number:X}".zfill(32) == info["certificate"]["serial_number"].zfill(32)


async def test_order_by_cname(server: Server) -> None:
    placed = await place(server, dcv_method="dns-cname-token")
    server.dns.publish(f"_dnsauth.{NAME}", "CNAME", f"{placed['verification_value']}.")
    check = await _put(server, f"/order/certificate/{ORDER}/check-dcv", status=200)
    assert check["order_status"] == "issued"


async def test_order_by_file(server: Server) -> None:
    placed = await place(server, dcv_method="http-token")
    refused = await _put(server, f"/order/certificate/{ORDER}/check-dcv", status=400)
    assert refused["errors"][0]["code"] == "file_random_value_not_found"
    server.dns.publish(NAME, "A", "127.0.0.1")
    server.web.publish(NAME, "/.well-known/pki-validation/fileauth.txt", placed["dcv_random_value"])
    check = await _put(server, f"/order/certificate/{ORDER}/check-dcv", status=200)
    assert check["order_status"] == "issued"


async def test_second_order_for_a_proved_name_is_issued_in_the_answer(server: Server) -> None:
    """The issuer of sapcc polls for nothing: it needs the chain in the answer to the order."""
    await issue(server)
    placed = await place(server, "api.shop.example.com", product="ssl_dv_rapidssl")
    assert [entry["subject_common_name"] for entry in placed["certificate_chain"]][:1] == [
        "api.shop.example.com"
    ]
    assert len(placed["certificate_chain"]) == 3
    assert "dcv_random_value" not in placed


async def test_ov_order_waits_for_its_organization(server: Server) -> None:
    organization = await add_organization(server, level=None)
    placed = await place(server, product="ssl_basic", organization={"id": str(organization.id)})
    await server.prove(NAME, placed["domains"][0]["dcv_token"]["token"])
    check = await _put(server, f"/order/certificate/{ORDER}/check-dcv", status=200)
    assert (check["order_status"], check["dcv_status"]) == ("pending", "valid")
    await server.program.use.organizations.approve(organization.id, ValidationLevel.OV)
    await server.work()
    info = await _info(server)
    assert info["status"] == "issued"
    subject = (await _leaf(server)).subject.rfc4514_string()
    assert "O=Example Org" in subject


async def test_order_that_an_administrator_approves(server: Server) -> None:
    await use_approvals(server)
    key = await standard_key(server)
    certificate = {"common_name": NAME, "csr": csr_for(NAME)}
    body = {"certificate": certificate, "order_validity": {"years": 1}, "skip_approval": True}
    headers = {"x-dc-devkey": key}
    path = f"{API}/order/certificate/ssl_dv_rapidssl"
    placed = (await server.http.post(path, headers=headers, json=body)).json()
    assert placed["requests"][0]["status"] == "pending"
    assert (await _info(server))["status"] == "needs_approval"
    await _put(server, f"/request/{placed['requests'][0]['id']}/status", json={"status": "approved"})
    info = await _info(server)
    assert (info["status"], info["requests"][0]["status"]) == ("pending", "approved")
    request = (await server.digicert("GET", f"{API}/request/{placed['requests'][0]['id']}")).json()
    assert (request["requester"]["first_name"], request["processor"]["first_name"]) == (
        "clerk",
        "administrator",
    )


async def test_order_that_two_steps_approve(server: Server) -> None:
    await use_approvals(server, ApprovalPolicy.TWO_STEP)
    placed = await place(server)
    path = f"/request/{placed['requests'][0]['id']}/status"
    await _put(server, path, json={"status": "approved"})
    assert (await _info(server))["requests"][0]["status"] == "pending"
    headers = {"x-dc-devkey": await make_key(server, Role.MANAGER)}
    await _put(server, path, json={"status": "approved"}, headers=headers)
    assert (await _info(server))["status"] == "pending"


async def test_rejected_request_rejects_its_order(server: Server) -> None:
    await use_approvals(server)
    placed = await place(server)
    decision = {"status": "REJECTED", "processor_comment": "Not ours"}
    await _put(server, f"/request/{placed['requests'][0]['id']}/status", json=decision)
    assert (await _info(server))["status"] == "rejected"
    listed = (
        await server.digicert("GET", f"{API}/request?filters[status]=rejected&filters[type]=new_request")
    ).json()
    assert [row["order"]["id"] for row in listed["requests"]] == [ORDER]
    assert listed["page"]["total"] == 1


async def test_csr_may_follow(server: Server) -> None:
    placed = await place(server, with_csr=False)
    assert (await _info(server))["status"] == "needs_csr"
    response = await server.digicert(
        "POST", f"{API}/order/certificate/{ORDER}/csr", json={"csr": csr_for(NAME)}
    )
    assert response.status_code == 204
    await server.prove(NAME, placed["dcv_random_value"])
    await server.work()
    assert (await _info(server))["status"] == "issued"


async def test_method_may_change_and_keeps_the_value(server: Server) -> None:
    placed = await place(server)
    changed = await _put(
        server, f"/order/certificate/{ORDER}/dcv-method", status=200, json={"dcv_method": "http-token"}
    )
    assert changed["dcv_random_value"] == placed["dcv_random_value"]
    assert (await _info(server))["dcv_method"] == "http-token"
    assert await _put(server, f"/order/certificate/{ORDER}/dcv-method", json={"dcv_method": "email"}) is None
    assert (await _info(server))["dcv_method"] == "email"


async def test_random_value_that_ran_out_is_replaced(server: Server) -> None:
    placed = await place(server)
    server.clock.advance(timedelta(days=30))
    renewed = await _put(server, f"/order/certificate/{ORDER}/dcv-random-value", status=200)
    assert renewed["dcv_random_value"] != placed["dcv_random_value"]
    assert renewed["expiration_date"] == "2027-01-20T12:00:00+00:00"


async def test_revoked_certificate_is_told_everywhere(each_server: Server) -> None:
    server = each_server
    await issue(server)
    body = {"comments": "Key lost", "revocation_reason": "keyCompromise", "skip_approval": True}
    await _put(server, f"/order/certificate/{ORDER}/revoke", json=body)
    info = await _info(server)
    assert (info["status"], info["certificate"]["status"]) == ("revoked", "revoked")
    changes = (await server.digicert("GET", f"{API}/order/certificate/status-changes?minutes=1")).json()
    assert changes["orders"][0]["status"] == "revoked"


@pytest.mark.parametrize("spelling", ["id", "lower", "upper", "padded"])
async def test_certificate_is_revoked_by_id_or_serial_number(server: Server, spelling: str) -> None:
    """acme2certifier and Venafi name the serial number, in their own spellings."""
    await issue(server)
    serial_number = (await _info(server))["certificate"]["serial_number"]
    spelled = {
        "id": str(CERTIFICATE),
        "lower": serial_number.lower(),
        "upper": serial_number,
        "padded": f"00{serial_number}",
    }
    await _put(server, f"/certificate/{spelled[spelling]}/revoke", json={"skip_approval": True})
    info = await _info(server)
    assert (info["status"], info["certificate"]["status"]) == ("issued", "revoked")
    again = await _put(server, f"/certificate/{spelled[spelling]}/revoke", status=400)
    assert again["errors"][0]["code"] == "order_is_revoked"


async def test_shorter_certificates_end_when_they_should(server: Server) -> None:
    await issue(server, order_validity={"days": 30})
    leaf = await _leaf(server)
    assert (leaf.not_valid_after_utc - server.clock.now()) <= timedelta(days=30)
    assert (await _info(server))["certificate"]["cert_validity"] == {"days": 30}


async def test_expired_order_is_not_renewed(server: Server) -> None:
    await issue(server)
    server.clock.advance(timedelta(days=240))
    await server.work()
    body = {
        "certificate": {"common_name": NAME},
        "order_validity": {"years": 1},
        "renewal_of_order_id": ORDER,
    }
    response = await server.digicert("POST", f"{API}/order/certificate/ssl_dv_rapidssl", json=body)
    assert response.json()["errors"][0]["code"] == "cannot_renew_expired_order"
