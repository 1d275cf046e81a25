"""Large books get their indexes, by themselves and again after every failure; snapshots stay fresh."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from certwright.domain.errors import Unavailable
from certwright.search import keeper as module
from certwright.search.book_index import BookIndex
from certwright.search.keeper import Keeper
from certwright.search.shelf import catch_up
from certwright.services.ports import BookState
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts, add_order, order
from tests.support.indexes import Indexes, wire_indexes

if TYPE_CHECKING:
    from pathlib import Path

    from certwright.domain.ids import AccountId
    from tests.support.stores import OpenStore


@dataclass
class Failing:
    """Makes no snapshot."""

    tries: int = 0

    async def __call__(self, account_id: AccountId, *, refresh: bool) -> None:
        self.tries += 1
        raise Unavailable("The build ended with status 1: the disk is full")


@pytest.fixture
async def indexes(opened: OpenStore, tmp_path: Path) -> Indexes:
    await add_accounts(opened.store)
    await add_order(opened.store, order(1))
    return wire_indexes(opened.engine, opened.store, tmp_path / "indexes", threshold=2)


def again(indexes: Indexes, opened: OpenStore, tmp_path: Path) -> Indexes:
    """Wire everything a second time, as the next start does."""
    return wire_indexes(opened.engine, opened.store, tmp_path / "indexes", threshold=2)


async def test_a_book_gets_its_index_when_it_has_grown_large(opened: OpenStore, indexes: Indexes) -> None:
    await indexes.keeper.look_after()
    assert (indexes.shelf.find(ACCOUNT), indexes.made) == (None, [])
    await add_order(opened.store, order(2))
    await indexes.keeper.look_after()
    index = indexes.shelf.find(ACCOUNT)
    assert index is not None
    assert (len(index), indexes.made) == (2, [(ACCOUNT, False)])
    assert indexes.shelf.find(OTHER_ACCOUNT) is None
    figures = await indexes.keeper.figures()
    assert ([each.orders for each in figures.indexes], figures.builds, figures.failed_builds) == ([2], 1, 0)


async def test_the_next_start_loads_the_snapshot_and_catches_up(
    opened: OpenStore, indexes: Indexes, tmp_path: Path
) -> None:
    await add_order(opened.store, order(2))
    await indexes.keeper.look_after()
    await add_order(opened.store, order(3))
    later = again(indexes, opened, tmp_path)
    await later.keeper.look_after()
    index = later.shelf.find(ACCOUNT)
    assert index is not None
    assert (len(index), index.state) == (3, BookState(3, 0))
    assert later.made == [(ACCOUNT, True)]  # a third of the book is new, so the next start shall find it


@pytest.mark.parametrize("bad", ["damaged", "ahead"])
async def test_a_bad_snapshot_is_made_anew(
    opened: OpenStore, indexes: Indexes, tmp_path: Path, bad: str
) -> None:
    await add_order(opened.store, order(2))
    await indexes.keeper.look_after()
    if bad == "damaged":
        indexes.snapshots.path(ACCOUNT).write_bytes(b"?")
    else:
        indexes.snapshots.save(BookIndex.build(ACCOUNT, BookState(99, 0), []))
    later = again(indexes, opened, tmp_path)
    await later.keeper.look_after()
    index = later.shelf.find(ACCOUNT)
    assert index is not None
    assert (len(index), later.made) == (2, [(ACCOUNT, False)])


async def test_a_snapshot_is_refreshed_when_much_changed_or_time_passed(
    opened: OpenStore, indexes: Indexes
) -> None:
    for number in range(2, 22):
        await add_order(opened.store, order(number))
    await indexes.keeper.look_after()
    assert indexes.made == [(ACCOUNT, False)]

    await add_order(opened.store, order(22))
    await _level(indexes)
    await indexes.keeper.look_after()
    assert indexes.made == [(ACCOUNT, False)]

    await add_order(opened.store, order(23))
    await add_order(opened.store, order(24))
    await _level(indexes)
    await indexes.keeper.look_after()
    assert indexes.made == [(ACCOUNT, False), (ACCOUNT, True)]

    note_file = indexes.snapshots.path(ACCOUNT).with_suffix(".json")
    note = msgspec.json.decode(note_file.read_bytes())
    old = datetime.now(UTC) - timedelta(days=1, seconds=1)
    note_file.write_bytes(msgspec.json.encode({**note, "made_at": old}))
    await indexes.keeper.look_after()
    assert len(indexes.made) == 2  # old, but nothing has changed
    await add_order(opened.store, order(25))
    await _level(indexes)
    await indexes.keeper.look_after()
    assert indexes.made[2:] == [(ACCOUNT, True)]


async def _level(indexes: Indexes) -> None:
    index = indexes.shelf.find(ACCOUNT)
    assert index is not None
    await catch_up(indexes.reader, index)


async def test_failures_are_told_and_tried_again_after_a_pause(
    opened: OpenStore, indexes: Indexes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await add_order(opened.store, order(2))
    make = Failing()
    keeper = Keeper(indexes.shelf, indexes.reader, indexes.snapshots, make, threshold=2)
    await keeper.look_after()
    await keeper.look_after()
    assert make.tries == 1
    assert "the disk is full" in caplog.text
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.0)
    keeper._rest_until.clear()
    for tries in (2, 3):
        await keeper.look_after()
        assert make.tries == tries
    assert (await keeper.figures()).failed_builds == 3


async def test_a_database_that_is_away_is_outlived(
    opened: OpenStore, indexes: Indexes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_reader: object, _orders: int) -> list[AccountId]:
        raise Unavailable("The database does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(type(indexes.reader), "large_books", fail)
        await indexes.keeper.look_after()
    assert "could not be listed" in caplog.text
    await add_order(opened.store, order(2))
    await indexes.keeper.look_after()
    assert indexes.shelf.find(ACCOUNT) is not None


async def test_running_it_brings_and_follows_indexes_until_canceled(
    opened: OpenStore, indexes: Indexes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.001)
    running = asyncio.create_task(indexes.keeper.run())
    for number in (2, 3):
        await add_order(opened.store, order(number))
        async with asyncio.timeout(30):
            while (index := indexes.shelf.find(ACCOUNT)) is None or len(index) < number:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.001)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
