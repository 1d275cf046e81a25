"""``python -m bench``: ask every question at every size on both databases, and print the tables of bench/README.md."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench import (
    bulk,
    changes,
    counting,
    growth,
    indexes,
    machine,
    naive,
    placing,
    report,
    searching,
    signing,
)
from bench.book import Book
from bench.load import load_postgres, load_sqlite
from bench.name_server import knowing_nothing
from bench.server import new_site, prepare, serving, serving_hello
from bench.timing import measure
from bench.writing import writing
from certwright.bootstrap import open_program
from tests.support.postgres import running_postgres

if TYPE_CHECKING:
    from bench.server import Client, Site

_SQLITE, _POSTGRESQL = "SQLite", "PostgreSQL"
_FIRST_NUMBER = 1_000_001
_OTHERS_SHARE = 10
_MOST_OTHERS = 100_000
_BEGUN = time.monotonic()


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 k and 100 k orders only")
    parser.add_argument("--sizes", help="sizes of the book, such as 10000,1000000")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], help="one database only")
    parser.add_argument(
        "--only", choices=["orders", "search"], help="placing and issuing, or search and changes"
    )
    parser.add_argument("--out", type=Path, help="folder for results.json and results.md")
    arguments = parser.parse_args()
    results = asyncio.run(_run(arguments))
    text = report.markdown(results)
    print(text)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
        (arguments.out / "results.md").write_text(text, encoding="utf-8")
        for name, drawing in growth.drawings(results).items():
            (arguments.out / f"{name}.svg").write_text(drawing, encoding="utf-8")


async def _run(arguments: argparse.Namespace) -> report.Results:
    default = "10000,100000" if arguments.quick else "10000,100000,1000000,10000000"
    sizes = [int(size) for size in (arguments.sizes or default).split(",")]
    seconds = 0.6 if arguments.quick else 2.5
    results = report.Results(
        machine=machine.describe(),
        orders=[],
        imports=[],
        indexes=[],
        searches=[],
        rates=[],
        changes=[],
        counts=[],
    )
    async with serving_hello() as hello, knowing_nothing() as dns:
        with contextlib.ExitStack() as stack:
            urls: dict[str, str | None] = {}
            if arguments.engine != "postgresql":
                urls[_SQLITE] = None
            if arguments.engine != "sqlite":
                urls[_POSTGRESQL] = stack.enter_context(running_postgres(durable=True))
            for engine, url in urls.items():
                if arguments.only != "search":
                    await _orders(results, hello, engine, url, dns, seconds=3 * seconds)
                    await _import(results, engine, url, int(20_000 * seconds))
                for size in sizes if arguments.only != "orders" else ():
                    with new_site(engine, url, CERTWRIGHT_DCV_DNS_SERVERS=dns, **indexes.ALWAYS) as site:
                        await _book(results, hello, site, size, seconds)
    return results


async def _orders(
    results: report.Results, hello: Client, engine: str, url: str | None, dns: str, *, seconds: float
) -> None:
    for proved in (False, True):
        with new_site(engine, url, CERTWRIGHT_DCV_DNS_SERVERS=dns) as site:
            _say(f"{engine}: placing orders whose names are {'' if proved else 'not '}proved")
            (holder,) = await prepare(site, "Bench")
            async with serving(site) as client:
                placed = await placing.place(site, client, hello, holder, proved=proved, seconds=seconds)
            signed = signing.certificates_per_second(1) if proved else 0.0
            results["orders"].append(report.orders_row(engine, 0, placed, proved=proved, signed=signed))


async def _import(results: report.Results, engine: str, url: str | None, orders: int) -> None:
    _say(f"{engine}: importing {orders:,} orders")
    with new_site(engine, url) as site:
        results["imports"].append(report.import_row(engine, await bulk.bring_in(site, orders)))


async def _book(results: report.Results, hello: Client, site: Site, size: int, seconds: float) -> None:
    _say(f"{site.engine}: loading {size:,} orders")
    holder, other = await prepare(site, "Bench", "Other")
    until = time.time_ns() // 1000
    others = min(size // _OTHERS_SHARE, _MOST_OTHERS)
    book = Book(holder, size=size, first=_FIRST_NUMBER, until=until)
    books = (book, Book(other, size=others, first=_FIRST_NUMBER + size, until=until))
    next_number = _FIRST_NUMBER + size + others
    path = site.settings.sqlite_path
    gc.disable()  # millions of small values, none of them garbage
    if path is not None:
        load_sqlite(path, books, next_number)
    else:
        await load_postgres(site.environment["CERTWRIGHT_DATABASE_URL"], books, next_number)
    gc.freeze()
    gc.enable()
    _say(f"{site.engine}: making the index of {size:,} orders")
    async with (
        indexes.serving_indexed(site, holder) as (client, made),
        open_program(site.settings) as program,
        indexes.indexes_kept(program),
        naive.connected(site) as database,
    ):
        results["indexes"].append(report.index_row(site.engine, size, made))
        greeting = await measure(lambda: hello.post("/", searching.QUESTIONS[3].body(1)), most=300, seconds=1)
        _say(f"{site.engine}: status changes of {size:,} orders")
        for changed in await changes.ask_all(book, holder, client, program, seconds=seconds):
            results["changes"].append(report.change_row(site.engine, size, changed, greeting))
        _say(f"{site.engine}: statistics and organizations of {size:,} orders")
        for counted in await counting.ask_all(holder, client, program, orders=size, seconds=seconds):
            results["counts"].append(report.count_row(site.engine, size, counted, greeting))
        _say(f"{site.engine}: searching {size:,} orders")
        asker = searching.Asker(book, holder, client, program, database)
        async with writing(client, holder):
            for found in await asker.ask_all(seconds=seconds):
                results["searches"].append(report.search_row(site.engine, size, found, greeting))
        rate = await asker.measure_rate(hello, seconds=seconds)
        results["rates"].append(report.rate_row(site.engine, size, rate))
        _say(f"{site.engine}: placing orders into a book of {size:,}")
        placed = await placing.place(site, client, hello, holder, proved=True, seconds=2 * seconds)
        signed = signing.certificates_per_second(1)
        results["orders"].append(report.orders_row(site.engine, size, placed, proved=True, signed=signed))


def _say(what: str) -> None:
    print(f"[{time.monotonic() - _BEGUN:5.0f} s] {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
