"""What docs/operations.md says of backups: taken beside the running server, put back elsewhere, and going on from there."""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx2
import pytest

from certwright.cli.demo.challenge_servers import DNSServer
from tests.house.project import ROOT
from tests.support.books import pass_the_leases
from tests.support.customer import Customer
from tests.support.installed import Installed
from tests.support.postgres import fresh_database, program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.acceptance


def documented(word: str) -> list[str]:
    """Return the command of the page on operations that has a word in it, its lines joined."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").replace("\\\n", "")
    (line,) = re.findall(rf"^ {{4}}(.*{word}.*)$", text, re.MULTILINE)
    return shlex.split(line)


def run(command: list[str], *, folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


@contextmanager
def restored(installed: Installed, folder: Path, admin_url: str | None) -> Iterator[Installed]:
    """Take a backup as the page says, and give the program on what it brought back."""
    home = folder / "restored"
    home.mkdir(mode=0o700)
    again = Installed(home=home, settings=dict(installed.settings))
    if admin_url is None:
        command = documented("VACUUM INTO")
        places = {
            "/var/lib/certwright/certwright.db": str(installed.home / "certwright.db"),
            "/backup/certwright.db": str(home / "certwright.db"),
            ".venv/bin/python": sys.executable,
        }
        run([places.get(part, part) for part in command], folder=folder)
        yield again
        return
    dump, restore = documented("pg_dump"), documented("pg_restore")
    with fresh_database(admin_url) as url:
        places = {"/backup/certwright.dump": str(folder / "certwright.dump")}
        places |= {"$CERTWRIGHT_DATABASE_URL": installed.settings["DATABASE_URL"], "$RESTORED_URL": url}
        for command in (dump, restore):
            name, *arguments = command
            run([program(name), *_placed(arguments, places)], folder=folder)
        again.settings["DATABASE_URL"] = url
        yield again


def _placed(arguments: list[str], places: dict[str, str]) -> list[str]:
    for before, after in places.items():
        arguments = [argument.replace(before, after) for argument in arguments]
    return arguments


async def test_backup_goes_on_elsewhere(
    each_installed: Installed, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    is_postgresql = "DATABASE_URL" in each_installed.settings
    admin_url = request.getfixturevalue("postgres_url") if is_postgresql else None
    async with DNSServer() as dns, httpx2.AsyncClient(timeout=30) as http:
        each_installed.settings |= {"DCV_DNS_SERVERS": dns.address}
        made = await asyncio.to_thread(each_installed.json, "account", "create", "First account")
        with each_installed.serving() as server:
            customer = Customer(http=http, urls=[server.url], dns=dns, login=made["webnic"])
            await customer.log_in()
            await customer.place("issued.test")
            await customer.wait_until_all_are_issued()
            await customer.place("waiting.test", publish=False)
            root = (await http.get(f"{server.url}/pki/1.crt")).content
            with restored(each_installed, tmp_path, admin_url) as again:
                server.end()
                without_key = await asyncio.to_thread(again.run, "account", "list")
                shutil.copy(each_installed.home / "ca.key", again.home / "ca.key")
                with again.serving() as second:
                    after = Customer(http=http, urls=[second.url], dns=dns, login=made["webnic"])
                    await after.log_in()
                    await after.publish_what_was_never_answered()
                    await pass_the_leases(again)
                    await after.place("new.test")
                    await after.wait_until_all_are_issued()
                    found = await after.call("POST", "/ssl/v2/orders/search", {})
                    root_again = (await http.get(f"{second.url}/pki/1.crt")).content
    assert [item["commonName"] for item in found["items"]] == ["new.test", "waiting.test", "issued.test"]
    assert root_again == root != b""
    assert (without_key.returncode, without_key.stdout) == (1, "")
    assert "is sealed with another key" in without_key.stderr
