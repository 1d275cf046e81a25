"""``certwright order watch``: what a terminal and a script get to see of the log."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.acceptance.test_feed import place
from tests.support.installed import SCRIPT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.installed import Installed

pytestmark = pytest.mark.acceptance


@contextmanager
def watching(installed: Installed, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command beside the test."""
    watch = subprocess.Popen(
        [str(SCRIPT), "order", "watch", *arguments],
        env=installed.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield watch
    finally:
        watch.kill()
        watch.communicate()


def lines(watch: subprocess.Popen[str], count: int) -> list[Any]:
    assert watch.stdout is not None
    return [json.loads(watch.stdout.readline()) for _ in range(count)]


def interrupt(watch: subprocess.Popen[str]) -> str:
    """Do what Ctrl-C does, and return what was said beside the changes."""
    watch.send_signal(signal.SIGINT)
    assert watch.wait(60) == 0
    assert watch.stderr is not None
    return watch.stderr.read()


def test_log_is_followed_and_taken_up_again(each_installed: Installed) -> None:
    key = each_installed.json("account", "create", "First account")["digicert"]["api_key"]
    with each_installed.serving() as server:
        first = place(server, key, "shop.example.com")
        with watching(each_installed, "--json", "--after", "0") as watch:
            (placed,) = lines(watch, 1)
            assert (placed["order_id"], placed["common_name"]) == (first, "shop.example.com")
            assert (placed["account"], placed["actor"]["kind"]) == ("First account", "key")
            second = place(server, key, "mail.example.com")
            (then,) = lines(watch, 1)
            assert (then["order_id"], then["sequence"]) == (second, 2)
            assert "Go on with --after 2." in interrupt(watch)
        third = place(server, key, "web.example.com")
        with watching(each_installed, "--json", "--account", "First account", "--after", "2") as watch:
            (later,) = lines(watch, 1)
            assert (later["order_id"], later["sequence"]) == (third, 3)
        log = httpx2.get(f"{server.url}/v1/changes", headers={"Authorization": f"Bearer {key}"}).json()
        told = log["changes"][2]
        told["changed_at"] = told["changed_at"].replace("Z", "+00:00")
        assert later == {
            **told,
            "account_id": later["account_id"],
            "account": "First account",
            "common_name": "web.example.com",
        }


def test_all_accounts_are_followed_together(installed: Installed) -> None:
    made = [installed.json("account", "create", name) for name in ("One", "Two")]
    with installed.serving() as server, watching(installed) as watch:
        assert watch.stdout is not None
        assert watch.stderr is not None
        assert watch.stderr.readline() == "Following all accounts; Ctrl-C ends it.\n"
        made.append(installed.json("account", "create", "Three"))
        for account in made:
            place(server, account["digicert"]["api_key"], "shop.example.com")
        told = [watch.stdout.readline() for _ in made]
        for line in told:
            assert "shop.example.com" in line
            assert "new → pending" in line
            assert "place by key:" in line
        assert {line.split("  ")[1] for line in told} == {"One", "Two", "Three"}
        assert interrupt(watch) == ""


def test_line_holds_nothing_that_a_terminal_obeys(installed: Installed) -> None:
    key = installed.json("account", "create", "First account")["digicert"]["api_key"]
    with installed.serving() as server:
        order_id = place(server, key, "shop.example.com")
        answer = httpx2.put(
            f"{server.url}/services/v2/order/certificate/{order_id}/status",
            json={"status": "CANCELED", "note": "\x1b]0;owned\x07 bye\n2026"},
            headers={"X-DC-DEVKEY": key},
        )
        assert answer.status_code == 204
        with watching(installed, "--after", "0") as watch:
            assert watch.stdout is not None
            watch.stdout.readline()
            line = watch.stdout.readline()
    assert "canceled" in line
    assert "?]0;owned? bye?2026" in line


def test_wrong_watch_is_told_so(installed: Installed) -> None:
    for name in ("One", "Two"):
        installed.json("account", "create", name)
    for arguments, status, words in (
        (["--account", "Nobody"], 1, "there is no account Nobody"),
        (["--after", "0"], 2, "--after goes with --account"),
        (["--account", "One", "--after", "7"], 1, "The log ends at 0"),
        (["--account", "One", "--after", "x"], 2, "not a valid integer"),
    ):
        done = installed.run("order", "watch", *arguments)
        assert (done.returncode, done.stdout) == (status, "")
        assert words in done.stderr
