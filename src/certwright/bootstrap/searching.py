"""Wiring what answers searches: indexes of this process, of the search process, or the store alone."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.bootstrap.database import open_engine
from certwright.search.child import ChildMaker
from certwright.search.keeper import Keeper
from certwright.search.remote import RemoteShelf
from certwright.search.router import Router
from certwright.search.shelf import Shelf
from certwright.search.snapshots import Snapshots
from certwright.search.store_answers import StoreAnswers
from certwright.store.book_reader import SQLBookReader
from certwright.store.schema import migrate
from certwright.store.unit_of_work import SQLStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from certwright.config import Settings
    from certwright.domain.certificate import AuthorityRecord
    from certwright.search.questions import ShelfFigures
    from certwright.store.change_signal import SQLChangeSignal
    from certwright.store.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexing:
    """The indexes of large books in this process: what holds them, and what they are made of and from."""

    reader: SQLBookReader
    snapshots: Snapshots
    shelf: Shelf
    keeper: Keeper


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    """What answers searches, and how the indexes are; ``keeper`` is ``None`` if no index is kept in this process."""

    router: Router
    figures: Callable[[], Awaitable[ShelfFigures]]
    keeper: Keeper | None


@asynccontextmanager
async def open_indexing(settings: Settings) -> AsyncIterator[Indexing]:
    """Open the database (creating and migrating it) and what the indexes need, and nothing else.

    Raises:
        CertwrightError: the database does not answer.
    """
    engine = await open_engine(settings)
    try:
        await migrate(engine)
        async with SQLStore(engine).reading() as work:
            records = await work.authorities.list_all()
        yield _wire_indexing(settings, engine, records)
    finally:
        await engine.close()


def _wire_indexing(settings: Settings, engine: Engine, records: Sequence[AuthorityRecord]) -> Indexing:
    # A home may see several databases in its life; the CA's certificates tell them apart.
    mark = hashlib.sha256(b"".join(record.certificate for record in records)).hexdigest()[:16]
    reader, snapshots = SQLBookReader(engine), Snapshots(settings.home / "search" / mark)
    shelf = Shelf(reader)
    maker = ChildMaker(
        [sys.executable, "-m", "certwright", "search", "build", "--account"],
        {
            **os.environ,
            "CERTWRIGHT_HOME": str(settings.home),
            "CERTWRIGHT_DATABASE_URL": settings.database_url.reveal(),
        },
    )
    keeper = Keeper(shelf, reader, snapshots, maker, threshold=settings.search_index_orders)
    return Indexing(reader=reader, snapshots=snapshots, shelf=shelf, keeper=keeper)


@contextmanager
def wire_search(
    settings: Settings,
    engine: Engine,
    store: SQLStore,
    records: Sequence[AuthorityRecord],
    signal: SQLChangeSignal,
    *,
    elsewhere: bool,
) -> Iterator[Searching]:
    """Wire what answers searches: the indexes of this process, or those of the search process."""
    store_answers = StoreAnswers(store)
    if elsewhere:
        remote = RemoteShelf(settings.search_socket)
        router = Router(remote, SQLBookReader(engine), store_answers, end_of=signal.end_of)
        with closing(remote):
            yield Searching(router=router, figures=remote.figures, keeper=None)
        return
    indexing = _wire_indexing(settings, engine, records)
    keeper = indexing.keeper if settings.search_index_orders else None
    router = Router(indexing.shelf, indexing.reader, store_answers, end_of=signal.end_of)
    yield Searching(router=router, figures=indexing.keeper.figures, keeper=keeper)
