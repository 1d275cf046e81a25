"""The life of orders over HTTP alone, on both databases: placed in one dialect, seen in the other."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from cryptography import x509

from certwright.cli.demo.challenge_servers import DNSServer, WebServer
from tests.support.server import csr_for

if TYPE_CHECKING:
    from tests.support.installed import Installed

pytestmark = pytest.mark.acceptance

PERSON = {
    "company": "Example",
    "firstName": "Domain",
    "lastName": "Example",
    "address1": "1 Jalan",
    "city": "Kuala Lumpur",
    "state": "KL",
    "countryCode": "MY",
    "zip": "50000",
    "phoneNumber": "+60.312345678",
    "email": "owner@shop.test",
}
ORDERS = "/services/v2/order/certificate"


class Client:
    """Both vendors' clients of one account."""

    def __init__(self, http: httpx2.AsyncClient, credentials: dict[str, Any]) -> None:
        self._http = http
        self._credentials = credentials
        self._token = ""

    async def webnic(self, method: str, path: str, body: Any = None) -> Any:
        if not self._token:
            login = await self._http.post("/reseller/v2/api-user/token", json=self._credentials["webnic"])
            self._token = login.json()["data"]["access_token"]
        answer = await self._http.request(
            method, path, json=body, headers={"Authorization": f"Bearer {self._token}"}
        )
        assert answer.status_code == 200, answer.text
        is_json = answer.headers["content-type"].startswith("application/json")
        return answer.json().get("data") if is_json else answer.text

    async def digicert(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-DC-DEVKEY": self._credentials["digicert"]["api_key"]}
        answer = await self._http.request(method, path, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        is_json = answer.headers["content-type"] == "application/json" if answer.content else False
        return answer.json() if is_json else answer.text

    async def search(self, name: str) -> Any:
        filters = [{"field": "commonName", "operator": "LIKE", "value": name}]
        body = {"filters": filters, "pagination": {"page": 1, "pageSize": 3}}
        return (await self.webnic("POST", "/ssl/v2/orders/search", body))["items"]


async def test_orders_of_both_dialects_are_one_book(each_installed: Installed) -> None:
    async with DNSServer() as dns, WebServer() as web:
        each_installed.settings |= {
            "DCV_DNS_SERVERS": dns.address,
            "DCV_HTTP_PORT": str(web.port),
            "DCV_ALLOW_PRIVATE_ADDRESSES": "true",
        }
        credentials = await asyncio.to_thread(each_installed.json, "account", "create", "First account")
        server = await asyncio.to_thread(each_installed.start)
        try:
            await asyncio.to_thread(server.wait_until_ready)
            async with httpx2.AsyncClient(base_url=server.url, timeout=30) as http:
                client = Client(http, credentials)
                await _order_at_webnic(client, dns)
                await _order_at_digicert(client, dns, web)
                await _reuse_a_proof(client)
                await _cancel(client)
                await _revoke(client)
        finally:
            assert await asyncio.to_thread(server.end) == 0


async def _order_at_webnic(client: Client, dns: DNSServer) -> None:
    contacts = await client.webnic("POST", "/ssl/v2/contact/create", {"administrator": PERSON})
    placed = await client.webnic(
        "POST",
        "/ssl/v2/orders/new",
        {
            "productKey": "positivessl",
            "term": 1,
            "csr": csr_for("shop.test"),
            "administratorContactId": contacts[0]["contactId"],
            "authType": "dns",
        },
    )
    (found,) = await client.search("shop.test")
    assert (found["orderId"], found["orderStatus"], found["certStatus"]) == (
        placed["orderId"],
        "pending",
        "initial",
    )
    auth = placed["commonName"]
    dns.publish(auth["host"], "TXT", f'"{auth["value"]}"')
    status = await client.webnic("GET", f"/ssl/v2/orders/{placed['orderId']}/dcv-status")
    assert (status["orderStatus"], status["certStatus"]) == ("completed", "active")
    (change,) = (await client.digicert("GET", f"{ORDERS}/status-changes?minutes=10"))["orders"]
    assert change["status"] == "issued"
    info = await client.digicert("GET", f"{ORDERS}/{change['order_id']}")
    assert info["certificate"]["common_name"] == "shop.test"
    from_webnic = await client.webnic("POST", f"/ssl/v2/orders/{placed['orderId']}/download/format/PEM")
    path = f"/services/v2/certificate/{change['certificate_id']}/download/format/pem_all"
    from_digicert = await client.digicert("GET", path)
    assert _serial_numbers(from_webnic) == _serial_numbers(from_digicert)[:1]


async def _order_at_digicert(client: Client, dns: DNSServer, web: WebServer) -> None:
    names = ["mail.example-two.test", "www.example-two.test"]
    placed = await client.digicert(
        "POST",
        f"{ORDERS}/ssl_dv_geotrust_flex",
        {
            "certificate": {"common_name": names[0], "dns_names": names, "csr": csr_for(*names)},
            "order_validity": {"years": 1},
            "dcv_method": "http-token",
        },
    )
    for name in names:
        dns.publish(name, "A", web.host)
        web.publish(name, "/.well-known/pki-validation/fileauth.txt", placed["dcv_random_value"])
    await client.digicert("PUT", f"{ORDERS}/{placed['id']}/check-dcv")
    info = await client.digicert("GET", f"{ORDERS}/{placed['id']}")
    assert (info["status"], sorted(info["certificate"]["dns_names"])) == ("issued", names)
    (found,) = await client.search("mail.example-two.test")
    assert (int(found["orderId"]) - 2_000_000_000, found["orderStatus"]) == (placed["id"], "completed")
    seen = await client.webnic("GET", f"/ssl/v2/orders/info?orderId={found['orderId']}")
    assert (seen["sanfield"], seen["authType"]) == ([names[1]], "file")
    chain = await client.digicert("GET", f"/services/v2/certificate/{placed['certificate_id']}/chain")
    assert len(chain["intermediates"]) == 3


async def _reuse_a_proof(client: Client) -> None:
    """A name below one that was proved by DNS needs no proof; the answer brings the certificate."""
    name = "www.shop.test"
    body = {
        "certificate": {"common_name": name, "csr": csr_for(name)},
        "order_validity": {"years": 1},
        "dcv_method": "dns-txt-token",
    }
    placed = await client.digicert("POST", f"{ORDERS}/ssl_dv_geotrust", body)
    assert len(placed["certificate_chain"]) == 3


async def _cancel(client: Client) -> None:
    name = "unproved.test"
    body = {
        "certificate": {"common_name": name, "csr": csr_for(name)},
        "order_validity": {"years": 1},
        "dcv_method": "dns-txt-token",
    }
    placed = await client.digicert("POST", f"{ORDERS}/ssl_dv_geotrust", body)
    await client.webnic("POST", f"/ssl/v2/orders/{2_000_000_000 + placed['id']}/cancel")
    info = await client.digicert("GET", f"{ORDERS}/{placed['id']}")
    assert info["status"] == "canceled"
    changes = (await client.digicert("GET", f"{ORDERS}/status-changes?minutes=10"))["orders"]
    assert [change["order_id"] for change in changes] == sorted(
        (change["order_id"] for change in changes), reverse=True
    )
    assert (changes[0]["order_id"], changes[0]["status"]) == (placed["id"], "canceled")


async def _revoke(client: Client) -> None:
    (found,) = [item for item in await client.search("shop.test") if item["commonName"] == "shop.test"]
    order_id = int(found["orderId"]) - 2_000_000_000
    await client.digicert("PUT", f"{ORDERS}/{order_id}/revoke", {"comments": "The shop has closed"})
    (found,) = [item for item in await client.search("shop.test") if item["commonName"] == "shop.test"]
    assert (found["orderStatus"], found["certStatus"]) == ("revoked", "revoked")


def _serial_numbers(pem: str) -> list[int]:
    blocks = re.findall(
        r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", pem.replace("\r", ""), re.DOTALL
    )
    return [x509.load_pem_x509_certificate(block.encode()).serial_number for block in blocks]
