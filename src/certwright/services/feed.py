"""What changed: the status changes of an account, as a log that can be followed."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.errors import InvalidInput, LimitExceeded, Unavailable
from certwright.domain.query import ChangePage
from certwright.services.visibility import get_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certwright.domain.account import Caller
    from certwright.domain.change import StatusChange
    from certwright.domain.ids import AccountId, OrderId
    from certwright.services.ports import ChangeSignal, ChangeWatch, Store

_FOLLOW_LATER_SECONDS = 5
_LOOKED_AT = 1000
"""How many changes are looked at for those that a key may see."""


class Feed:
    """Reads the append-only log of status changes.

    ``most_followers`` is how many of an account may wait for changes at the same time.
    """

    def __init__(self, store: Store, signal: ChangeSignal, *, most_followers: int) -> None:
        self._store = store
        self._signal = signal
        self._most_followers = most_followers
        self._followers: dict[AccountId, int] = {}

    async def history(self, caller: Caller, order_id: OrderId) -> list[StatusChange]:
        """List an order's status changes, oldest first.

        Raises:
            NotFound: no such order in this account.
        """
        async with self._store.reading() as work:
            await get_order(work, caller, order_id)
            return await work.changes.list_of_order(caller.account_id, order_id)

    async def find_end(self, account_id: AccountId) -> int:
        """Return the cursor behind which only what is still to come lies."""
        async with self._store.reading() as work:
            return await work.changes.find_end(account_id)

    async def find_ends(self) -> dict[AccountId, int]:
        """Return for every account what ``find_end`` does, for the operator."""
        async with self._store.reading() as work:
            return await work.changes.find_ends()

    async def read_all(self, account_id: AccountId, *, after: int, limit: int) -> ChangePage:
        """Return at most ``limit`` changes of an account behind a cursor, in the order of their commits.

        A reader that always asks for what is behind the cursor of its last page sees every change once: numbers are
        given in the order of the commits, and a transaction waits with its number until those before it are visible.

        Raises:
            InvalidInput: the cursor lies behind the end of the log, so it is not of this log as it is now.
        """
        async with self._store.reading() as work:
            found = await work.changes.list_logged(account_id, after, limit)
            end = await work.changes.find_end(account_id)
        if after > end:
            raise InvalidInput.for_field("after", f"The log ends at {end}: the cursor is not of this log")
        cursor = found[-1].change.sequence if found else after
        return ChangePage(items=tuple(found), cursor=cursor, has_more=cursor < end)

    async def read(self, caller: Caller, *, after: int, limit: int) -> ChangePage:
        """Read as ``read_all`` does, less what the caller may not see; the cursor passes over that.

        So much of the log is looked at and no more, so that a page may be short, or empty, and have more behind it.

        Raises:
            InvalidInput: as for ``read_all``.
        """
        if not caller.sees_own_only:
            return await self.read_all(caller.account_id, after=after, limit=limit)
        page = await self.read_all(caller.account_id, after=after, limit=max(limit, _LOOKED_AT))
        own = [each for each in page.items if each.placed_by == caller.key.id]
        if len(own) <= limit:
            return replace(page, items=tuple(own))
        return ChangePage(items=tuple(own[:limit]), cursor=own[limit - 1].change.sequence, has_more=True)

    @contextmanager
    def follow(self, caller: Caller) -> Iterator[Follower]:
        """Begin to wait for changes of the caller's account; end with the block.

        Raises:
            LimitExceeded: as many of the account wait as may.
            Unavailable: the server is ending.
        """
        if self._signal.is_closed:
            raise Unavailable("The server is ending")
        account_id = caller.account_id
        followers = self._followers.get(account_id, 0)
        if followers >= self._most_followers:
            raise LimitExceeded(
                f"{followers} streams and waiting requests of the account are open, which is all that may be",
                retry_after_seconds=_FOLLOW_LATER_SECONDS,
            )
        self._followers[account_id] = followers + 1
        try:
            with self._signal.watch(account_id) as watch:
                yield Follower(feed=self, caller=caller, watch=watch, signal=self._signal)
        finally:
            self._followers[account_id] -= 1
            if not self._followers[account_id]:
                del self._followers[account_id]

    def close(self) -> None:
        """Let nobody wait any more, now or later: the server ends."""
        self._signal.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """One who reads on in an account's log and waits where it ends."""

    feed: Feed
    caller: Caller
    watch: ChangeWatch
    signal: ChangeSignal

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be waited for any more, because the server ends."""
        return self.signal.is_closed

    async def read(self, *, after: int, limit: int, wait: timedelta) -> ChangePage:
        """Return the next page as it is, unless the log has been read to its end: then wait there for a page with changes.

        When the wait or the server is over, the page is returned without any.

        Nothing of the database is held while waiting.

        Raises:
            InvalidInput: as for ``Feed.read_all``.
        """
        give_up_at = time.monotonic() + wait.total_seconds()
        while True:
            page = await self.feed.read(self.caller, after=after, limit=limit)
            left = timedelta(seconds=give_up_at - time.monotonic())
            if page.items or page.has_more or left <= timedelta(0) or self.is_over:
                return page
            after = page.cursor
            if not await self.watch.wait_beyond(after, left):
                return page
