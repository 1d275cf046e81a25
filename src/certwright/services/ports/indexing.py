"""The order book as a search index reads it: how far it has got, what changed since, and pages by order id.

An index is a copy, and a copy is right only for one state of the book. ``BookState`` names that state: everything that
moves a searchable value of an order raises one of its two numbers in the same transaction. An answer found at a state
is exact if ``page`` comes back with the same state; else the index catches up by ``changed_since`` and looks again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol

from certwright.domain.query import FoundOrder, ItemT, OrderSummary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from certwright.domain.ids import AccountId, OrderId


class BookState(NamedTuple):
    """How far an account's book has got: the sequence of its last status change and the number of its last edit.

    An edit is a change of an order that its status knows nothing of, such as the link to the order that renews it.
    """

    sequence: int = 0
    edit: int = 0

    def lacks(self, other: BookState) -> bool:
        """Whether the other state knows of something that this one does not."""
        return self.sequence < other.sequence or self.edit < other.edit

    def joined(self, other: BookState) -> BookState:
        """Return the state that knows of what either knows of."""
        return BookState(max(self.sequence, other.sequence), max(self.edit, other.edit))

    def count_behind(self, other: BookState) -> int:
        """Count the changes and edits that the other state knows of and this one does not."""
        return max(0, other.sequence - self.sequence) + max(0, other.edit - self.edit)


class IndexedOrder(NamedTuple):
    """The searchable values of an order as they are stored, for there may be millions.

    Instants are whole microseconds since 1970 in UTC. All text is in lower case, as it is stored or compared, but for
    ``product``: that is the product's key as it is counted. ``is_revoked`` tells of the current certificate, which may be
    revoked while the order stays issued.
    """

    id: int
    created_at: int
    status: str
    common_name: str
    other_names: tuple[str, ...]
    email: str
    product_key: str
    organization_id: int | None
    placed_by: int
    certificate_id: int
    not_after: int | None
    status_changed_at: int
    term_years: int
    is_renewed: int
    is_revoked: int
    product: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookChanges:
    """The orders that changed behind a state, each once and as it is then or later, and the state that knowing them reaches.

    ``is_all`` says that nothing was left for another call, so that ``state`` was the book's when it was read.
    """

    orders: tuple[IndexedOrder, ...]
    state: BookState
    is_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedOrders:
    """The orders that changed behind a state, and the state of the book when that was read.

    ``is_all`` says that these are all of them.
    """

    ids: frozenset[OrderId]
    state: BookState
    is_all: bool


class StatedPage(NamedTuple, Generic[ItemT]):
    """Orders by id, in the order that was asked for, with the state of the book at which they were read.

    There are none if the book was in another state than the one that was asked for.
    """

    items: tuple[ItemT, ...]
    state: BookState


class BookReader(Protocol):
    """Reads accounts' books for an index. Each call is one consistent view of its own, unless it says otherwise."""

    async def large_books(self, orders: int) -> list[AccountId]:
        """List the accounts that hold at least so many orders."""
        ...

    async def state(self, account_id: AccountId) -> BookState:
        """Return how far a book has got."""
        ...

    async def changed_since(self, account_id: AccountId, state: BookState, limit: int) -> BookChanges:
        """Return what changed behind a state, reading at most so many changes and edits each.

        The orders may be newer than the state: then the book is no longer in it.
        """
        ...

    async def touched_since(self, account_id: AccountId, state: BookState, limit: int) -> TouchedOrders:
        """Tell which orders changed behind a state, reading at most so many changes and edits each."""
        ...

    def scan(self, account_id: AccountId, batch: int) -> AsyncIterator[Sequence[IndexedOrder]]:
        """Read the whole book in the order of creation (``created_at``, then id), so many orders at a time.

        The batches are not one view: read ``state`` first, and ``changed_since`` it afterwards.
        """
        ...

    async def page(
        self, account_id: AccountId, order_ids: Sequence[OrderId], state: BookState
    ) -> StatedPage[OrderSummary]:
        """Read orders by id if the book is in this state; one that is not there is left out."""
        ...

    async def full_page(
        self, account_id: AccountId, order_ids: Sequence[OrderId], state: BookState
    ) -> StatedPage[FoundOrder]:
        """Read orders by id with all that belongs to them, if the book is in this state."""
        ...
