"""Searches and counts answered from an index where that is exact, and by the store where it is not.

An index is a copy of an account's book, right for one ``BookState`` of it, and it may be in another process. An answer
found there at a state is given out only if a read of the book that begins afterwards comes back with the same state:
for a search, the transaction that reads the page's orders reads the state with them; for a count, the state is read
alone. Why that is enough:

- Every commit that moves a searchable value raises the state in the same transaction, and states only grow. So two
  reads with the same state have the same book between them: totals and order ids of the index, and the rows of the
  page, are of one and the same book.
- The confirming read begins after the request did, so it sees all that was committed before the request, the caller's
  own writes among it. An index that lacks any of it has an older state, and is not believed.
- An index in the middle of catching up, or built from batches that are not one view, may hold newer values than its
  state says. But something was committed after that state then, and no later read of the book comes back with it.

Where the states differ, the index is told the state that it must reach, catches up and is asked again; a book that
keeps changing faster than that is left to the store after some rounds, as is everything that no index answers.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Protocol, TypeVar

from certwright.domain.query import Between, Contains, ItemT, OneOf, OrderPage
from certwright.search.questions import CountOrders, CountPlaced, FindOrders
from certwright.search.remembered import RememberedPages
from certwright.services.ports import BookState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from certwright.domain.ids import AccountId, OrderId
    from certwright.domain.query import FoundOrder, OrderQuery, OrderSummary, Test, Value
    from certwright.domain.statistics import OrderStatistics
    from certwright.domain.status import OrderStatus
    from certwright.search.book_index import Found
    from certwright.search.questions import Answerer, Question
    from certwright.search.store_answers import StoreAnswers
    from certwright.services.ports import BookReader, StatedPage

_log = logging.getLogger(__name__)

_ROUNDS = 8
"""How often an index is asked; a round takes some milliseconds, the store's answer to a large book maybe seconds."""

_LONGEST_PAGE = 10_000
_MOST_VALUES = 1_000
"""Longer ones are rare, and dear to pass between processes."""

Answer = TypeVar("Answer")


class _ReadPage(Protocol[ItemT]):
    """Reads orders by id, if the book is in a state."""

    async def __call__(
        self, account_id: AccountId, order_ids: Sequence[OrderId], state: BookState
    ) -> StatedPage[ItemT]:
        """Read a page."""
        ...


class Router:
    """Answers searches and counts: exactly, from an index where it can.

    ``end_of`` tells how far an account's log is known to reach. That spares most searches behind a write of this process
    the first round, whose rows would be read for nothing.
    """

    def __init__(
        self,
        answerer: Answerer,
        reader: BookReader,
        store: StoreAnswers,
        *,
        end_of: Callable[[AccountId], int] = lambda _account_id: 0,
    ) -> None:
        self._answerer = answerer
        self._reader = reader
        self._end_of = end_of
        self._pages = RememberedPages(reader)
        self._store = store
        self.answers: Counter[str] = Counter()

    async def search(self, query: OrderQuery) -> OrderPage[OrderSummary]:
        """Return a page of what matches, and how many match in all."""
        page = await self._find(query, self._pages.page)
        return await self._store.search(query) if page is None else page

    async def search_in_full(self, query: OrderQuery) -> OrderPage[FoundOrder]:
        """Search, and return whole orders with all that belongs to them."""
        page = await self._find(query, self._reader.full_page)
        return await self._store.search_in_full(query) if page is None else page

    async def count_orders(self, account_id: AccountId, at: datetime) -> OrderStatistics:
        """Count by status, by product, and what runs out within the usual spans from an instant."""
        counted = await self._count(CountOrders(account_id, at))
        return await self._store.count_orders(account_id, at) if counted is None else counted

    async def count_placed(
        self, account_id: AccountId, instants: Sequence[datetime]
    ) -> list[dict[OrderStatus, int]]:
        """Count the orders placed from each instant up to the next, by what they are now."""
        counted = await self._count(CountPlaced(account_id, tuple(instants)))
        return await self._store.count_placed(account_id, instants) if counted is None else counted

    async def _find(self, query: OrderQuery, read: _ReadPage[ItemT]) -> OrderPage[ItemT] | None:
        """Find ids until the orders read by them are of the state that the ids were found at."""
        page = await self._find_page(query, read) if _is_for_an_index(query) else None
        self._note(page)
        return page

    async def _find_page(self, query: OrderQuery, read: _ReadPage[ItemT]) -> OrderPage[ItemT] | None:
        at_least = BookState(self._end_of(query.account_id))
        for _ in range(_ROUNDS):
            found = await self._answerer.ask(FindOrders(query), at_least)
            if found is None:
                return None
            page = await read(query.account_id, found.answer.order_ids, found.state)
            if page.state == found.state:
                return _page_of(query, found.answer, page)
            at_least = page.state
        return None

    async def _count(self, question: Question[Answer]) -> Answer | None:
        """Count until the book is found in the state that was counted."""
        counted = await self._counted(question)
        self._note(counted)
        return counted

    async def _counted(self, question: Question[Answer]) -> Answer | None:
        at_least = BookState(self._end_of(question.account_id))
        for _ in range(_ROUNDS):
            counted = await self._answerer.ask(question, at_least)
            if counted is None:
                return None
            at_least = await self._reader.state(question.account_id)
            if at_least == counted.state:
                return counted.answer
        return None

    def _note(self, answer: object | None) -> None:
        self.answers["store" if answer is None else "index"] += 1


def _page_of(query: OrderQuery, found: Found, page: StatedPage[ItemT]) -> OrderPage[ItemT] | None:
    if len(page.items) == len(found.order_ids):
        return OrderPage(items=page.items, total=found.total)
    _log.error("The index of account %s names orders that are not in its book", query.account_id)
    return None


def _is_for_an_index(query: OrderQuery) -> bool:
    """Whether the question is of a usual size, and its texts such as the store takes (what it refuses, it shall refuse)."""
    if query.limit is None or query.limit > _LONGEST_PAGE or query.custom_values:
        return False
    values = [value for condition in query.conditions for value in _values(condition.test)]
    return len(values) <= _MOST_VALUES and all(map(_is_storable, values))


def _values(test: Test) -> tuple[Value | None, ...]:
    match test:
        case OneOf(values=values):
            return values
        case Contains(text=text):
            return (text,)
        case Between(low=low, high=high):
            return (low, high)


def _is_storable(value: Value | None) -> bool:
    if not isinstance(value, str):
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value
