"""Seeing to it that every large book has its index, and that the next start finds a fresh snapshot of it.

A book that has grown large gets an index: from its snapshot if there is a good one, else a child process makes one
while the store answers. An index on the shelf follows its book, so a later snapshot is only for the next start; it is
made again when much has changed or time has passed. Whatever fails is logged and tried again after a growing pause.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from certwright.search.errors import UnusableSnapshot
from certwright.search.questions import ShelfFigures
from certwright.search.shelf import catch_up

if TYPE_CHECKING:
    from certwright.domain.ids import AccountId
    from certwright.search.shelf import Shelf
    from certwright.search.snapshots import Snapshots
    from certwright.services.ports import BookReader

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 3600.0
_STALE_AFTER = timedelta(days=1)
_STALE_SHARE = 0.1


class SnapshotMaker(Protocol):
    """Makes the snapshot of an account's book, somewhere else than on this event loop."""

    async def __call__(self, account_id: AccountId, *, refresh: bool) -> None:
        """Make it, from the snapshot that is there if ``refresh``, and return when it lies in its place.

        Raises:
            CertwrightError: it could not be made.
        """
        ...


class Keeper:
    """Brings the indexes of large books to a shelf and keeps their snapshots fresh."""

    def __init__(
        self, shelf: Shelf, reader: BookReader, snapshots: Snapshots, make: SnapshotMaker, *, threshold: int
    ) -> None:
        self._shelf = shelf
        self._reader = reader
        self._snapshots = snapshots
        self._make = make
        self._threshold = threshold
        self._builds = 0
        self._failed_builds = 0
        self._failures: dict[AccountId, int] = {}
        self._rest_until: dict[AccountId, float] = {}

    async def run(self) -> None:
        """Keep shelf and snapshots until canceled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._shelf.follow())
            while True:
                await self.look_after()
                await asyncio.sleep(_LOOK_SECONDS)

    async def look_after(self) -> None:
        """Look at every large book once and do what it needs; those with a snapshot come first."""
        try:
            accounts = await self._reader.large_books(self._threshold)
        except Exception:
            _log.exception("The large books could not be listed")
            return
        for account_id in sorted(accounts, key=lambda each: self._snapshots.find_note(each) is None):
            if self._rest_until.get(account_id, 0.0) > time.monotonic():
                continue
            try:
                await self._look_after(account_id)
            except Exception:
                self._rest(account_id)
                _log.exception("The index of account %s could not be made ready", account_id)
            else:
                self._failures.pop(account_id, None)

    async def figures(self) -> ShelfFigures:
        """Tell how the indexes are, and how many were built."""
        return ShelfFigures(
            indexes=self._shelf.figures(), builds=self._builds, failed_builds=self._failed_builds
        )

    async def _look_after(self, account_id: AccountId) -> None:
        if self._shelf.find(account_id) is None:
            await self._take_up(account_id)
        if self._is_stale(account_id):
            await self._build(account_id, refresh=True)

    async def _take_up(self, account_id: AccountId) -> None:
        if self._snapshots.path(account_id).exists():
            try:
                await self._load(account_id)
            except UnusableSnapshot as error:
                _log.warning("The snapshot of account %s is not used: %s", account_id, error.message)
                self._snapshots.remove(account_id)
            else:
                return
        await self._build(account_id, refresh=False)
        await self._load(account_id)

    async def _load(self, account_id: AccountId) -> None:
        begun = time.monotonic()
        index = await asyncio.to_thread(self._snapshots.load, account_id)
        await catch_up(self._reader, index)
        self._shelf.put(index)
        seconds = time.monotonic() - begun
        _log.info("The index of account %s answers: %s orders, after %.1f s", account_id, len(index), seconds)

    async def _build(self, account_id: AccountId, *, refresh: bool) -> None:
        try:
            await self._make(account_id, refresh=refresh)
        except BaseException:
            self._failed_builds += 1
            raise
        self._builds += 1

    def _is_stale(self, account_id: AccountId) -> bool:
        """Whether the next start would have much to catch up with."""
        index, note = self._shelf.find(account_id), self._snapshots.find_note(account_id)
        if index is None:
            return False
        if note is None:
            return True
        behind = note.state.count_behind(index.state)
        is_old = datetime.now(UTC) - note.made_at > _STALE_AFTER
        return behind > _STALE_SHARE * len(index) or (is_old and behind > 0)

    def _rest(self, account_id: AccountId) -> None:
        failures = self._failures.get(account_id, 0) + 1
        self._failures[account_id] = failures
        pause = min(_LOOK_SECONDS * 2 ** min(failures, 10), _LONGEST_PAUSE_SECONDS)
        self._rest_until[account_id] = time.monotonic() + pause
