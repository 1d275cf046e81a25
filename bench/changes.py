"""How long does DigiCert's status change list take, for windows that hold 10 and 1000 orders?"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from bench.timing import measure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.accounts import Holder
    from bench.book import Book
    from bench.server import Client
    from bench.timing import Sample
    from certwright.bootstrap import Program

PATH = "/services/v2/order/certificate/status-changes"
WINDOWS = (10, 1000)

_SECOND = 1_000_000
_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How one window went, which was to hold ``about`` so many orders."""

    about: int
    rows: int
    over_http: Sample
    in_process: Sample


async def ask_all(
    book: Book, holder: Holder, client: Client, program: Program, *, seconds: float
) -> AsyncIterator[Answered]:
    """Ask for changes in the middle of one account's book."""
    back = book.copies // 2 * book.shift
    instants = sorted(entry.changed_at - back for entry in book.entries)
    middle = len(instants) // 2
    for wanted in WINDOWS:
        # The wire knows whole seconds.
        first, last = instants[middle] // _SECOND, instants[middle + wanted - 1] // _SECOND
        rows = bisect_left(instants, (last + 1) * _SECOND) - bisect_left(instants, first * _SECOND)
        start, end = (datetime.fromtimestamp(each, UTC) for each in (first, last))
        over_http = partial(_over_http, client, holder, start, end, rows)
        in_process = partial(_in_process, program, holder, start, end, rows)
        yield Answered(
            about=wanted,
            rows=rows,
            over_http=await measure(over_http, most=_MOST, seconds=seconds),
            in_process=await measure(in_process, most=_MOST, seconds=seconds),
        )


async def _over_http(client: Client, holder: Holder, start: datetime, end: datetime, rows: int) -> None:
    span = quote(f"{start:%Y-%m-%d %H:%M:%S}...{end:%Y-%m-%d %H:%M:%S}")
    key = holder.account.digicert.secret.reveal()
    answer = await client.get(f"{PATH}?filters[status_last_updated]={span}", key=key)
    assert len(answer["orders"]) == rows, (len(answer["orders"]), rows)


async def _in_process(program: Program, holder: Holder, start: datetime, end: datetime, rows: int) -> None:
    last = end + timedelta(seconds=1) - timedelta(microseconds=1)
    pages = program.use.changed_orders.read(holder.caller, start, last)
    found = sum([len(page) async for page in pages])
    assert found == rows, (found, rows)
