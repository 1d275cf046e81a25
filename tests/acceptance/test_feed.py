"""The change feed of the installed program: several processes on one database, and an end that waits for no follower."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.support.server import csr_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.installed import Installed, RunningServer

pytestmark = pytest.mark.acceptance


def client(server: RunningServer, key: str) -> httpx2.Client:
    return httpx2.Client(base_url=server.url, timeout=60, headers={"Authorization": f"Bearer {key}"})


def events(response: httpx2.Response) -> Iterator[Any]:
    """Give the data of each event until the server ends the stream."""
    for line in response.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def place(server: RunningServer, key: str, name: str) -> int:
    body = {
        "certificate": {"common_name": name, "csr": csr_for(name)},
        "order_validity": {"years": 1},
        "dcv_method": "email",
    }
    path = f"{server.url}/services/v2/order/certificate/ssl_dv_geotrust"
    order_id: int = httpx2.post(path, json=body, headers={"X-DC-DEVKEY": key}).json()["id"]
    return order_id


def test_what_one_process_commits_another_one_tells(installed: Installed, fresh_database_url: str) -> None:
    installed.settings["DATABASE_URL"] = fresh_database_url
    key = installed.json("account", "create", "First account")["digicert"]["api_key"]
    with (
        installed.serving() as first,
        installed.serving() as second,
        client(first, key) as http,
        http.stream("GET", "/v1/changes", headers={"Accept": "text/event-stream"}) as stream,
    ):
        told = events(stream)
        for server in (second, first, second):
            order_id = place(server, key, "shop.example.com")
            change = next(told)
            assert (change["order_id"], change["action"]) == (order_id, "place")
            waited = http.get(f"/v1/changes?after={change['sequence'] - 1}&wait=60").json()
            assert waited["changes"] == [change]


def test_end_of_the_server_waits_for_no_follower(each_installed: Installed) -> None:
    """Streams end as whole answers; uvicorn would say so if it had had to wait for its time to be up."""
    each_installed.settings |= {"NATIVE_FOLLOWERS_PER_ACCOUNT": "2", "NATIVE_REQUESTS_PER_MINUTE": "0"}
    key = each_installed.json("account", "create", "First account")["digicert"]["api_key"]
    answers: list[Any] = []

    def wait() -> None:
        with client(server, key) as http:
            while (answer := http.get("/v1/changes?after=1&wait=60")).status_code == 429:
                time.sleep(0.01)
            answers.append(answer.json())

    with each_installed.serving() as server, client(server, key) as http:
        place(server, key, "shop.example.com")
        with http.stream("GET", "/v1/changes", headers={"Accept": "text/event-stream"}) as stream:
            told = events(stream)
            assert next(told)["sequence"] == 1
            waiting = threading.Thread(target=wait)
            waiting.start()
            # The second place is taken as soon as nobody else gets one.
            while http.get("/v1/changes?after=1&wait=1").status_code != 429:
                time.sleep(0.01)
            assert server.end() == 0
            assert list(told) == []
        waiting.join()
    assert answers == [{"changes": [], "cursor": 1, "has_more": False}]
    assert "timeout graceful shutdown exceeded" not in server.log_file.read_text()
    assert "Traceback" not in server.log_file.read_text()
