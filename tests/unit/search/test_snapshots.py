"""Snapshots lie in their owner's folder alone, one an account, with a note of what is in them."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import Conflict
from certwright.domain.ids import AccountId
from certwright.search.book_index import BookIndex
from certwright.search.errors import UnusableSnapshot
from certwright.search.snapshots import Snapshots
from certwright.services.ports import BookState

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT, OTHER = AccountId(1), AccountId(2)


def saved(folder: Path) -> Snapshots:
    snapshots = Snapshots(folder)
    with snapshots.making(ACCOUNT):
        snapshots.save(BookIndex.build(ACCOUNT, BookState(7, 3), []))
    return snapshots


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "search"
    snapshots = saved(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert snapshots.load(ACCOUNT).state == BookState(7, 3)
    note = snapshots.find_note(ACCOUNT)
    assert note is not None
    assert (note.orders, note.state) == (0, BookState(7, 3))
    snapshots.remove(ACCOUNT)
    assert snapshots.find_note(ACCOUNT) is None
    with pytest.raises(UnusableSnapshot):
        snapshots.load(ACCOUNT)


def test_snapshot_of_another_account_is_refused(tmp_path: Path) -> None:
    snapshots = saved(tmp_path)
    snapshots.path(ACCOUNT).rename(snapshots.path(OTHER))
    with pytest.raises(UnusableSnapshot):
        snapshots.load(OTHER)


def test_only_one_makes_a_snapshot_at_a_time(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    with snapshots.making(ACCOUNT):
        with pytest.raises(Conflict), Snapshots(tmp_path).making(ACCOUNT):
            pass
        with Snapshots(tmp_path).making(OTHER):
            pass
    with snapshots.making(ACCOUNT):
        pass


def test_a_snapshot_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path / "missing")
    with pytest.raises(UnusableSnapshot, match="can't be written"):
        snapshots.save(BookIndex.build(ACCOUNT, BookState(), []))


def test_a_broken_note_is_none(tmp_path: Path) -> None:
    snapshots = saved(tmp_path)
    (tmp_path / f"{ACCOUNT}.json").write_text("{")
    assert snapshots.find_note(ACCOUNT) is None
