"""The whole program in one process, for tests: real store, CA and probes, with a clock that stands still.

``server`` runs on SQLite, ``each_server`` once on SQLite and once on PostgreSQL. Jobs run when a test says
``await server.work()``; names resolve through ``server.dns`` and files are fetched from ``server.web``.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from certwright.bootstrap import build_web, open_program
from certwright.cli.demo.challenge_servers import DNSServer, WebServer
from certwright.config import load_settings
from certwright.domain.account import KeyKind, Role
from certwright.domain.csr import CSRSubject, KeySpec, make_csr
from tests.support.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from certwright.bootstrap import Program
    from certwright.domain.account import Caller
    from certwright.services.accounts import NewAccount

BASE_URL = "http://certwright.test"

NO_LIMITS = {
    "CERTWRIGHT_WEBNIC_REQUESTS_PER_DAY": "0",
    "CERTWRIGHT_WEBNIC_REQUESTS_PER_MONTH": "0",
    "CERTWRIGHT_DIGICERT_REQUESTS_PER_5_SECONDS": "0",
    "CERTWRIGHT_DIGICERT_REQUESTS_PER_3_MINUTES": "0",
    "CERTWRIGHT_NATIVE_REQUESTS_PER_MINUTE": "0",
}
"""Tests ask faster than any client."""


@dataclass(kw_only=True)
class Server:
    """A program under test, its account, and another account that must never see the first one's data."""

    program: Program
    http: httpx2.AsyncClient
    clock: FrozenClock
    dns: DNSServer
    web: WebServer
    account: NewAccount
    other: NewAccount

    async def work(self) -> int:
        """Run the jobs that are due now."""
        return await self.program.worker.run_due()

    async def caller(self) -> Caller:
        """Return the account's administrator."""
        return await self.program.use.accounts.authenticate_key(self.account.digicert.secret)

    async def second_caller(self) -> Caller:
        """Return an approver of the account beside the administrator, made for this."""
        accounts = self.program.use.accounts
        account_id = self.account.account.id
        made = await accounts.create_key(account_id, KeyKind.DIGICERT, "second", Role.MANAGER)
        return await accounts.authenticate_key(made.secret)

    async def webnic(
        self, method: str, path: str, *, account: NewAccount | None = None, **request: Any
    ) -> httpx2.Response:
        """Send a request with a fresh bearer token."""
        key = (account or self.account).webnic
        token = await self.program.use.accounts.log_in(str(key.key.username), key.secret)
        headers = {"authorization": f"Bearer {token.secret.reveal()}", **request.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **request)

    async def digicert(
        self, method: str, path: str, *, account: NewAccount | None = None, **request: Any
    ) -> httpx2.Response:
        """Send a request with the account's API key."""
        secret = (account or self.account).digicert.secret
        headers = {"x-dc-devkey": secret.reveal(), **request.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **request)

    async def native(
        self, method: str, path: str, *, account: NewAccount | None = None, **request: Any
    ) -> httpx2.Response:
        """Send a request with the account's API key as the bearer."""
        secret = (account or self.account).digicert.secret
        headers = {"authorization": f"Bearer {secret.reveal()}", **request.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **request)

    async def prove(self, domain: str, value: str) -> None:
        """Publish a random value in DNS."""
        self.dns.publish(f"_dnsauth.{domain}", "TXT", f'"{value}"')


def csr_for(common_name: str, *names: str) -> str:
    """Make a P-256 CSR in PEM."""
    subject = CSRSubject(common_name=common_name)
    return make_csr(subject, (common_name, *names), KeySpec("P-256")).csr_pem


@asynccontextmanager
async def running_server(home: Path, **environment: str) -> AsyncIterator[Server]:
    """Open a program with its challenge servers and two accounts."""
    clock = FrozenClock()
    async with DNSServer() as dns, WebServer() as web:
        settings = load_settings(
            {
                "CERTWRIGHT_HOME": str(home),
                "CERTWRIGHT_BASE_URL": BASE_URL,
                "CERTWRIGHT_DCV_DNS_SERVERS": dns.address,
                "CERTWRIGHT_DCV_HTTP_PORT": str(web.port),
                "CERTWRIGHT_DCV_ALLOW_PRIVATE_ADDRESSES": "true",
                "CERTWRIGHT_DCV_FIRST_LOOK_SECONDS": "0",
                **NO_LIMITS,
                **environment,
            }
        )
        async with open_program(settings, clock=clock) as program:
            transport = httpx2.ASGITransport(build_web(program), raise_app_exceptions=False)
            async with httpx2.AsyncClient(transport=transport, base_url=BASE_URL) as http:
                yield Server(
                    program=program,
                    http=http,
                    clock=clock,
                    dns=dns,
                    web=web,
                    account=await program.use.accounts.create("First account"),
                    other=await program.use.accounts.create("Other account"),
                )


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server on SQLite."""
    async with running_server(tmp_path) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
async def each_server(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """A server on each database."""
    environment = {}
    if request.param == "postgresql":
        environment["CERTWRIGHT_DATABASE_URL"] = request.getfixturevalue("fresh_database_url")
    async with running_server(tmp_path, **environment) as running:
        yield running
