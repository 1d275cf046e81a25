"""Making, looking at and checking indexes by hand."""

from __future__ import annotations

import asyncio
import re
import stat
from functools import partial
from typing import TYPE_CHECKING

import pytest

from certwright.bootstrap import open_program
from certwright.bootstrap.database import open_engine
from certwright.config import load_settings
from certwright.domain.ids import AccountId
from tests.support.book import add_order, order
from tests.support.installed import wait_until

if TYPE_CHECKING:
    from tests.support.installed import Installed, RunningServer

pytestmark = pytest.mark.acceptance


@pytest.fixture
def large(each_installed: Installed) -> Installed:
    """The first account, 1, with a large book of four orders, and account 2 with a small one of two."""
    each_installed.settings["SEARCH_INDEX_ORDERS"] = "3"

    async def fill() -> None:
        async with open_program(load_settings(each_installed.environment)) as program:
            for name in ("Large", "Small"):
                await program.use.accounts.create(name)

    asyncio.run(fill())
    add_orders(each_installed, range(1, 5), account=1)
    add_orders(each_installed, range(11, 13), account=2)
    return each_installed


def add_orders(installed: Installed, numbers: range, *, account: int) -> None:
    async def add() -> None:
        async with open_program(load_settings(installed.environment)) as program:
            for number in numbers:
                await add_order(program.store, order(number, account_id=AccountId(account)))

    asyncio.run(add())


def damage(installed: Installed) -> None:
    """Change an order behind the store's back: the state of the book does not know of it."""

    async def change() -> None:
        engine = await open_engine(load_settings(installed.environment))
        try:
            async with engine.writing() as connection:
                await connection.execute("UPDATE orders SET status = 'revoked' WHERE id = $1", 3)
        finally:
            await engine.close()

    asyncio.run(change())


def test_large_books_get_snapshots_that_are_listed(large: Installed) -> None:
    assert large.json("search", "status") == [
        {"account_id": 1, "orders": None, "made_at": None, "changes_since": None}
    ]
    done = large.run("search", "build")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"Account 1: 4 orders, [\d.]+ MB, [\d.]+ s\n", done.stdout)
    add_orders(large, range(5, 7), account=1)
    (told,) = large.json("search", "status")
    assert (told["account_id"], told["orders"], told["changes_since"]) == (1, 4, 2)
    small = large.run("search", "build", "--refresh", "--account", "2")
    assert small.stdout.startswith("Account 2: 2 orders")
    assert "snapshot made" in large.run("search", "status", "--account", "2").stdout


def _has_index(server: RunningServer) -> bool:
    return server.figure("certwright_search_index_orders") > 0


def test_server_makes_its_index_once_and_answers_from_it(large: Installed) -> None:
    """The second start finds the snapshot of the first, and takes in what was written between."""
    for orders, builds in ((4, 1), (4, 0)):
        with large.serving() as server:
            wait_until(partial(_has_index, server))
            assert server.figure("certwright_search_index_orders") == orders
            assert server.figure("certwright_search_index_builds_total") == builds
            assert server.figure("certwright_search_index_behind_changes") == 0
    (folder,) = (large.home / "search").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "1.index").exists()


def test_damage_is_found_and_ends_with_a_new_build(large: Installed) -> None:
    sound = large.run("search", "verify")
    assert (sound.returncode, sound.stdout) == (
        0,
        "Account 1: a new index of 4 orders has 0 differences\nAll is as in the database.\n",
    )
    damage(large)
    found = large.run("search", "verify")
    assert found.returncode == 1
    lines = found.stdout.splitlines()
    assert lines[0] == "Account 1: the snapshot of 4 orders has 1 differences"
    assert "order 3 " in lines[1]
    assert lines[2] == "1 differences: run certwright search build"
    assert large.run("search", "build").returncode == 0
    assert large.run("search", "verify", "--account", "1").returncode == 0


def test_what_can_not_be_done_is_told_in_a_line(large: Installed) -> None:
    stranger = large.run("search", "verify", "--account", "404")
    assert (stranger.returncode, stranger.stdout, stranger.stderr.count("\n")) == (1, "", 1)
    large.settings["SEARCH_INDEX_ORDERS"] = "1000"
    none = large.run("search", "build")
    assert (none.returncode, none.stderr) == (0, "No account has 1,000 orders.\n")
    large.settings["SEARCH_INDEX_ORDERS"] = "0"
    assert large.run("search", "verify").stderr == "Indexes are switched off.\n"
