"""A customer who orders from running servers over HTTP and publishes each proof in DNS."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2

from tests.support.server import csr_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certwright.cli.demo.challenge_servers import DNSServer

PRODUCT = "positivessl"
SETTLE_SECONDS = 60
_RETRY_SECONDS = 0.05


@dataclass(kw_only=True)
class Customer:
    """Asks the servers in turn; an answer that says that a server is at fault fails the test."""

    http: httpx2.AsyncClient
    urls: Sequence[str]
    dns: DNSServer
    login: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)
    contact_id: str = ""
    accepted: dict[str, str] = field(default_factory=dict)
    """The order id of each name whose order was answered."""

    def __post_init__(self) -> None:
        self._turns: Iterator[str] = itertools.cycle(self.urls)

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request to the next server and return the data of a good answer."""
        url = next(self._turns) + path
        answer = await self.http.request(method, url, json=body, headers={**self.headers, **headers})
        assert answer.status_code < 500, answer.text
        envelope = answer.json()
        assert envelope["code"] == "1000", envelope
        return envelope.get("data")

    async def log_in(self) -> None:
        """Get a token and a contact."""
        token = await self.call("POST", "/reseller/v2/api-user/token", self.login)
        self.headers = {"Authorization": f"Bearer {token['access_token']}"}
        person = {
            "company": "Example",
            "firstName": "Domain",
            "lastName": "Example",
            "address1": "1 Jalan",
            "city": "Kuala Lumpur",
            "state": "KL",
            "countryCode": "MY",
            "zip": "50000",
            "phoneNumber": "+60.312345678",
            "email": "owner@example.test",
        }
        created = await self.call("POST", "/ssl/v2/contact/create", {"administrator": person})
        self.contact_id = created[0]["contactId"]

    async def place(self, name: str, *, publish: bool = True) -> None:
        """Order a certificate and publish its proof unless told not to.

        Raises:
            TransportError: the server died meanwhile; whether it has the order is not known.
        """
        await self._send_order(name, self._order_for(name), publish=publish)

    async def place_surely(self, name: str) -> None:
        """Send one and the same order, under a key of its own, again and again until a server answers."""
        body = self._order_for(name)
        while name not in self.accepted:
            try:
                await self._send_order(name, body, key=f"key of {name}")
            except httpx2.TransportError:
                await asyncio.sleep(_RETRY_SECONDS)

    async def publish_what_was_never_answered(self) -> None:
        """Serve the orders that were stored just before a server died, too: they must not be lost either."""
        found = await self.call(
            "POST", "/ssl/v2/orders/search", {"pagination": {"page": 1, "pageSize": 1000}}
        )
        assert found["totalPages"] == 1
        known = set(self.accepted.values())
        assert known <= {item["orderId"] for item in found["items"]}
        for item in found["items"]:
            if item["orderId"] not in known:
                auth = await self.call("GET", f"/ssl/v2/orders/{item['orderId']}/auth/info")
                self._publish(auth["commonName"])

    async def wait_until_all_are_issued(self) -> None:
        """Wait until no order is without a certificate."""
        for _ in range(SETTLE_SECONDS * 5):
            filters = [{"field": "certStatus", "operator": "EQUAL", "value": "INITIAL"}]
            left = await self.call("POST", "/ssl/v2/orders/search", {"filters": filters})
            if left["totalItems"] == 0:
                return
            await asyncio.sleep(0.2)
        raise AssertionError(f"Not issued: {left}")

    def _order_for(self, name: str) -> dict[str, Any]:
        return {
            "productKey": PRODUCT,
            "term": 1,
            "csr": csr_for(name),
            "administratorContactId": self.contact_id,
            "authType": "dns",
        }

    async def _send_order(
        self, name: str, body: dict[str, Any], *, key: str = "", publish: bool = True
    ) -> None:
        headers = {"Idempotency-Key": key} if key else {}
        placed = await self.call("POST", "/ssl/v2/orders/new", body, **headers)
        self.accepted[name] = placed["orderId"]
        if publish:
            self._publish(placed["commonName"])

    def _publish(self, auth: dict[str, str]) -> None:
        """Add the value to those that earlier orders of the name published; a proved name wants none."""
        if "value" in auth:
            values = self.dns.values(auth["host"], "TXT")
            self.dns.publish(auth["host"], "TXT", *values, f'"{auth["value"]}"')
