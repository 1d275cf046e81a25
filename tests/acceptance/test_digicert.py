"""The life of an OV order that two people approve, as clients of DigiCert's API see it, on both databases.

A poller looks at the status changes after each step, through windows that overlap, and must tell every step exactly
once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from cryptography import x509

from certwright.cli.demo.challenge_servers import DNSServer
from tests.support.server import csr_for

if TYPE_CHECKING:
    from tests.support.installed import Installed

pytestmark = pytest.mark.acceptance

NAME = "shop.example.com"
ADDED = "api.example.com"
ORGANIZATION = (
    *("--name", "Example Sdn. Bhd."),
    *("--address", "1 Jalan Besar"),
    *("--city", "Petaling Jaya"),
    *("--state", "Selangor"),
    *("--postal-code", "46000"),
    *("--country", "MY"),
    *("--phone", "+60.312345678"),
)


class User:
    """A client with a key of its own."""

    def __init__(self, http: httpx2.AsyncClient, key: str) -> None:
        self._http = http
        self._headers = {"X-DC-DEVKEY": key}

    async def call(self, method: str, path: str, body: object = None, *, status: int = 200) -> Any:
        answer = await self._http.request(method, f"/services/v2{path}", json=body, headers=self._headers)
        assert answer.status_code == status, answer.text
        if answer.headers.get("content-type") == "application/json":
            return answer.json()
        return answer.content

    async def approve(self, request_id: int) -> None:
        await self.call("PUT", f"/request/{request_id}/status", {"status": "approved"}, status=204)


class Poller:
    """Keeps what it was told of each order last, and writes down what is new."""

    def __init__(self, user: User) -> None:
        self._user = user
        self._last: dict[int, tuple[str, int]] = {}
        self.seen: list[tuple[str, int]] = []

    async def poll(self) -> None:
        changes = await self._user.call("GET", "/order/certificate/status-changes?minutes=5")
        for row in changes.get("orders", []):
            told = (row["status"], row["certificate_id"])
            if self._last.get(row["order_id"]) != told:
                self._last[row["order_id"]] = told
                self.seen.append(told)


class Story:
    """The order and the people who have to do with it."""

    def __init__(self, dns: DNSServer, clerk: User, approvers: tuple[User, User]) -> None:
        self._dns = dns
        self.clerk = clerk
        self.approvers = approvers
        self.poller = Poller(clerk)
        self.order_id = 0

    @property
    def path(self) -> str:
        return f"/order/certificate/{self.order_id}"

    async def place(self, organization_id: int) -> int:
        body = {
            "certificate": {"common_name": NAME, "csr": csr_for(NAME)},
            "organization": {"id": organization_id},
            "order_validity": {"days": 80},
            "dcv_method": "dns-txt-token",
        }
        placed = await self.clerk.call("POST", "/order/certificate/ssl_multi_domain", body, status=201)
        assert placed["requests"][0]["status"] == "submitted"
        self.order_id = placed["id"]
        await self.agree(placed)
        await self.prove(NAME, placed["domains"][0]["dcv_token"]["token"])
        return int(placed["certificate_id"])

    async def agree(self, asked: Any) -> None:
        """Have both approvers approve a request; the poller looks before each."""
        request_id = asked["requests"][0]["id"] if "requests" in asked else asked["id"]
        for approver in self.approvers:
            await self.poller.poll()
            await approver.approve(request_id)
        await self.poller.poll()

    async def prove(self, name: str, value: str) -> None:
        self._dns.publish(f"_dnsauth.{name}", "TXT", f'"{value}"')
        check = await self.clerk.call("PUT", f"{self.path}/check-dcv")
        assert check["order_status"] == "issued", check
        await self.poller.poll()

    async def reissue(self) -> int:
        body = {"certificate": {"common_name": NAME, "dns_names": [ADDED], "csr": csr_for(NAME)}}
        asked = await self.clerk.call("POST", f"{self.path}/reissue", body, status=201)
        await self.agree(asked)
        await self.prove(ADDED, asked["dcv_random_value"])
        return int(asked["certificate_id"])

    async def duplicate(self) -> int:
        asked = await self.clerk.call(
            "POST", f"{self.path}/duplicate", {"certificate": {"csr": csr_for(NAME)}}, status=201
        )
        await self.agree(asked)
        for _ in range(200):
            (listed,) = (await self.clerk.call("GET", f"{self.path}/duplicate"))["certificates"]
            if listed["status"] == "issued":
                return int(asked["certificate_id"])
            await asyncio.sleep(0.05)
        raise AssertionError(listed)

    async def revoke_one(self, certificate_id: int) -> None:
        body = {"revocation_reason": "superseded", "comments": "Replaced"}
        made = await self.clerk.call("PUT", f"/certificate/{certificate_id}/revoke", body, status=201)
        assert (made["type"], made["status"]) == ("revoke", "submitted")
        await self.agree(made)


async def test_ov_order_from_two_approvals_to_the_report(each_installed: Installed) -> None:
    async with DNSServer() as dns:
        each_installed.settings["DCV_DNS_SERVERS"] = dns.address
        keys, organization_id = await asyncio.to_thread(_prepare, each_installed)
        server = await asyncio.to_thread(each_installed.start)
        try:
            await asyncio.to_thread(server.wait_until_ready)
            async with httpx2.AsyncClient(base_url=server.url, timeout=30) as http:
                clerk, *approvers = (User(http, key) for key in keys)
                story = Story(dns, clerk, (approvers[0], approvers[1]))
                await _tell(story, organization_id)
        finally:
            await asyncio.to_thread(server.end)


def _prepare(installed: Installed) -> tuple[list[str], int]:
    """Make an account in which two people approve, and an organization that has been checked."""
    account = installed.json("account", "create", "Shop", "--approval", "two-step", "--no-self-approval")
    account_id = str(account["account_id"])
    keys = []
    for name, role in (("clerk", "standard"), ("first", "manager"), ("second", "manager")):
        options = ("--account", account_id, "--name", name, "--dialect", "digicert", "--role", role)
        keys.append(installed.json("key", "create", *options)["api_key"])
    made = installed.json("organization", "create", "--account", account_id, *ORGANIZATION)
    approved = installed.run("organization", "approve", str(made["organization_id"]), "--level", "ov")
    assert approved.returncode == 0, approved
    return keys, made["organization_id"]


async def _tell(story: Story, organization_id: int) -> None:
    original = await story.place(organization_id)
    reissue = await story.reissue()
    duplicate = await story.duplicate()
    await story.poller.poll()
    await story.revoke_one(original)
    assert story.poller.seen == [
        ("needs_approval", original),
        ("pending", original),
        ("issued", original),
        ("reissue_pending", original),
        ("issued", reissue),
    ]
    info = await story.clerk.call("GET", story.path)
    assert (info["status"], info["certificate"]["id"]) == ("issued", reissue)
    assert (info["reissues_count"], info["duplicates_count"]) == (1, 1)
    assert [(each["type"], each["status"]) for each in info["requests"]] == [
        (kind, "approved") for kind in ("new_request", "reissue", "duplicate", "revoke")
    ]
    assert await _statuses(story) == {original: "revoked", reissue: "issued", duplicate: "issued"}
    assert await _names(story, duplicate) == [NAME, ADDED]
    report = await story.clerk.call("GET", "/report/order/expiring")
    assert {row["days_expiring"]: row["order_count"] for row in report["expiring_orders"]} == {
        90: 1,
        60: 0,
        30: 0,
        -7: 0,
    }


async def _statuses(story: Story) -> dict[int, str]:
    found = {}
    for kind in ("reissue", "duplicate"):
        for each in (await story.clerk.call("GET", f"{story.path}/{kind}"))["certificates"]:
            found[each["id"]] = each["status"]
    original = min(found) - 1
    found[original] = (await story.clerk.call("GET", f"/certificate/{original}"))["status"]
    return found


async def _names(story: Story, certificate_id: int) -> list[str]:
    pem = await story.clerk.call("GET", f"/certificate/{certificate_id}/download/format/pem")
    leaf = x509.load_pem_x509_certificate(pem)
    san = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return san.value.get_values_for_type(x509.DNSName)
