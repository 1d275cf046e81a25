"""What an index can be asked, as values, so that a question may be put to the index of another process."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from certwright.domain.statistics import EXPIRY_SPANS_DAYS, OrderStatistics, expiry_ends

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.ids import AccountId
    from certwright.domain.query import OrderQuery
    from certwright.domain.status import OrderStatus
    from certwright.search.book_index import BookIndex, Found
    from certwright.services.ports import BookState

Answer = TypeVar("Answer")
Answer_co = TypeVar("Answer_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Stated(Generic[Answer]):
    """An answer, and the state of the book that it was found at."""

    answer: Answer
    state: BookState


class Question(Protocol[Answer_co]):
    """A question to the index of one account."""

    @property
    def account_id(self) -> AccountId:
        """Whose book is asked."""
        ...

    def put_to(self, index: BookIndex) -> Answer_co | None:
        """Ask an index, which may decline; nothing else runs meanwhile."""
        ...


@dataclass(frozen=True, slots=True)
class FindOrders:
    """Which orders make the page of a query, and how many match in all?"""

    query: OrderQuery

    @property
    def account_id(self) -> AccountId:
        """Whose book is asked."""
        return self.query.account_id

    def put_to(self, index: BookIndex) -> Found | None:
        """Ask an index, which may decline."""
        return index.find(self.query)


@dataclass(frozen=True, slots=True)
class CountOrders:
    """How many orders are there by status, by product, and by how soon after an instant they run out?"""

    account_id: AccountId
    at: datetime

    def put_to(self, index: BookIndex) -> OrderStatistics:
        """Ask an index."""
        expiring = (index.count_expiring(self.at, end) for end in expiry_ends(self.at))
        return OrderStatistics(
            by_status=index.count_by_status(),
            by_product=index.count_by_product(),
            expiring=dict(zip(EXPIRY_SPANS_DAYS, expiring, strict=True)),
        )


@dataclass(frozen=True, slots=True)
class CountPlaced:
    """How many orders were placed from each instant up to the next, by what they are now?"""

    account_id: AccountId
    instants: tuple[datetime, ...]

    def put_to(self, index: BookIndex) -> list[dict[OrderStatus, int]]:
        """Ask an index."""
        return [index.count_placed(start, end) for start, end in pairwise(self.instants)]


class Answerer(Protocol):
    """Puts questions to indexes, of this process or of another."""

    async def ask(self, question: Question[Answer], at_least: BookState) -> Stated[Answer] | None:
        """Answer from an index that is no older than a state, or ``None``: no index, or it declined, or it failed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFigures:
    """One index: how many orders it holds, and how many changes of its book it is known to lack."""

    account_id: AccountId
    orders: int
    behind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfFigures:
    """All indexes of a process, and how many were built for it, or failed to be."""

    indexes: tuple[IndexFigures, ...] = ()
    builds: int = 0
    failed_builds: int = 0
