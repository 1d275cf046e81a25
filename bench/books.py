"""Books that grow in all databases at once, and what is asked of them at each size.

Loading and making indexes are nobody's figures by the clock, so the databases share the cores for them; whatever is
measured has the machine for itself. Books of more than a million orders are searched, and asked for status changes; statistics and
organizations are asked of smaller ones, and orders are placed into the largest of those, whose searches are profiled too.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from bench import changes, counting, indexes, naive, placing, profiling, report, searching, signing
from bench.book import Book
from bench.load import grow, loader
from bench.pump import ask_in_turn, post
from bench.server import prepare
from bench.timing import measure
from bench.writing import writing
from certwright.bootstrap import open_program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.accounts import Holder
    from bench.load import Loader
    from bench.record import Record
    from bench.server import Client, Site
    from certwright.bootstrap import Program

_FIRST_NUMBER = 1_000_001
_LARGEST_PART = 500_000
_OTHERS_SHARE = 10
_MOST_OTHERS = 100_000
_OTHERS_PART = 10_000
_LARGEST_WHOLE = 1_000_000
_GREETINGS = 300


@dataclass(slots=True, kw_only=True)
class Books:
    """The book of one account in every site, with that of another account beside it."""

    sites: Sequence[Site]
    holders: Sequence[Holder]
    books: Sequence[Book]
    loaders: Sequence[Loader]
    record: Record
    hello: Client
    seconds: float
    placed_into: int
    turns: int
    organizations: dict[str, int] = field(default_factory=dict)

    @staticmethod
    async def prepare(
        sites: Sequence[Site],
        record: Record,
        *,
        sizes: Sequence[int],
        hello: Client,
        seconds: float,
        turns: int,
    ) -> Books:
        """Make accounts in every site, and books without orders yet."""
        pairs = [await prepare(site, "Bench", "Other") for site in sites]
        assert len({tuple(map(_numbers, pair)) for pair in pairs}) == 1, (
            "One book can't be that of all databases"
        )
        holder, other = pairs[0]
        until = time.time_ns() // 1000
        largest = max(sizes)
        others = _others(largest)
        books = (
            Book(holder, first=_FIRST_NUMBER, until=until, largest=largest, part=_LARGEST_PART),
            Book(other, first=_FIRST_NUMBER + largest, until=until, largest=others, part=_OTHERS_PART),
        )
        next_number = _FIRST_NUMBER + largest + others
        return Books(
            sites=sites,
            holders=[first for first, _ in pairs],
            books=books,
            loaders=[loader(site, next_number) for site in sites],
            record=record,
            hello=hello,
            seconds=seconds,
            turns=turns,
            placed_into=max((size for size in sizes if size <= _LARGEST_WHOLE), default=0),
        )

    async def measure(self, size: int) -> None:
        """Let the books grow to a size, and ask everything."""
        self.record.say(f"loading {size:,} orders")
        await grow(self.loaders, self.books, (size, _others(size)))
        self.record.say(f"making the index of {size:,} orders")
        made = await asyncio.gather(*map(indexes.make, self.sites, self.holders))
        sites = [site.with_settings(indexes.of_largest(size)) for site in self.sites]
        for site, holder, snapshot in zip(sites, self.holders, made, strict=True):
            await self._ask_all(site, holder, snapshot)
            if size == self.placed_into:
                await self._profile(site, holder)

    async def _ask_all(self, site: Site, holder: Holder, snapshot: indexes.Snapshot) -> None:
        size = self.books[0].size
        self.record.say(f"{site.engine}: starting a server on {size:,} orders")
        async with indexes.serving_indexed(site, holder) as (client, started):
            self.record.add("indexes", report.index_row(site.engine, size, snapshot, started))
            async with open_program(site.settings) as program, indexes.indexes_kept(program):
                await self._ask(site, holder, client, program)
            if size == self.placed_into:
                await self._place(site, holder, client)

    async def _place(self, site: Site, holder: Holder, client: Client) -> None:
        """Place orders by turns into the book and into empty ones; nobody else keeps an index of the book meanwhile."""
        size, seconds = self.books[0].size, 2 * self.seconds
        own = site.environment
        url, dns = own.get("CERTWRIGHT_DATABASE_URL"), own["CERTWRIGHT_DCV_DNS_SERVERS"]
        self.record.say(f"{site.engine}: placing orders into a book of {size:,}, and into empty ones")
        place = partial(placing.place, site, client, self.hello, holder)
        place_into_empty = partial(placing.place_into_empty, site.engine, url, dns, self.hello)
        placed, empty = [], []
        for turn in range(1, self.turns + 1):
            empty.append(await place_into_empty(proved=True, seconds=seconds, turn=turn))
            placed.append(await place(proved=True, seconds=seconds, turn=turn))
        signed = signing.certificates_per_second(1)
        row = report.orders_row(site.engine, size, placed[-1], proved=True, signed=signed)
        self.record.add("orders", row | report.beside_row(placed, empty))

    async def _ask(self, site: Site, holder: Holder, client: Client, program: Program) -> None:
        book, engine, seconds, record = self.books[0], site.engine, self.seconds, self.record
        size = book.size
        greeting = await measure(
            lambda: self.hello.post("/", searching.QUESTIONS[3].body(1)), most=_GREETINGS, seconds=1
        )
        record.say(f"{engine}: status changes of {size:,} orders")
        async for changed in changes.ask_all(book, holder, client, program, seconds=seconds):
            record.add("changes", report.change_row(engine, size, changed, greeting))
        if size <= _LARGEST_WHOLE:
            record.say(f"{engine}: statistics and organizations of {size:,} orders")
            had = self.organizations.get(engine, 0)
            self.organizations[engine] = await counting.add_organizations(program, holder, size, had)
            async for counted in counting.ask_all(
                holder,
                client,
                program,
                organizations=self.organizations[engine],
                orders=size,
                seconds=seconds,
            ):
                record.add("counts", report.count_row(engine, size, counted, greeting))
        record.say(f"{engine}: searching {size:,} orders")
        greetings = [post("/", json.dumps(searching.QUESTIONS[3].body(1)).encode())] * _GREETINGS
        greeting = await ask_in_turn(self.hello.port, greetings, seconds=1)
        async with naive.connected(site) as database:
            asker = searching.Asker(book, holder, client, program, database)
            async with writing(client, holder):
                async for found in asker.ask_all(seconds=seconds):
                    record.add("searches", report.search_row(engine, size, found, greeting))
            async for rate in asker.measure_rates(self.hello, seconds=seconds):
                record.add("rates", report.rate_row(engine, size, rate))

    async def _profile(self, site: Site, holder: Holder) -> None:
        book = self.books[0]
        self.record.say(f"{site.engine}: where the time of a search goes among {book.size:,} orders")
        for kind, found in (
            await profiling.profile(
                site, holder, searching.PATH, searching.bodies(book), seconds=2 * self.seconds
            )
        ).items():
            for row in report.profile_rows(site.engine, book.size, kind, found):
                self.record.add("profile", row)


def _numbers(holder: Holder) -> tuple[int, ...]:
    return (holder.account_id, holder.key_id, holder.contact_id, holder.authority_id)


def _others(size: int) -> int:
    """Return how many orders the other account has: parts of its own book, or fewer than one."""
    others = min(size // _OTHERS_SHARE, _MOST_OTHERS)
    return others if others < _OTHERS_PART else others // _OTHERS_PART * _OTHERS_PART
