"""Several workers and a search process behind one address: exact whoever dies, and gone when they are told to go."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from certwright.domain.ids import AccountId
from tests.support.book import add_order, order
from tests.support.installed import wait_until
from tests.support.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.installed import Installed, RunningServer

pytestmark = pytest.mark.acceptance

THRESHOLD = 5


@dataclass(kw_only=True)
class Site:
    """A server with three workers, an account whose book has an index, and how many orders it holds."""

    installed: Installed
    account_id: AccountId
    server: RunningServer = field(init=False)
    headers: dict[str, str] = field(init=False)
    orders: int = 0

    def write(self, count: int = 1) -> None:
        """Add orders from a process that is none of the server's."""

        async def add() -> None:
            async with open_store(self.installed.settings["DATABASE_URL"]) as opened:
                for number in range(self.orders + 1, self.orders + count + 1):
                    await add_order(opened.store, order(number, account_id=self.account_id))

        asyncio.run(add())
        self.orders += count

    def search(self) -> list[int]:
        """Ask for the first page on a connection of its own, so that any worker may get it, and check the total."""
        asked = {"pagination": {"page": 1, "pageSize": 3}}
        url = f"{self.server.url}/ssl/v2/orders/search"
        answer = httpx2.post(url, json=asked, headers=self.headers, timeout=30)
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        assert data["totalItems"] == self.orders
        return [int(item["orderId"]) - 2_000_000_000 for item in data["items"]]

    def figure(self, name: str, **labels: str) -> float:
        """Return a figure of one of the workers, 0 if it is not told."""
        return self.server.figure(name, **labels)

    def events(self, event: str, name: str = "") -> list[dict[str, Any]]:
        """List what the parent logged of its processes."""
        lines = map(json.loads, self.server.log_file.read_text().splitlines())
        return [line for line in lines if line["event"] == event and name in line.get("name", "")]

    def pids(self, name: str = "") -> list[int]:
        """List the processes that were started, oldest first."""
        return [line["pid"] for line in self.events("process started", name)]

    def wait_for_index(self) -> None:
        """Wait until the search process answers for the whole book."""
        wait_until(lambda: self.figure("certwright_search_index_orders") >= THRESHOLD)

    def wait_for_successor(self, name: str, pid: int) -> None:
        """Wait until another process was started in the place of one that ended."""
        wait_until(lambda: self.pids(name)[-1] != pid)

    def answers_by_index(self) -> bool:
        """Whether some worker, asked often enough to reach all, counted another answer of the index."""
        before = [self.figure("certwright_search_answers_total", by="index") for _ in range(20)]
        for _ in range(10):
            self.search()
        after = [self.figure("certwright_search_answers_total", by="index") for _ in range(20)]
        return max(after) > max(before)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def on_postgres(installed: Installed, fresh_database_url: str) -> Installed:
    installed.settings |= {
        "DATABASE_URL": fresh_database_url,
        "DATABASE_MAX_CONNECTIONS": "4",
        "SEARCH_INDEX_ORDERS": str(THRESHOLD),
    }
    return installed


@pytest.fixture
def site(on_postgres: Installed) -> Iterator[Site]:
    made = on_postgres.json("account", "create", "First account")
    site = Site(installed=on_postgres, account_id=AccountId(made["account_id"]))
    site.write(THRESHOLD)
    with on_postgres.serving(workers=3) as site.server:
        url = f"{site.server.url}/reseller/v2/api-user/token"
        token = httpx2.post(url, json=made["webnic"], timeout=30).json()["data"]["access_token"]
        site.headers = {"Authorization": f"Bearer {token}"}
        site.wait_for_index()
        yield site


def test_answers_stay_exact_whoever_is_killed(site: Site) -> None:
    for _ in range(10):
        site.write()
        assert site.search() == [site.orders, site.orders - 1, site.orders - 2]
    assert site.answers_by_index()

    for name in ("search", "worker 2", "search", "worker 1"):
        (*_, pid) = site.pids(name)
        os.kill(pid, signal.SIGKILL)
        site.write()
        assert site.search() == [site.orders, site.orders - 1, site.orders - 2]
        site.wait_for_successor(name, pid)
        site.search()
    site.wait_for_index()
    wait_until(site.answers_by_index)
    assert site.server.end() == 0
    assert len(site.pids()) == 3 + 1 + 4
    assert all(map(is_gone, site.pids()))
    assert "Traceback" not in site.server.log_file.read_text()


def test_a_killed_parent_takes_all_with_it(site: Site) -> None:
    site.server.end(signal.SIGKILL)
    wait_until(lambda: all(map(is_gone, site.pids())))


def test_all_end_in_order_however_early_they_are_told(on_postgres: Installed) -> None:
    server = on_postgres.start(workers=2)
    wait_until(lambda: server.log_file.read_text().count("process started") == 3)
    assert server.end(signal.SIGINT) == 0
    assert "Traceback" not in server.log_file.read_text()


def test_several_workers_on_sqlite_are_refused(installed: Installed) -> None:
    done = installed.run("serve", "--workers", "2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "certwright: SQLite has room for one writing process: --workers needs PostgreSQL\n"
    )
