"""Making a snapshot: from the whole book, or from the snapshot before it and what changed since.

This is work for a process of its own, with low priority: at ten million orders it takes minutes of one core.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from certwright.search.book_index import BookIndex
from certwright.search.errors import UnusableSnapshot
from certwright.search.shelf import catch_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from certwright.domain.ids import AccountId
    from certwright.search.snapshots import Snapshots
    from certwright.services.ports import BookReader, IndexedOrder

Result = TypeVar("Result")

_BATCH = 5_000


async def build_snapshot(
    reader: BookReader, snapshots: Snapshots, account_id: AccountId, *, refresh: bool
) -> BookIndex:
    """Make and save the snapshot of an account's book; ``refresh`` starts from the one that is there, if it is good.

    Raises:
        Conflict: another process is making it.
        UnusableSnapshot: it can't be written.
    """
    with snapshots.making(account_id):
        index = await _refreshed(reader, snapshots, account_id) if refresh else None
        if index is None:
            state = await reader.state(account_id)  # first: what changes during the scan lies behind it
            index = await read_book(
                reader, account_id, lambda batches: BookIndex.build(account_id, state, batches)
            )
            await catch_up(reader, index)
        snapshots.save(index)
    return index


async def _refreshed(reader: BookReader, snapshots: Snapshots, account_id: AccountId) -> BookIndex | None:
    try:
        index = snapshots.load(account_id)
        await catch_up(reader, index)
    except UnusableSnapshot:
        return None
    return index


async def read_book(
    reader: BookReader, account_id: AccountId, take: Callable[[Iterator[Sequence[IndexedOrder]]], Result]
) -> Result:
    """Let a function of another thread draw the batches of a scan, one at a time, and return what it returns."""
    scan = reader.scan(account_id, _BATCH)
    return await asyncio.to_thread(take, _drawn(scan, asyncio.get_running_loop()))


def _drawn(
    scan: AsyncIterator[Sequence[IndexedOrder]], loop: asyncio.AbstractEventLoop
) -> Iterator[Sequence[IndexedOrder]]:
    async def draw() -> Sequence[IndexedOrder] | None:
        return await anext(scan, None)

    while (batch := asyncio.run_coroutine_threadsafe(draw(), loop).result()) is not None:
        yield batch
