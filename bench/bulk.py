"""How many orders are placed in a second by ``certwright order import``, or through ``/v1/orders/bulk``? ``python -m bench.bulk``.

The import is a process of its own that reads a file of orders with P-256 CSRs, each for another name, and so are those that check
the CSRs for it. Processor time is that of all of them together, and of PostgreSQL beside them, less what an import of a single
order takes; it hardly changes when the machine is busy, which the clock does. The same file is then imported again, to see how
fast it is passed over.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.pump import post, pump
from bench.server import descendants, new_site, prepare, serving
from certwright.domain.csr import CSRSubject, KeySpec, make_csr
from tests.support.postgres import running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.accounts import Holder
    from bench.server import Site

ACCOUNT = "Bench"

_PLACE = "/v1/orders/bulk"
_AT_ONCE = 500
_CLIENTS = 4
_LONGEST_SECONDS = 120.0
_CUSTOMERS = 997
_MOST_KEYS = 20_000
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How an import went; the last is how many orders a second were passed over when it was run again, if it was."""

    orders: int
    per_second: float
    cpu_us: float
    database_cpu_us: float
    again_per_second: float

    @property
    def per_core_second(self) -> float:
        """How many orders a second of one core's time places, wherever it is spent."""
        return 1e6 / (self.cpu_us + self.database_cpu_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    seconds: float
    cpu_seconds: float
    database_cpu_seconds: float


async def bring_in(site: Site, orders: int) -> Imported:
    """Import a file of so many orders into an empty book."""
    (holder,) = await prepare(site, ACCOUNT)
    folder = Path(site.environment["CERTWRIGHT_HOME"])
    one, many = folder / "one.jsonl", folder / "many.jsonl"
    _write(one, holder, range(1))
    _write(many, holder, range(1, orders + 1))
    started, run, again = (_import(site, file) for file in (one, many, many))
    return Imported(
        orders=orders,
        per_second=orders / (run.seconds - started.seconds),
        cpu_us=1e6 * (run.cpu_seconds - started.cpu_seconds) / orders,
        database_cpu_us=1e6 * (run.database_cpu_seconds - started.database_cpu_seconds) / orders,
        again_per_second=orders / (again.seconds - started.seconds),
    )


async def send(site: Site, orders: int) -> Imported:
    """Send so many orders to a running server, several hundred in each request to our own API."""
    (holder,) = await prepare(site, ACCOUNT)
    lines = list(_lines(holder, range(orders)))
    bodies = [f"[{','.join(lines[i : i + _AT_ONCE])}]".encode() for i in range(0, orders, _AT_ONCE)]
    async with serving(site) as client:
        token = await client.log_in(holder)
        requests = [post(_PLACE, body, token=token) for body in bodies]
        used, database_used = client.cpu_seconds(), _database_cpu_seconds()
        sent = await pump(client.port, requests, clients=_CLIENTS, seconds=_LONGEST_SECONDS)
        used, database_used = client.cpu_seconds() - used, _database_cpu_seconds() - database_used
    assert sent.sample.count == len(bodies)
    return Imported(
        orders=orders,
        per_second=orders / sent.elapsed_seconds,
        cpu_us=1e6 * used / orders,
        database_cpu_us=1e6 * database_used / orders,
        again_per_second=0,
    )


def _write(path: Path, holder: Holder, numbers: range) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in _lines(holder, numbers))


def _lines(holder: Holder, numbers: range) -> Iterator[str]:
    csrs = [_csr(number) for number in range(min(len(numbers), _MOST_KEYS))]
    for number in numbers:
        order = {
            "product": "positivessl",
            "names": [{"name": f"host{number}.customer{number % _CUSTOMERS}.example"}],
            "csr": csrs[number % len(csrs)],
            "administrator_contact_id": holder.contact_id,
            "email": "ada@example.com",
        }
        yield json.dumps(order)


def _csr(number: int) -> str:
    name = f"host{number}.example.com"
    return make_csr(CSRSubject(common_name=name), (name,), KeySpec.P256).csr_pem


def _import(site: Site, file: Path) -> _Run:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("CERTWRIGHT_")}
    command = [sys.executable, "-m", "certwright", "order", "import", str(file), "--account", ACCOUNT]
    used, begun = _database_cpu_seconds(), time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**inherited, **site.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    assert process.returncode == 0, said
    assert re.search(r" 0 refused", said), said
    return _Run(
        seconds=time.perf_counter() - begun,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        database_cpu_seconds=_database_cpu_seconds() - used,
    )


def _database_cpu_seconds() -> float:
    """Return the processor time of the PostgreSQL that this process has started, with its connections that have ended."""
    ticks = 0
    for process_id in descendants(os.getpid()):
        with contextlib.suppress(OSError):
            name, _, rest = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(") ")
            if name.endswith("(postgres"):
                fields = rest.split()
                ticks += sum(map(int, fields[11:15]))  # its own, and that of its ended children
    return ticks / _TICKS


WAYS = {"order import": bring_in, "/v1/orders/bulk": send}


def main() -> None:
    """Measure on either database, and print a line each."""
    parser = argparse.ArgumentParser(prog="python -m bench.bulk", description=__doc__)
    parser.add_argument("--orders", type=int, default=50_000, help="how many; 50000 unless said")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], help="one database only")
    arguments = parser.parse_args()
    for engine in [arguments.engine] if arguments.engine else ["sqlite", "postgresql"]:
        for way, place in WAYS.items():
            with contextlib.ExitStack() as stack:
                url = stack.enter_context(running_postgres(durable=True)) if engine == "postgresql" else None
                with new_site(engine, url) as site:
                    found = asyncio.run(place(site, arguments.orders))
            print(
                f"{engine}, {way}: {found.orders:,} orders, {found.per_second:,.0f} a second; "
                f"{found.cpu_us:.0f} us of processor time each, and {found.database_cpu_us:.0f} us of the database's: "
                f"{found.per_core_second:,.0f} a second and core; "
                f"again: {found.again_per_second:,.0f} a second (load {os.getloadavg()[0]:.1f})"
            )


if __name__ == "__main__":
    main()
