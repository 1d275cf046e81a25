"""A snapshot is the book's, whatever is written while it is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import Conflict, NotFound
from certwright.domain.ids import AccountId, OrderId
from certwright.search import building
from certwright.search.book_index import BookIndex
from certwright.search.building import build_snapshot
from certwright.search.snapshots import Snapshots
from certwright.services.ports import BookState
from certwright.store.book_reader import SQLBookReader
from tests.support.book import ACCOUNT, add_accounts, add_order, order
from tests.support.clock import NOON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from certwright.services.ports import IndexedOrder
    from tests.support.stores import OpenStore

DAY = timedelta(days=1)


class BusyBook(SQLBookReader):
    """A book that is written to between the batches of its scan."""

    opened: OpenStore

    async def scan(self, account_id: AccountId, batch: int) -> AsyncIterator[Sequence[IndexedOrder]]:
        number = 100
        async for rows in super().scan(account_id, batch):
            number += 1
            # One that the scan has passed already, and an edit of one that it has read.
            await add_order(self.opened.store, order(number, created_at=NOON - DAY))
            async with self.opened.store.writing() as work:
                stored = await work.orders.get(ACCOUNT, OrderId(rows[0].id))
                await work.orders.save(replace(stored, term_years=stored.term_years + 1))
            yield rows


@pytest.fixture(autouse=True)
async def book(opened: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_BATCH", 2)
    await add_accounts(opened.store)
    for number in range(1, 6):
        await add_order(opened.store, order(number))


async def rows_of(reader: SQLBookReader) -> list[IndexedOrder]:
    return [row async for batch in reader.scan(ACCOUNT, 100) for row in batch]


@pytest.mark.parametrize("kind", [SQLBookReader, BusyBook])
async def test_a_new_snapshot_holds_the_book(
    opened: OpenStore, tmp_path: Path, kind: type[SQLBookReader]
) -> None:
    reader, snapshots = kind(opened.engine), Snapshots(tmp_path)
    if isinstance(reader, BusyBook):
        reader.opened = opened
    made = await build_snapshot(reader, snapshots, ACCOUNT, refresh=False)
    plain = SQLBookReader(opened.engine)
    for index in (made, snapshots.load(ACCOUNT)):
        assert index.state == await plain.state(ACCOUNT)
        assert list(index.differences(await rows_of(plain))) == []
    assert len(made) == (5 if kind is SQLBookReader else 8)


async def test_a_refreshed_snapshot_is_the_old_one_with_what_changed(
    opened: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, snapshots = SQLBookReader(opened.engine), Snapshots(tmp_path)
    await build_snapshot(reader, snapshots, ACCOUNT, refresh=True)
    await add_order(opened.store, order(6))
    monkeypatch.setattr(SQLBookReader, "scan", None)  # the book is not read again
    await build_snapshot(reader, snapshots, ACCOUNT, refresh=True)
    monkeypatch.undo()
    index = snapshots.load(ACCOUNT)
    assert (len(index), index.state) == (6, BookState(6, 0))
    assert list(index.differences(await rows_of(reader))) == []


async def test_a_bad_snapshot_is_not_refreshed_but_made_anew(opened: OpenStore, tmp_path: Path) -> None:
    reader, snapshots = SQLBookReader(opened.engine), Snapshots(tmp_path)
    snapshots.save(BookIndex.build(ACCOUNT, BookState(99, 0), []))
    assert len(await build_snapshot(reader, snapshots, ACCOUNT, refresh=True)) == 5
    snapshots.path(ACCOUNT).write_bytes(b"damaged")
    assert len(await build_snapshot(reader, snapshots, ACCOUNT, refresh=True)) == 5
    assert len(snapshots.load(ACCOUNT)) == 5


async def test_two_builds_at_once_and_strangers_are_refused(opened: OpenStore, tmp_path: Path) -> None:
    reader, snapshots = SQLBookReader(opened.engine), Snapshots(tmp_path)
    with snapshots.making(ACCOUNT), pytest.raises(Conflict):
        await build_snapshot(reader, snapshots, ACCOUNT, refresh=False)
    with pytest.raises(NotFound):
        await build_snapshot(reader, snapshots, AccountId(404), refresh=False)
