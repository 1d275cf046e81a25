"""Indexes over a store under test: shelf, keeper and router as the program wires them, with snapshots made in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.search.building import build_snapshot
from certwright.search.keeper import Keeper
from certwright.search.router import Router
from certwright.search.shelf import Shelf
from certwright.search.snapshots import Snapshots
from certwright.search.store_answers import StoreAnswers
from certwright.store.book_reader import SQLBookReader

if TYPE_CHECKING:
    from pathlib import Path

    from certwright.domain.ids import AccountId
    from certwright.store.engine import Engine
    from certwright.store.unit_of_work import SQLStore


@dataclass(kw_only=True)
class Indexes:
    """What answers searches over one store, piece by piece; ``made`` lists the snapshots that were made."""

    reader: SQLBookReader
    snapshots: Snapshots
    shelf: Shelf
    keeper: Keeper
    store: StoreAnswers
    router: Router
    made: list[tuple[AccountId, bool]]


def wire_indexes(engine: Engine, store: SQLStore, folder: Path, *, threshold: int = 1) -> Indexes:
    """Wire everything; no index is there until the keeper has looked after the books."""
    reader, snapshots = SQLBookReader(engine), Snapshots(folder)
    made: list[tuple[AccountId, bool]] = []

    async def make(account_id: AccountId, *, refresh: bool) -> None:
        await build_snapshot(reader, snapshots, account_id, refresh=refresh)
        made.append((account_id, refresh))

    shelf, answers = Shelf(reader), StoreAnswers(store)
    return Indexes(
        reader=reader,
        snapshots=snapshots,
        shelf=shelf,
        keeper=Keeper(shelf, reader, snapshots, make, threshold=threshold),
        store=answers,
        router=Router(shelf, reader, answers),
        made=made,
    )
