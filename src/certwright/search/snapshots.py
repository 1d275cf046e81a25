"""Where snapshots of indexes lie: one file an account, and a lock for whoever makes it.

They hold names and addresses of customers, so the folder is its owner's alone. A snapshot can be lost at any time: it
is made again from the book. Beside each lies a note that tells what is in it to those who need not read it all.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from certwright.domain.errors import Conflict
from certwright.search.book_index import BookIndex
from certwright.search.errors import UnusableSnapshot
from certwright.services.ports import BookState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from certwright.domain.ids import AccountId


class SnapshotNote(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot holds: so many orders, at a state of the book; and when it was made."""

    orders: int
    sequence: int
    edit: int
    made_at: datetime

    @property
    def state(self) -> BookState:
        """The state of the book that the snapshot is of."""
        return BookState(self.sequence, self.edit)


class Snapshots:
    """The snapshots in a folder, which is made when the first is saved."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, account_id: AccountId) -> Path:
        """Return where the snapshot of an account lies or would lie."""
        return self._folder / f"{account_id}.index"

    def find_note(self, account_id: AccountId) -> SnapshotNote | None:
        """Return what the snapshot of an account holds, if there is one."""
        try:
            return msgspec.json.decode(self._note_path(account_id).read_bytes(), type=SnapshotNote)
        except (OSError, msgspec.DecodeError):
            return None

    def load(self, account_id: AccountId) -> BookIndex:
        """Read an account's snapshot.

        Raises:
            UnusableSnapshot: there is none, or it is damaged, of another version or another account.
        """
        try:
            index = BookIndex.load(self.path(account_id))
        except OSError as cause:
            raise UnusableSnapshot("There is no snapshot that can be read") from cause
        if index.account_id != account_id:
            raise UnusableSnapshot("The snapshot is of another account")
        return index

    def save(self, index: BookIndex) -> None:
        """Write an account's snapshot in the place of the one that is there.

        Raises:
            UnusableSnapshot: it can't be written, as on a full disk.
        """
        note = SnapshotNote(
            orders=len(index), sequence=index.state.sequence, edit=index.state.edit, made_at=datetime.now(UTC)
        )
        try:
            index.save(self.path(index.account_id))
            self._note_path(index.account_id).write_bytes(msgspec.json.encode(note))
        except OSError as cause:
            raise UnusableSnapshot(f"The snapshot can't be written: {cause.strerror}") from cause

    def remove(self, account_id: AccountId) -> None:
        """Remove an account's snapshot, if there is one."""
        for path in (self._note_path(account_id), self.path(account_id)):
            path.unlink(missing_ok=True)

    def _note_path(self, account_id: AccountId) -> Path:
        return self._folder / f"{account_id}.json"

    @contextmanager
    def making(self, account_id: AccountId) -> Iterator[None]:
        """Keep other processes from making the account's snapshot at the same time.

        Raises:
            Conflict: another process is making it.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / f"{account_id}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as cause:
                raise Conflict(
                    f"The index of account {account_id} is being built by another process"
                ) from cause
            yield
