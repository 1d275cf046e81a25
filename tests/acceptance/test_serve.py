"""Starting and stopping the server."""

from __future__ import annotations

import json
import signal
import socket
import stat
import time

import httpx2
import pytest

from tests.support.installed import Installed, free_port

pytestmark = pytest.mark.acceptance


def test_server_makes_its_home_and_says_that_it_is_ready(each_installed: Installed) -> None:
    with each_installed.serving() as server, httpx2.Client(base_url=server.url) as http:
        assert http.get("/healthz").json() == {"status": "alive"}
        ready = http.get("/readyz").json()
        assert ready == {"status": "ready", "database": "ok", "ca": "ok", "worker": "ok"}
        assert "certwright_http_requests_total" in http.get("/metrics").text
    home = each_installed.home
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "ca.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_server_in_order(installed: Installed, number: signal.Signals) -> None:
    with installed.serving() as server:
        begun = time.monotonic()
        assert server.end(number) == 0
        assert time.monotonic() - begun < 10
        assert "Traceback" not in server.log_file.read_text()


def test_idle_connection_does_not_hold_the_end_up(installed: Installed) -> None:
    with installed.serving() as server, httpx2.Client(base_url=server.url) as http:
        http.get("/healthz")
        begun = time.monotonic()
        assert server.end() == 0
        assert time.monotonic() - begun < 10


def test_log_is_json_and_holds_no_secret(installed: Installed) -> None:
    made = installed.json("account", "create", "First account")
    with installed.serving() as server, httpx2.Client(base_url=server.url) as http:
        token = http.post("/reseller/v2/api-user/token", json=made["webnic"]).json()["data"]["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        assert http.post("/ssl/v2/orders/search", json={}, headers=bearer).status_code == 200
        key = {"X-DC-DEVKEY": made["digicert"]["api_key"], "X-Request-Id": "from-the-client"}
        assert http.get("/services/v2/user/me", headers=key).headers["x-request-id"] == "from-the-client"
    text = server.log_file.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    requests = [line for line in lines if line["event"] == "request" and line["path"] != "/readyz"]
    assert [(line["method"], line["path"], line["status"]) for line in requests] == [
        ("POST", "/reseller/v2/api-user/token", 200),
        ("POST", "/ssl/v2/orders/search", 200),
        ("GET", "/services/v2/user/me", 200),
    ]
    assert requests[-1]["request_id"] == "from-the-client"
    for secret in (token, made["webnic"]["password"], made["digicert"]["api_key"]):
        assert secret not in text


def test_websocket_is_answered_as_any_request(installed: Installed) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    with installed.serving() as server, httpx2.Client(base_url=server.url) as http:
        for path, status in (("/healthz", 200), ("/v1/changes", 401), ("/ssl/v2/nowhere", 404)):
            assert http.get(path, headers=upgrade).status_code == status


def test_level_of_the_log_is_heeded(installed: Installed) -> None:
    installed.settings["LOG_LEVEL"] = "warning"
    with installed.serving() as server:
        httpx2.get(f"{server.url}/healthz")
    assert server.log_file.read_text() == ""


def test_taken_port_is_told_in_a_line(installed: Installed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = installed.run("serve", "--port", str(other.getsockname()[1]))
    assert done.returncode == 1
    assert (done.stderr.count("\n"), done.stderr.startswith("certwright: ")) == (1, True)


def test_authorities_and_accounts_outlive_a_restart(each_installed: Installed) -> None:
    made = each_installed.json("account", "create", "First account")
    seen = []
    for _ in range(2):
        with each_installed.serving() as server, httpx2.Client(base_url=server.url) as http:
            key = {"X-DC-DEVKEY": made["digicert"]["api_key"]}
            assert http.get("/services/v2/user/me", headers=key).status_code == 200
            seen.append(http.get("/pki/1.crt").content)
    assert seen[0] == seen[1] != b""


def test_unreachable_database_is_told_in_a_line(installed: Installed) -> None:
    installed.settings["DATABASE_URL"] = "postgresql://user:secret@127.0.0.1:1/none"
    done = installed.run("serve")
    assert (done.returncode, done.stdout) == (1, "")
    assert (done.stderr.count("\n"), "secret" in done.stderr) == (1, False)


def test_second_server_on_a_sqlite_file_is_refused(installed: Installed) -> None:
    """Not so commands, and not the next server after one that was killed."""
    link = installed.home.parent / "link.db"
    link.symlink_to(installed.home / "certwright.db")
    with installed.serving() as server:
        for more in ({}, {"DATABASE_URL": f"sqlite:///{link}"}):
            other = Installed(home=installed.home, settings={**installed.settings, **more})
            done = other.run("serve", "--port", str(free_port()))
            assert (done.returncode, done.stdout) == (1, "")
            assert "SQLite takes one server process, PostgreSQL takes several" in done.stderr
            assert (done.stderr.count("\n"), str(installed.home) in done.stderr) == (1, True)
        installed.json("account", "create", "Made beside the server")
        server.end(signal.SIGKILL)
    with installed.serving() as server:
        assert httpx2.get(f"{server.url}/healthz").status_code == 200
