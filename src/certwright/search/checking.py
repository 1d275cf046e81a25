"""Holding an index against its book, order by order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from certwright.search.building import build_snapshot, read_book
from certwright.search.errors import UnusableSnapshot
from certwright.search.shelf import catch_up

if TYPE_CHECKING:
    from certwright.domain.ids import AccountId
    from certwright.search.book_index import BookIndex
    from certwright.search.snapshots import Snapshots
    from certwright.services.ports import BookReader

_MOST_TOLD = 100_000
"""So many differences are gathered; an index that has more is no better for a longer list."""

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIndex:
    """An index after its comparison; ``was_built`` says that there was no snapshot to check, so one was made."""

    orders: int
    was_built: bool
    differences: tuple[str, ...]


async def check_index(reader: BookReader, snapshots: Snapshots, account_id: AccountId) -> CheckedIndex:
    """Load an account's snapshot, or make one, bring it level with the book and compare all of it with the database.

    Orders that change during the comparison are left out of it: the index would have taken the change in.

    Raises:
        UnusableSnapshot: the snapshot knows of changes that the book has not.
        Conflict: there is no snapshot yet, and another process is making it.
    """
    try:
        index, was_built = snapshots.load(account_id), False
    except UnusableSnapshot:
        index, was_built = await build_snapshot(reader, snapshots, account_id, refresh=False), True
    await catch_up(reader, index)
    found = await read_book(
        reader,
        account_id,
        lambda batches: list(islice(index.differences(chain.from_iterable(batches)), _MOST_TOLD)),
    )
    changed = await _subjects_changed_since(reader, index) if found else set()
    differences = tuple(difference for difference in found if _subject(difference) not in changed)
    return CheckedIndex(orders=len(index), was_built=was_built, differences=differences)


async def _subjects_changed_since(reader: BookReader, index: BookIndex) -> set[str]:
    state, changed = index.state, set()
    while True:
        changes = await reader.changed_since(index.account_id, state, _AT_ONCE)
        changed |= {f"order {order.id}" for order in changes.orders}
        if changes.is_all:
            return changed
        state = changes.state


def _subject(difference: str) -> str:
    """Return what a difference is about: one about an order begins with the word and the order's id."""
    return " ".join(difference.split(" ", 2)[:2])
