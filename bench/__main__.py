"""``python -m bench``: ask every question at every size on both databases, and print the tables of bench/README.md.

Every figure is told on the error output as soon as it is there and, with ``--out``, kept in the folder at once, beside what
other runs have left there: so runs of one database each, or one that broke off and one for the rest, make one report.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from bench import bulk, machine, placing, report, signing
from bench.books import Books
from bench.name_server import knowing_nothing
from bench.record import Record
from bench.server import new_site, serving_hello
from tests.support.postgres import running_postgres

if TYPE_CHECKING:
    from bench.server import Client

_SQLITE, _POSTGRESQL = "SQLite", "PostgreSQL"
_SIZES, _QUICK_SIZES = "10000,100000,1000000,10000000", "10000,100000"
_SECONDS, _QUICK_SECONDS = 2.0, 0.4
_IMPORTED_A_SECOND = 25_000
_TURNS, _QUICK_TURNS = 5, 1
_UNPROVED_TIMES, _PROVED_TIMES = 8, 2  # the server looks for missing proofs only after five seconds


def main() -> None:
    """Parse the command line and run."""
    assert __doc__ is not None
    first, _, further = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(prog="python -m bench", description=first, epilog=further)
    parser.add_argument("--quick", action="store_true", help="10 k and 100 k orders only, and shorter")
    parser.add_argument("--sizes", help=f"sizes of the book, smallest first; {_SIZES} unless said")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], help="one database only")
    parser.add_argument(
        "--only",
        choices=["orders", "search"],
        help="placing into an empty book, issuing and importing, or all that is asked of larger books",
    )
    parser.add_argument("--out", type=Path, help="folder for results.json, results.md and drawings")
    arguments = parser.parse_args()
    record = Record(arguments.out)
    asyncio.run(_run(record, arguments))
    print(report.markdown(record.results))


async def _run(record: Record, arguments: argparse.Namespace) -> None:
    default = _QUICK_SIZES if arguments.quick else _SIZES
    sizes = sorted(int(size) for size in (arguments.sizes or default).split(","))
    seconds, turns = (_QUICK_SECONDS, _QUICK_TURNS) if arguments.quick else (_SECONDS, _TURNS)
    record.describe(machine.describe())
    async with serving_hello() as hello, knowing_nothing() as dns:
        with contextlib.ExitStack() as stack:
            urls: dict[str, str | None] = {}
            if arguments.engine != "postgresql":
                urls[_SQLITE] = None
            if arguments.engine != "sqlite":
                urls[_POSTGRESQL] = stack.enter_context(running_postgres(durable=True))
            if arguments.only != "search":
                for engine, url in urls.items():
                    await _orders(record, hello, engine, url, dns, seconds=seconds)
                    await _import(record, engine, url, dns, int(_IMPORTED_A_SECOND * seconds))
            if arguments.only != "orders":
                sites = [
                    stack.enter_context(new_site(engine, url, CERTWRIGHT_DCV_DNS_SERVERS=dns))
                    for engine, url in urls.items()
                ]
                books = await Books.prepare(
                    sites, record, sizes=sizes, hello=hello, seconds=seconds, turns=turns
                )
                for size in sizes:
                    await books.measure(size)


async def _orders(
    record: Record, hello: Client, engine: str, url: str | None, dns: str, *, seconds: float
) -> None:
    for proved, times in ((False, _UNPROVED_TIMES), (True, _PROVED_TIMES)):
        record.say(f"{engine}: placing orders whose names are {'' if proved else 'not '}proved")
        placed = await placing.place_into_empty(
            engine, url, dns, hello, proved=proved, seconds=times * seconds
        )
        signed = signing.certificates_per_second(1) if proved else 0.0
        record.add("orders", report.orders_row(engine, 0, placed, proved=proved, signed=signed))


async def _import(record: Record, engine: str, url: str | None, dns: str, orders: int) -> None:
    for way, place in bulk.WAYS.items():
        record.say(f"{engine}: placing {orders:,} orders by {way}")
        with new_site(engine, url, CERTWRIGHT_DCV_DNS_SERVERS=dns) as site:
            record.add("imports", report.import_row(engine, way, await place(site, orders)))


if __name__ == "__main__":
    main()
