"""The indexes that this process holds, kept level with their books.

An index that fails in any way is taken off the shelf and logged; the store answers until its keeper brings another.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from certwright.domain.errors import CertwrightError
from certwright.search.book_index import creation
from certwright.search.errors import UnusableSnapshot
from certwright.search.questions import IndexFigures, Stated
from certwright.services.ports import BookState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from certwright.domain.ids import AccountId
    from certwright.search.book_index import BookIndex
    from certwright.search.questions import Answer, Question
    from certwright.services.ports import BookReader, IndexedOrder

_log = logging.getLogger(__name__)

_SLICE = 1_000
"""How many changes and edits are read at once: more than mostly come in between two rounds, so that each order is read once."""

_TOGETHER = 2_000
"""So many orders are gathered from slices before they are taken in: at the edges between, orders come late, and some twice."""

_PIECE = 1_000
"""How many names, of how many orders ever, are taken in at once: some twenty milliseconds, in which the event loop stands still."""

_FOLLOW_SECONDS = 0.1
_FAILED_SECONDS = 5.0
_ASKED_LATELY_SECONDS = 3.0
_EVERY_IDLE_ROUND = 10
"""A book that nobody asked for lately is followed less closely, every second: in between, most orders come to their
certificates, so that each is taken in once, and fewer come late, between others."""


async def catch_up(reader: BookReader, index: BookIndex) -> None:
    """Bring an index level with its book, some slices at a time.

    Raises:
        UnusableSnapshot: the index is ahead of the book, as after a return to an older copy of the database.
    """
    is_level = False
    while not is_level:
        orders: dict[int, IndexedOrder] = {}
        state = index.state
        while not is_level and len(orders) < _TOGETHER:
            changes = await reader.changed_since(index.account_id, state, _SLICE)
            if changes.state == state and not changes.is_all:
                raise UnusableSnapshot("The index knows of changes that the book has not")
            orders |= {order.id: order for order in changes.orders}
            state, is_level = changes.state, changes.is_all
            if not is_level:
                await asyncio.sleep(0)
        for piece in _pieces(sorted(orders.values(), key=creation)):
            # The state comes at the end: until then the index holds newer values than it says.
            index.apply(piece, index.state)
            await asyncio.sleep(0)
        index.apply((), state)


def _pieces(orders: Iterable[IndexedOrder]) -> Iterator[list[IndexedOrder]]:
    piece: list[IndexedOrder] = []
    names = 0
    for order in orders:
        piece.append(order)
        names += 1 + len(order.other_names)
        if names >= _PIECE:
            yield piece
            piece, names = [], 0
    if piece:
        yield piece


@dataclass(slots=True, eq=False)
class _Held:
    """An index, who may change it, the newest state that its book was seen in, and when it was last asked."""

    index: BookIndex
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    seen: BookState = field(default_factory=BookState)
    asked_at: float = field(default_factory=time.monotonic)


class Shelf:
    """Holds indexes by account, answers from them and keeps them level."""

    def __init__(self, reader: BookReader) -> None:
        self._reader = reader
        self._held: dict[AccountId, _Held] = {}

    def put(self, index: BookIndex) -> None:
        """Answer an account's questions from an index from now on."""
        self._held[index.account_id] = _Held(index)

    def find(self, account_id: AccountId) -> BookIndex | None:
        """Return the index of an account, which only the shelf may change."""
        held = self._held.get(account_id)
        return held.index if held else None

    async def ask(self, question: Question[Answer], at_least: BookState) -> Stated[Answer] | None:
        """Answer from the account's index once it has reached a state."""
        held = self._held.get(question.account_id)
        if held is None:
            return None
        held.asked_at = time.monotonic()
        if held.index.state.lacks(at_least) and not await self._reach(held, at_least):
            return None
        # From here on nothing is awaited: the state is that of the answer.
        try:
            answer = question.put_to(held.index)
        except Exception:
            self._drop(held, "could not answer")
            return None
        return None if answer is None else Stated(answer, held.index.state)

    async def follow(self) -> None:
        """Keep all indexes level until canceled, so that most answers are of the book's state at once."""
        rounds = 0
        while True:
            rounds += 1
            lately = time.monotonic() - _ASKED_LATELY_SECONDS
            levels = [
                await self._level(held)
                for held in list(self._held.values())
                if held.asked_at > lately or rounds % _EVERY_IDLE_ROUND == 0
            ]
            await asyncio.sleep(_FOLLOW_SECONDS if all(levels) else _FAILED_SECONDS)

    def figures(self) -> tuple[IndexFigures, ...]:
        """Tell how the indexes are."""
        return tuple(
            IndexFigures(
                account_id=account_id,
                orders=len(held.index),
                behind=held.index.state.count_behind(held.seen),
            )
            for account_id, held in sorted(self._held.items())
        )

    async def _reach(self, held: _Held, at_least: BookState) -> bool:
        held.seen = held.seen.joined(at_least)
        return await self._level(held, at_least) and not held.index.state.lacks(at_least)

    async def _level(self, held: _Held, at_least: BookState | None = None) -> bool:
        """Bring an index level with its book, unless somebody else brought it far enough, and tell whether it is."""
        async with held.lock:
            if self._held.get(held.index.account_id) is not held:
                return False
            if at_least is not None and not held.index.state.lacks(at_least):
                return True
            try:
                await catch_up(self._reader, held.index)
            except UnusableSnapshot:
                self._drop(held, "is ahead of its book")
                return False
            except CertwrightError as error:
                _log.warning(
                    "The index of account %s can't catch up: %s", held.index.account_id, error.message
                )
                return False
            except Exception:
                self._drop(held, "could not take in changes")
                return False
            return True

    def _drop(self, held: _Held, reason: str) -> None:
        account_id = held.index.account_id
        _log.exception("The index of account %s %s, and is dropped", account_id, reason)
        if self._held.get(account_id) is held:
            del self._held[account_id]
