"""Waking those who wait for an account's log of changes to grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import timedelta

    from certwright.domain.ids import AccountId


class ChangeWatch(Protocol):
    """One who waits for one account's log."""

    async def wait_beyond(self, sequence: int, within: timedelta) -> bool:
        """Wait until the log reaches beyond a sequence number; false when time is up or the signal is closed.

        Nothing that was committed after the watch began is slept through. No connection is held meanwhile.
        """
        ...


class ChangeSignal(Protocol):
    """Tells that logs grew: at once of what this process commits, within a second or so of what others do."""

    def watch(self, account_id: AccountId) -> AbstractContextManager[ChangeWatch]:
        """Begin to watch an account's log; end with the block."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether ``close`` was called."""
        ...

    def close(self) -> None:
        """Wake everybody for good: the server ends, and nobody shall hold it up."""
        ...
