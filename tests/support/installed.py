"""The installed program as a process of its own, with a home of its own.

Commands run to their end; a server runs for the length of a block and is ended by its own process id. Nothing of the
surroundings' settings reaches either.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCRIPT = Path(sys.executable).with_name("certwright")
"""The program as the set-up installs it."""

_READY_SECONDS = 60
_END_SECONDS = 30


@dataclass(kw_only=True)
class RunningServer:
    """A server process and where it listens."""

    url: str
    process: subprocess.Popen[bytes]
    log_file: Path

    def wait_until_ready(self) -> None:
        """Wait for /readyz; a server that ends instead fails the test with its log."""
        give_up_at = time.monotonic() + _READY_SECONDS
        while self.process.poll() is None and time.monotonic() < give_up_at:
            try:
                if httpx2.get(f"{self.url}/readyz").status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"The server did not become ready:\n{self.log_file.read_text()}")

    def figure(self, name: str, **labels: str) -> float:
        """Return a figure of /metrics, 0 if it is not told, of all that have these labels the sum."""
        text = httpx2.get(f"{self.url}/metrics", timeout=_READY_SECONDS).text
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the process by a signal and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


@dataclass(kw_only=True)
class Installed:
    """The installed program with a home; ``settings`` are further variables without their prefix."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What the processes get to see."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("CERTWRIGHT_")}
        ours = {"HOME": str(self.home), "DCV_FIRST_LOOK_SECONDS": "0", **self.settings}
        return plain | {f"CERTWRIGHT_{name}": value for name, value in ours.items()}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [str(SCRIPT), *arguments],
            env=self.environment,
            cwd=self.home.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def json(self, *arguments: str) -> Any:
        """Run a command that must succeed and print JSON."""
        done = self.run(*arguments, "--json")
        assert (done.returncode, done.stderr) == (0, ""), done
        return json.loads(done.stdout)

    def start(self, port: int | None = None, *, workers: int = 1) -> RunningServer:
        """Start a server, which may not be ready yet."""
        port = port or free_port()
        self.settings.setdefault("BASE_URL", f"http://127.0.0.1:{port}")
        log_file = self.home.parent / f"{self.home.name}.log"
        with log_file.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "certwright", "serve", "--port", str(port), "--workers", str(workers)],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return RunningServer(url=f"http://127.0.0.1:{port}", process=process, log_file=log_file)

    @contextmanager
    def serving(self, *, workers: int = 1) -> Iterator[RunningServer]:
        """Run a server that is ready for the length of the block."""
        server = self.start(workers=workers)
        try:
            server.wait_until_ready()
            yield server
        finally:
            server.end()


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for what another process does, and fail if it does not."""
    give_up_at = time.monotonic() + _READY_SECONDS
    while not happened():
        assert time.monotonic() < give_up_at, "It did not happen"
        time.sleep(0.05)


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    """The program with an empty home, on SQLite."""
    return Installed(home=tmp_path / "home")


@pytest.fixture(params=["sqlite", "postgresql"])
def each_installed(installed: Installed, request: pytest.FixtureRequest) -> Installed:
    """The program on each database."""
    if request.param == "postgresql":
        installed.settings["DATABASE_URL"] = request.getfixturevalue("fresh_database_url")
    return installed
