"""Every dialect tells a client that asks too often in their own form, with the seconds to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.server import running_server

if TYPE_CHECKING:
    from pathlib import Path


async def test_webnic_counts_the_requests_of_an_account(tmp_path: Path) -> None:
    async with running_server(tmp_path, CERTWRIGHT_WEBNIC_REQUESTS_PER_DAY="2") as server:
        for _ in range(2):
            assert (await server.webnic("GET", "/reseller/v2/balance")).status_code == 200
        refused = await server.webnic("POST", "/ssl/v2/orders/search", json={})
        assert refused.status_code == 429
        assert 86_000 < int(refused.headers["retry-after"]) <= 86_400
        assert refused.json() == {
            "code": "2400",
            "message": "System message",
            "error": {"subCode": "SSL2400", "message": "Too many requests: slow down"},
        }
        assert (await server.webnic("GET", "/reseller/v2/balance", account=server.other)).status_code == 200


async def test_digicert_counts_the_requests_of_a_key(tmp_path: Path) -> None:
    async with running_server(tmp_path, CERTWRIGHT_DIGICERT_REQUESTS_PER_3_MINUTES="1") as server:
        assert (await server.digicert("GET", "/services/v2/order/certificate")).status_code == 200
        refused = await server.digicert("GET", "/services/v2/order/certificate")
        assert refused.status_code == 429
        assert 170 < int(refused.headers["retry-after"]) <= 180
        assert refused.json()["errors"][0]["code"] == "request_limit_exceeded"
        other = await server.digicert("GET", "/services/v2/order/certificate", account=server.other)
        assert other.status_code == 200


async def test_native_counts_the_requests_of_a_key(tmp_path: Path) -> None:
    async with running_server(tmp_path, CERTWRIGHT_NATIVE_REQUESTS_PER_MINUTE="1") as server:
        assert (await server.native("GET", "/v1/orders/1/changes")).status_code == 404
        refused = await server.native("GET", "/v1/orders/1/changes")
        assert (refused.status_code, refused.json()["code"]) == (429, "limit_exceeded")
        assert 0 < int(refused.headers["retry-after"]) <= 60
        other = await server.native("GET", "/v1/orders/1/changes", account=server.other)
        assert other.status_code == 404
