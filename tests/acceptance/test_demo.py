"""The demo, as a newcomer runs it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.support.installed import SCRIPT, free_port

if TYPE_CHECKING:
    from tests.support.installed import Installed

pytestmark = pytest.mark.acceptance

WAIT_SECONDS = 120


def test_demo_ends_well_twice_and_leaves_nothing_behind(installed: Installed, tmp_path: Path) -> None:
    installed.settings["DATABASE_URL"] = "mysql://not.for/the-demo"  # somebody's real settings do not matter
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    serials = set()
    for _ in range(2):
        done = subprocess.run(
            [str(SCRIPT), "demo"],
            env=installed.environment | {"TMPDIR": str(scratch)},
            capture_output=True,
            text=True,
            check=False,
            timeout=WAIT_SECONDS,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert re.findall(r"^✓ +(\d+)/14 ", done.stdout, re.MULTILINE) == [str(n) for n in range(1, 15)]
        assert "leaf.pem: OK" in done.stdout
        serials.update(re.findall(r"serial number\W+([0-9A-F]{16,})", done.stdout))
        assert list(scratch.iterdir()) == []
    assert len(serials) == 2


def test_missing_openssl_is_told_in_a_line(installed: Installed, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "certwright", "demo"],
        env=installed.environment | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_SECONDS,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "apt-get install openssl" in done.stderr


def test_interrupted_demo_takes_its_server_along(installed: Installed, tmp_path: Path) -> None:
    with subprocess.Popen(
        [str(SCRIPT), "demo"],
        env=installed.environment | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        url = _read_until(demo, r"certwright serve at (http://\S+),")
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(WAIT_SECONDS) == 130
    with pytest.raises(httpx2.TransportError):
        httpx2.get(f"{url}/healthz")
    assert list(tmp_path.glob("certwright-demo-*")) == []


def test_readme_leads_to_a_certificate_and_credentials_are_renewed(tmp_path: Path) -> None:
    """Starts the server as the README says, pastes its lines into a shell, and starts it once more."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (walk,) = re.findall(r"^```sh\n(# A certificate.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    home, port = tmp_path / "home", free_port()
    exports = []
    for _ in range(2):
        with _kept_demo(home, port) as demo:
            exports.append(_read_until(demo, r"((?:export \w+=\S+\n)+)\n"))
            if len(exports) == 1:
                script = f"set -euo pipefail\n{exports[0]}{walk}"
                done = _run_shell(script, tmp_path)
                assert done.returncode == 0, done.stdout + done.stderr
                assert "shop.pem: OK" in done.stdout
            else:
                assert _log_in(exports[0]) != 200
                assert _log_in(exports[1]) == 200
            demo.send_signal(signal.SIGINT)
            assert demo.wait(WAIT_SECONDS) == 0


def test_kept_demo_tells_that_its_port_is_taken(tmp_path: Path) -> None:
    port = free_port()
    with httpx2.Client(), _kept_demo(tmp_path / "one", port) as first:
        _read_until(first, r"certwright serve at (http://\S+),")
        second = subprocess.run(
            [str(SCRIPT), "demo", "--keep", "--home", str(tmp_path / "two"), "--port", str(port)],
            capture_output=True,
            text=True,
            check=False,
            timeout=WAIT_SECONDS,
        )
        first.send_signal(signal.SIGTERM)
    assert second.returncode == 1
    assert "--port" in second.stderr


def _kept_demo(home: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(SCRIPT), "demo", "--keep", "--home", str(home), "--port", str(port)],
        env=os.environ | {"PYTHONUNBUFFERED": "1", "TMPDIR": tempfile.gettempdir()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _read_until(process: subprocess.Popen[str], pattern: str) -> str:
    assert process.stdout is not None
    read = ""
    give_up_at = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < give_up_at:
        line = process.stdout.readline()
        read += line
        found = re.search(pattern, read)
        if found:
            return found[1]
        if not line:
            break
    process.kill()
    raise AssertionError(read)


def _run_shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_SECONDS,
    )


def _log_in(exports: str) -> int:
    named = dict(re.findall(r"export (\w+)=(\S+)", exports))
    body = {"username": named["WEBNIC_USERNAME"], "password": named["WEBNIC_PASSWORD"]}
    url = f"{named['CERTWRIGHT_URL']}/reseller/v2/api-user/token"
    return httpx2.post(url, json=body).status_code
