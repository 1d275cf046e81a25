"""The server of the demo: ``certwright serve`` as a child process, and other commands against the same home."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from certwright.cli.demo.failure import DemoFailed

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

_HOST = "127.0.0.1"
_PREFIX = "CERTWRIGHT_"
_READY_SECONDS = 60.0
_POLL_SECONDS = 0.05
_STOP_SECONDS = 15.0
_LOG_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoServer:
    """A running server; ``run`` calls the command line as its operator would."""

    url: str
    home: Path
    environment: dict[str, str]
    process: Process
    log_file: Path

    async def run(self, *arguments: str) -> Any:
        """Run a command and return what it printed, read as JSON if ``--json`` was asked for.

        Raises:
            DemoFailed: the command did.
        """
        command = await asyncio.create_subprocess_exec(
            *_program(*arguments),
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await command.communicate()
        if command.returncode != 0:
            raise DemoFailed(f"certwright {' '.join(arguments)}: {errors.decode().strip()}")
        return json.loads(output) if "--json" in arguments else output.decode()

    def log_tail(self) -> str:
        """Return the last lines of the server's log."""
        with suppress(OSError):
            return "\n".join(
                self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
            )
        return ""

    async def wait_until_ready(self) -> None:
        """Wait for ``/readyz``.

        Raises:
            DemoFailed: the server ended, or is not ready in time.
        """
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + _READY_SECONDS
        async with aiohttp.ClientSession() as session:
            while self.process.returncode is None and loop.time() < give_up_at:
                with suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.ok:
                            return
                await asyncio.sleep(_POLL_SECONDS)
        raise DemoFailed("the server did not start", log=self.log_tail())

    async def stop(self) -> None:
        """End the process: politely, then at once."""
        if self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


@asynccontextmanager
async def running_server(
    home: Path, *, port: int, dns_server: str, http_port: int
) -> AsyncIterator[DemoServer]:
    """Run a server that looks for proofs at a name server and a web port on loopback.

    Settings of the surroundings do not reach it: a demo must not touch anybody's real order book.

    Raises:
        DemoFailed: it did not start.
    """
    url = f"http://{_HOST}:{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIX)}
    environment |= {
        "CERTWRIGHT_HOME": str(home),
        "CERTWRIGHT_BASE_URL": url,
        "CERTWRIGHT_DCV_DNS_SERVERS": dns_server,
        "CERTWRIGHT_DCV_HTTP_PORT": str(http_port),
        "CERTWRIGHT_DCV_ALLOW_PRIVATE_ADDRESSES": "true",
        "CERTWRIGHT_DCV_FIRST_LOOK_SECONDS": "0",
    }
    log_file = home / "server.log"
    with log_file.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *_program("serve", "--host", _HOST, "--port", str(port)),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches the demo first, which then ends the server in order
        )
    server = DemoServer(url=url, home=home, environment=environment, process=process, log_file=log_file)
    try:
        await server.wait_until_ready()
        yield server
    finally:
        await server.stop()


def choose_port(wanted: int | None) -> int:
    """Return the wanted port of loopback, or any free one.

    Raises:
        DemoFailed: the wanted one is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, wanted or 0))
        except OSError as cause:
            raise DemoFailed(f"port {wanted} is taken; name another with --port") from cause
        port: int = probe.getsockname()[1]
        return port


def _program(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "certwright", *arguments]
