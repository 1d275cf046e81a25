"""Clients of both vendors' APIs, as small as the demo needs: they know paths and envelopes, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from certwright.cli.demo.failure import DemoFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp

_CONTACT = {
    "company": "Demo Company",
    "firstName": "Domain",
    "lastName": "Demo",
    "address1": "1 Jalan Demo",
    "city": "Kuala Lumpur",
    "state": "Wilayah Persekutuan",
    "countryCode": "MY",
    "zip": "50000",
    "phoneNumber": "+60.312345678",
    "faxNumber": None,
    "email": "owner@demo.test",
}


class WebNIC:
    """Speaks WebNIC's SSL API v2. Each call raises ``DemoFailed`` with the vendor's message when it is refused."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url
        self._headers: dict[str, str] = {}

    async def log_in(self, username: str, password: str) -> None:
        """Get a bearer token and use it from now on."""
        body = {"username": username, "password": password}
        token = await self.call("POST", "/reseller/v2/api-user/token", body)
        self._headers["Authorization"] = f"Bearer {token['access_token']}"

    async def create_contact(self) -> str:
        """Make an administrative contact and return its id."""
        created = await self.call("POST", "/ssl/v2/contact/create", {"administrator": _CONTACT})
        return str(created[0]["contactId"])

    async def place_order(self, *, product: str, csr: str, names: Sequence[str], contact_id: str) -> Any:
        """Order a certificate for a year, to be proved by DNS."""
        body = {
            "productKey": product,
            "term": 1,
            "csr": csr,
            "administratorContactId": contact_id,
            "technicalContactId": contact_id,
            "authType": "dns",
            "sanfield": list(names[1:]),
        }
        return await self.call("POST", "/ssl/v2/orders/new", body)

    async def search(self, common_name: str) -> Any:
        """Search as the manual's own example does."""
        body = {
            "filters": [{"field": "commonName", "operator": "LIKE", "value": common_name}],
            "pagination": {"page": 1, "pageSize": 3},
        }
        return await self.call("POST", "/ssl/v2/orders/search", body)

    async def download(self, order_id: str) -> str:
        """Download the certificate with its chain as PEM."""
        path = f"/ssl/v2/orders/{order_id}/download/format/PEM"
        async with self._http.post(
            self._url + path, data={"bundle": "true"}, headers=self._headers
        ) as answer:
            text = await answer.text()
            if not answer.ok:
                raise DemoFailed(f"POST {path} answered {answer.status}: {text}")
            return text

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send JSON and return the ``data`` of the envelope."""
        async with self._http.request(method, self._url + path, json=body, headers=self._headers) as answer:
            envelope = await answer.json(content_type=None)
        if not answer.ok or envelope.get("code") != "1000":
            raise DemoFailed(f"{method} {path} answered {answer.status}: {envelope}")
        return envelope.get("data")


class DigiCert:
    """Speaks DigiCert's Services API v2. Each call raises ``DemoFailed`` with the answer when it is refused."""

    def __init__(self, http: aiohttp.ClientSession, url: str, api_key: str) -> None:
        self._http = http
        self._url = f"{url}/services/v2"
        self._headers = {"X-DC-DEVKEY": api_key, "Content-Type": "application/json"}

    async def list_changes(self, *, minutes: int) -> list[Any]:
        """List the orders that changed in the last minutes, highest order id first."""
        text = await self.get(f"/order/certificate/status-changes?minutes={minutes}")
        found: list[Any] = text.get("orders", [])
        return found

    async def get(self, path: str) -> Any:
        """Read JSON."""
        async with self._http.get(self._url + path, headers=self._headers) as answer:
            if not answer.ok:
                raise DemoFailed(f"GET {path} answered {answer.status}: {await answer.text()}")
            return await answer.json(content_type=None)

    async def download_chain(self, certificate_id: int) -> str:
        """Download leaf, intermediate and root as one PEM text."""
        path = f"/certificate/{certificate_id}/download/format/pem_all"
        async with self._http.get(self._url + path, headers=self._headers) as answer:
            text = await answer.text()
            if not answer.ok:
                raise DemoFailed(f"GET {path} answered {answer.status}: {text}")
            return text
