"""Servers under measurement: a child process each, on loopback, gone when the block ends."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from bench.accounts import make_holder
from certwright.bootstrap import open_program
from certwright.config import load_settings
from tests.support.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from bench.accounts import Holder
    from certwright.config import Settings

_START_SECONDS = 30
_STOP_SECONDS = 20
_LOG_TAIL = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A home with its database: what a server is started on, and what a program in this process opens as well."""

    engine: str
    environment: Mapping[str, str]

    @property
    def settings(self) -> Settings:
        """The settings of the site."""
        return load_settings(self.environment)

    def with_settings(self, settings: Mapping[str, str]) -> Site:
        """Return the same site under other settings."""
        return replace(self, environment={**self.environment, **settings})


@contextmanager
def new_site(engine: str, postgres_url: str | None, **environment: str) -> Iterator[Site]:
    """Make an empty home and, on PostgreSQL, an empty database; both are gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="certwright-bench-") as home:
        own = {
            "CERTWRIGHT_HOME": home,
            "CERTWRIGHT_DIGICERT_STATUS_CHANGE_ZONE": "UTC",
            "CERTWRIGHT_DCV_ALLOW_PRIVATE_ADDRESSES": "true",
            "CERTWRIGHT_WEBNIC_REQUESTS_PER_DAY": "0",
            "CERTWRIGHT_WEBNIC_REQUESTS_PER_MONTH": "0",
            "CERTWRIGHT_DIGICERT_REQUESTS_PER_5_SECONDS": "0",
            "CERTWRIGHT_DIGICERT_REQUESTS_PER_3_MINUTES": "0",
            **environment,
        }
        if postgres_url is None:
            yield Site(engine=engine, environment=own)
            return
        with fresh_database(postgres_url) as url:
            yield Site(engine=engine, environment={**own, "CERTWRIGHT_DATABASE_URL": url})


async def prepare(site: Site, *names: str) -> list[Holder]:
    """Make the site's tables, its CA and some accounts."""
    async with open_program(site.settings) as program:
        return [await make_holder(program, name) for name in names]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Asks one server, and takes nothing but a good answer."""

    session: aiohttp.ClientSession
    port: int
    process_id: int

    @property
    def base_url(self) -> str:
        """Where the server listens."""
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """Return the processor time that the server and its own processes have used so far; busy neighbors hardly change it."""
        tasks = [
            task
            for process_id in (self.process_id, *descendants(self.process_id))
            for task in Path(f"/proc/{process_id}/task").glob("*/schedstat")
        ]
        return sum(int(task.read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9

    async def post(self, path: str, body: object, *, token: str = "") -> Any:
        """Post JSON and return the decoded answer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.session.post(self.base_url + path, json=body, headers=headers) as answer:
            assert answer.status == 200, f"{path}: {answer.status} {await answer.text()}"
            return await answer.json(content_type=None)

    async def get(self, path: str, *, key: str = "", token: str = "") -> Any:
        """Get a DigiCert (key) or WebNIC (token) resource and return the decoded answer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {"X-DC-DEVKEY": key}
        async with self.session.get(self.base_url + path, headers=headers) as answer:
            assert answer.status == 200, f"{path}: {answer.status} {await answer.text()}"
            return await answer.json(content_type=None)

    async def log_in(self, holder: Holder) -> str:
        """Return a bearer token of the account."""
        webnic = holder.account.webnic
        credentials = {"username": webnic.key.username, "password": webnic.secret.reveal()}
        answer = await self.post("/reseller/v2/api-user/token", credentials)
        return str(answer["data"]["access_token"])


@asynccontextmanager
async def serving(site: Site, *module: str) -> AsyncIterator[Client]:
    """Run ``certwright serve`` on a site; ``module`` names another that stands in front of the program, with its arguments."""
    port = _free_port()
    command = [sys.executable, "-m", *(module or ("certwright",)), "serve", "--port", str(port)]
    log = Path(site.environment["CERTWRIGHT_HOME"]) / "log"
    async with _running(command, port, "/readyz", dict(site.environment), log) as client:
        yield client


@asynccontextmanager
async def serving_hello() -> AsyncIterator[Client]:
    """Run the hello-world server."""
    port = _free_port()
    command = [sys.executable, "-m", "bench.hello", str(port)]
    with tempfile.TemporaryDirectory(prefix="certwright-bench-") as folder:
        async with _running(command, port, "/", {}, Path(folder) / "log") as client:
            yield client


@asynccontextmanager
async def _running(
    command: list[str], port: int, ready_path: str, environment: dict[str, str], log: Path
) -> AsyncIterator[Client]:
    timeout = aiohttp.ClientTimeout(total=120)
    connector = aiohttp.TCPConnector(limit=0)
    with _child(command, environment, log) as process:
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            client = Client(session=session, port=port, process_id=process.pid)
            if not await _becomes_ready(client, ready_path, process):
                raise RuntimeError(f"{' '.join(command)} did not start:\n{_tail(log)}")
            yield client


@contextmanager
def _child(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("CERTWRIGHT_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**inherited, **environment}, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def _becomes_ready(client: Client, path: str, process: subprocess.Popen[bytes]) -> bool:
    give_up_at = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < give_up_at:
        with suppress(aiohttp.ClientConnectionError):
            async with client.session.get(client.base_url + path) as answer:
                if answer.status == 200:
                    return True
        await asyncio.sleep(0.05)
    return False


def descendants(process_id: int) -> Iterator[int]:
    """Give the processes that a process has started, and those that they have."""
    for task in Path(f"/proc/{process_id}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text(encoding="ascii").split()):
                yield child
                yield from descendants(child)


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
