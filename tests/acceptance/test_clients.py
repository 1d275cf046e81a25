"""Other people's clients of DigiCert's API, from the package registry, against our server: only the base URL is ours.

``make setup`` puts them into an environment of their own (``requirements/clients.in``).
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certwright.cli.demo.challenge_servers import DNSServer
from tests.support.server import csr_for

if TYPE_CHECKING:
    from tests.support.installed import Installed, RunningServer

pytestmark = pytest.mark.acceptance

PYTHON = Path(__file__).parents[2] / ".venv/clients/bin/python"
PROGRAMS = Path(__file__).with_name("clients")
NAME = "shop.example.com"
ORGANIZATION = (
    *("--name", "Example Org"),
    *("--address", "1 Jalan Besar"),
    *("--city", "Petaling Jaya"),
    *("--state", "Selangor"),
    *("--postal-code", "46000"),
    *("--country", "MY"),
    *("--phone", "+60.312345678"),
)


async def _run(program: str, *arguments: str, **environment: str) -> Any:
    """Run a client and return what it printed."""
    assert PYTHON.exists(), "The clients are not installed: run make setup"
    process = await asyncio.create_subprocess_exec(
        PYTHON,
        PROGRAMS / program,
        *arguments,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(out.decode().splitlines()[-1])


class Account:
    """The account that the client orders for, through our own eyes."""

    def __init__(self, server: RunningServer, key: str, dns: DNSServer) -> None:
        self.base_url = f"{server.url}/services/v2"
        self.key = key
        self._dns = dns

    async def call(self, method: str, path: str, body: object = None) -> Any:
        async with httpx2.AsyncClient(timeout=30) as http:
            url, headers = self.base_url + path, {"X-DC-DEVKEY": self.key}
            answer = await http.request(method, url, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def prove_what_is_ordered(self) -> None:
        """Publish the value of the first order that is placed, as its applicant would."""
        for _ in range(600):
            orders = (await self.call("GET", "/order/certificate"))["orders"]
            if orders:
                break
            await asyncio.sleep(0.1)
        path = f"/order/certificate/{orders[0]['id']}"
        value = (await self.call("PUT", f"{path}/dcv-random-value"))["dcv_random_value"]
        self._dns.publish(f"_dnsauth.{NAME}", "TXT", f'"{value}"')
        assert (await self.call("PUT", f"{path}/check-dcv"))["order_status"] == "issued"


async def _serve(installed: Installed, dns: DNSServer) -> RunningServer:
    installed.settings["DCV_DNS_SERVERS"] = dns.address
    server = await asyncio.to_thread(installed.start)
    await asyncio.to_thread(server.wait_until_ready)
    return server


async def test_certmesh_from_order_to_revocation(each_installed: Installed) -> None:
    made = await asyncio.to_thread(each_installed.json, "account", "create", "Shop")
    async with DNSServer() as dns:
        server = await _serve(each_installed, dns)
        try:
            account = Account(server, made["digicert"]["api_key"], dns)
            told, _ = await asyncio.gather(
                _run(
                    "certmesh_life.py",
                    account.base_url,
                    NAME,
                    "ssl_dv_geotrust_flex",
                    CM_DIGICERT_API_KEY=account.key,
                ),
                account.prove_what_is_ordered(),
            )
        finally:
            await asyncio.to_thread(server.end)
    leaf = x509.load_pem_x509_certificate(told["certificate"].encode())
    assert int(told["found"], 16) == leaf.serial_number
    chain = x509.load_pem_x509_certificates(told["chain"].encode())
    assert leaf.issuer in {each.subject for each in chain}
    assert (told["listed"], told["duplicate"]) == (500001, 500002)
    assert (told["status"], told["revoked"], told["status_after"]) == ("issued", "revoked", "revoked")


async def test_acme2certifier_from_enrollment_to_revocation(each_installed: Installed) -> None:
    """The handler does not wait: names and organization have been checked before."""
    made = await asyncio.to_thread(each_installed.json, "account", "create", "Shop")
    options = ("organization", "create", "--account", str(made["account_id"]), *ORGANIZATION)
    organization = await asyncio.to_thread(each_installed.json, *options)
    approve = ("organization", "approve", str(organization["organization_id"]), "--level", "ov")
    assert (await asyncio.to_thread(each_installed.run, *approve)).returncode == 0
    files = each_installed.home.parent
    csr = x509.load_pem_x509_csr(csr_for(NAME).encode()).public_bytes(Encoding.DER)
    (files / "csr.txt").write_text(base64.b64encode(csr).decode())
    async with DNSServer() as dns:
        server = await _serve(each_installed, dns)
        try:
            account = Account(server, made["digicert"]["api_key"], dns)
            body = {
                "certificate": {"common_name": NAME, "csr": csr_for(NAME)},
                "order_validity": {"years": 1},
            }
            await account.call("POST", "/order/certificate/ssl_dv_rapidssl", body)
            await account.prove_what_is_ordered()
            (files / "acme_srv.cfg").write_text(
                f"[CAhandler]\napi_url: {account.base_url}/\napi_key: {account.key}\n"
                "organization_name: Example Org\ncert_type: ssl_basic\n"
            )
            told = await _run(
                "acme2certifier_life.py",
                str(files / "csr.txt"),
                ACME_SRV_CONFIGFILE=str(files / "acme_srv.cfg"),
            )
            info = await account.call("GET", f"/order/certificate/{told['order_id']}")
        finally:
            await asyncio.to_thread(server.end)
    assert (told["problem"], told["error"], told["revoked"]) == (None, None, 200)
    leaf = x509.load_der_x509_certificate(base64.b64decode(told["certificate"]))
    assert len(x509.load_pem_x509_certificates(told["bundle"].encode())) == 3
    assert int(info["certificate"]["serial_number"], 16) == leaf.serial_number
    assert info["certificate"]["status"] == "revoked"
