"""Files of orders, imported by the installed program, also when it is killed in the middle."""

from __future__ import annotations

import asyncio
import csv
import json
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from certwright.bootstrap.database import open_engine
from certwright.config import load_settings
from tests.support.installed import SCRIPT
from tests.support.server import csr_for

if TYPE_CHECKING:
    from tests.support.installed import Installed

pytestmark = pytest.mark.acceptance

ACCOUNT = "First account"
LINES = 3000
REFUSED = range(700, LINES, 1000)
KILLED_AT = (400, 1300)
LONGEST_SECONDS = 120


def write(path: Path, csr: str) -> None:
    """Write a file of thousands of orders; every second has a number of its own, and a few can't be placed."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["product", "names", "csr", "alternative_order_id", "term_years"])
        for number in range(LINES):
            own = f"N-{number}" if number % 2 else ""
            term = 99 if number in REFUSED else 1
            name = f"host{number}.example.com"
            rows.writerow(["positivessl", name, csr if number % 4 else "one.csr", own, term])


async def query(installed: Installed, sql: str) -> list[Any]:
    engine = await open_engine(load_settings(installed.environment))
    try:
        async with engine.reading() as connection:
            return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await engine.close()


def ask(installed: Installed, sql: str) -> list[Any]:
    return asyncio.run(query(installed, sql))


def kill_at(installed: Installed, file: Path, orders: int) -> None:
    """Import until so many orders are in, then end the process as a power cut would."""
    process = subprocess.Popen(
        [str(SCRIPT), "order", "import", str(file), "--account", ACCOUNT],
        env=installed.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    give_up_at = time.monotonic() + LONGEST_SECONDS
    children: list[str] = []
    try:
        while ask(installed, "SELECT count(*) FROM orders")[0][0] < orders:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < give_up_at
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert children, "nothing was checked beside it"
    while any(is_alive(child) for child in children):
        assert time.monotonic() < give_up_at, "the processes that check orders outlive it"


def is_alive(process_id: str) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_import_that_is_killed_goes_on_and_places_nothing_twice(
    each_installed: Installed, tmp_path: Path
) -> None:
    installed = each_installed
    installed.json("account", "create", ACCOUNT)
    csr = csr_for("www.example.com")
    (tmp_path / "one.csr").write_text(csr)
    file, report = tmp_path / "orders.csv", tmp_path / "refused.csv"
    write(file, csr)
    for orders in KILLED_AT:
        kill_at(installed, file, orders)
    before = ask(installed, "SELECT count(*) FROM orders")[0][0]
    assert KILLED_AT[-1] <= before < LINES

    done = installed.run("order", "import", str(file), "--account", ACCOUNT, "--refused", str(report))
    assert (done.returncode, done.stderr) == (1, "")
    placed = LINES - len(REFUSED) - before
    assert done.stdout.startswith(
        f"{LINES:,} orders: {placed:,} placed, {before:,} in already, {len(REFUSED)} refused"
    )
    with report.open(newline="") as refused:
        lines = [int(row["line"]) for row in csv.DictReader(refused)]
    assert lines == [lines_before(number, csr) for number in REFUSED]
    check_books(installed)

    again = installed.run("order", "import", str(file), "--account", ACCOUNT)
    assert again.returncode == 1
    assert f"0 placed, {LINES - len(REFUSED):,} in already, {len(REFUSED)} refused" in again.stdout
    assert again.stderr.splitlines() == [
        f"line {line}: The term of PositiveSSL is 1 to 5 years" for line in lines
    ]
    check_books(installed)


def lines_before(number: int, csr: str) -> int:
    """Return the line on which an order begins: a CSR in the file takes as many as it has, one in its own file none."""
    long = sum(1 for earlier in range(number) if earlier % 4)
    return 2 + number + long * csr.count("\n")


def check_books(installed: Installed) -> None:
    """Every order is there once, with its certificate, its change, its charge, its validation and its jobs."""
    names = [row[0] for row in ask(installed, "SELECT common_name FROM orders ORDER BY id")]
    wanted = {f"host{number}.example.com" for number in range(LINES) if number not in REFUSED}
    assert len(names) == len(wanted)
    assert set(names) == wanted
    for table in ("certificates", "validations", "approval_requests", "ledger_transactions", "order_changes"):
        rows = ask(installed, f"SELECT count(*), count(DISTINCT order_id) FROM {table}")
        assert rows == [(len(wanted), len(wanted))], table
    assert ask(installed, "SELECT balance_cents FROM account_balances") == [(-700 * len(wanted),)]
    assert ask(installed, "SELECT last_sequence FROM change_counters") == [(len(wanted),)]
    jobs = dict(ask(installed, "SELECT kind, count(*) FROM jobs GROUP BY kind"))
    assert (jobs["lapse_order"], jobs["advance_order"]) == (len(wanted), len(wanted))


def test_dry_run_places_nothing(installed: Installed, tmp_path: Path) -> None:
    installed.json("account", "create", ACCOUNT)
    file = tmp_path / "orders.jsonl"
    orders = [{"product": "positivessl", "common_name": name} for name in ("a.example.com", "b.example.com")]
    file.write_text("\n".join(map(json.dumps, orders)))
    command = ("order", "import", str(file), "--account", ACCOUNT)
    rehearsed = installed.run(*command, "--dry-run")
    assert (rehearsed.returncode, rehearsed.stderr) == (0, "")
    assert rehearsed.stdout.startswith("2 orders: 2 would be placed, 0 in already, 0 refused")
    assert ask(installed, "SELECT count(*) FROM orders") == [(0,)]
    assert installed.run(*command).stdout.startswith("2 orders: 2 placed, 0 in already, 0 refused")


def test_what_keeps_a_file_from_being_imported_is_told(installed: Installed, tmp_path: Path) -> None:
    made = installed.json("account", "create", ACCOUNT)
    account = ("--account", str(made["account_id"]))
    finance = ("--dialect", "digicert", "--name", "money", "--role", "finance")
    key_id = installed.json("key", "create", *account, *finance)["key_id"]
    (tmp_path / "orders.csv").write_text("product,names\n")
    (tmp_path / "latin.csv").write_bytes(b"product,names\n\xff\n")
    (tmp_path / "orders.txt").write_text("product,names\n")
    cases: list[tuple[str, list[str], int, str]] = [
        ("latin.csv", [], 2, "latin.csv: line 2 is not UTF-8"),
        ("orders.txt", [], 2, "say --format"),
        ("orders.txt", ["--format", "csv"], 0, ""),
        ("orders.csv", ["--account", "Nobody"], 1, "Account not found"),
        ("orders.csv", ["--key", "5"], 1, "Key not found"),
        ("orders.csv", ["--key", str(key_id)], 1, "The key may not place orders"),
        ("orders.csv", ["--refused", str(tmp_path / "no" / "folder")], 2, "folder can't be written"),
    ]
    for name, options, status, message in cases:
        done = installed.run("order", "import", str(tmp_path / name), "--account", ACCOUNT, *options)
        assert (done.returncode, message in done.stderr) == (status, True), done
        assert "Traceback" not in done.stderr
