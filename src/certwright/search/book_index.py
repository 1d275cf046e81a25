"""The order index of one account's book: what SQL would answer about its orders, from memory.

All methods work at once and on one thread. Sets of orders are compressed bitmaps of their ordinals, so that a total is a
cardinality and a page a slice by rank; see ``columns`` for what is kept, ``conditions`` and ``paging`` for how it is
asked.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import timedelta
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from certwright.domain.ids import AccountId, ProductKey
from certwright.domain.query import Between, Condition, OneOf, OrderField
from certwright.domain.status import OrderStatus
from certwright.search.columns import Columns
from certwright.search.conditions import are_answerable, matching
from certwright.search.differences import differences
from certwright.search.errors import UnusableSnapshot
from certwright.search.paging import find_sorting
from certwright.search.records import reading, writing
from certwright.services.ports import BookState, IndexedOrder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from pyroaring import BitMap

    from certwright.domain.ids import OrderId
    from certwright.domain.query import OrderQuery

_TICK = timedelta(microseconds=1)
_FIELDS = list(IndexedOrder._fields)
_BATCH = 10_000
_WHOLE = 8
"""Where more than this part of a book would be put in one by one, all of it is built anew."""

_ENDING = (OrderStatus.ISSUED, OrderStatus.REISSUE_PENDING)
"""Orders whose current certificate may run out."""


class Found(NamedTuple):
    """The orders of a page, in its order, and the exact number of all that match."""

    total: int
    order_ids: list[OrderId]


class BookIndex:
    """The searchable values of an account's orders at one state of its book."""

    def __init__(self, account_id: AccountId, state: BookState, columns: Columns) -> None:
        self.account_id = account_id
        self.state = state
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns)

    @classmethod
    def build(
        cls, account_id: AccountId, state: BookState, batches: Iterable[Sequence[IndexedOrder]]
    ) -> BookIndex:
        """Make an index of a whole book, whose orders come in the order of creation (``created_at``, then id)."""
        return cls(account_id, state, _built(batches))

    def apply(self, orders: Iterable[IndexedOrder], state: BookState) -> None:
        """Take in new and changed orders as they are now, and move to a state.

        Orders may come late: those that were created after them are put behind them again, which takes the longer the
        more they are.
        """
        columns = self._columns
        new, moved = [], []
        for order in {order.id: order for order in orders}.values():
            ordinal = columns.find(order.id)
            if ordinal is None:
                new.append(order)
            elif columns.created_at.get(ordinal) != order.created_at:
                moved.append(ordinal)
                new.append(order)
            else:
                columns.change(ordinal, order)
        if new:
            self._insert(sorted(new, key=creation), moved)
        self.state = state

    def find(self, query: OrderQuery) -> Found | None:
        """Answer a query, or return ``None`` where SQL answers it better.

        Such are queries for values that are not here (custom fields, serial numbers, thumbprints, alternative ids), for
        ids, which the database finds at once, for ranges of e-mail addresses and further names, and those with very many
        conditions.
        """
        sorting = find_sorting(self._columns, query.sort)
        if sorting is None or not are_answerable(query):
            return None
        if query.conditions or sorting.keys:
            found = matching(self._columns, query.conditions)
            total, page = len(found), partial(sorting.page, found)
        else:  # all orders, as they lie here: that takes no set
            total = len(self)
            page = partial(sorting.page_of_all, total)
        end = total if query.limit is None else min(total, query.offset + query.limit)
        if query.offset >= end:
            return Found(total, [])
        order_ids: list[OrderId] = self._columns.ids.at(page(query.offset, end)).tolist()
        return Found(total, order_ids)

    def count_by_status(self) -> dict[OrderStatus, int]:
        """Count the orders of each status."""
        return self._by_status(None)

    def count_by_product(self) -> dict[ProductKey, int]:
        """Count the orders of each product."""
        counts = self._columns.ordered["product"].tally()
        return {ProductKey(key): count for key, count in counts.items()}

    def count_expiring(self, start: datetime, end: datetime) -> int:
        """Count the issued orders whose current certificate runs out in a span, its end excluded."""
        columns = self._columns
        ending = Condition(OrderField.STATUS, OneOf(_ENDING))
        in_time = Condition(OrderField.NOT_AFTER, Between(low=start, high=end - _TICK))
        found = matching(columns, (in_time, ending))
        return len(found) - found.intersection_cardinality(columns.ordered["is_revoked"].between(1, 1))

    def count_placed(self, start: datetime, end: datetime) -> dict[OrderStatus, int]:
        """Count the orders placed in a span, its end excluded, by what they are now."""
        placed = Condition(OrderField.CREATED_AT, Between(low=start, high=end - _TICK))
        return self._by_status(matching(self._columns, (placed,)))

    def save(self, path: Path) -> None:
        """Write a snapshot, which takes the place of the one that is there only when it is complete.

        An index that has outgrown what it learned of its texts learns anew, which takes a minute for ten million orders.
        """
        self._columns.refresh()
        with writing(path) as out:
            out.put_facts("fields", _FIELDS)
            out.put_facts("book", [self.account_id, self.state.sequence, self.state.edit])
            self._columns.save(out)

    @classmethod
    def load(cls, path: Path) -> BookIndex:
        """Read a snapshot.

        Raises:
            UnusableSnapshot: it is damaged, of another version, or none.
            OSError: it can't be read at all.
        """
        with reading(path) as source:
            if source.take_facts("fields") != _FIELDS:
                raise UnusableSnapshot("The snapshot is of orders with other fields")
            account_id, sequence, edit = source.take_facts("book")
            columns = Columns.load(source)
        return cls(AccountId(account_id), BookState(sequence, edit), columns)

    def differences(self, orders: Iterable[IndexedOrder]) -> Iterator[str]:
        """Say what the index holds otherwise than these rows, and at the end which orders it has too many."""
        return differences(self._columns, orders)

    def _by_status(self, ordinals: BitMap | None) -> dict[OrderStatus, int]:
        counts = self._columns.ordered["status"].tally(ordinals)
        return {OrderStatus(status): count for status, count in counts.items()}

    def _place_of(self, order: IndexedOrder) -> int:
        """Find where an order belongs; many are placed together and created in the same instant, where ids tell."""
        created_at, ids = self._columns.created_at, self._columns.ids
        together = range(
            created_at.position(order.created_at), created_at.position(order.created_at, after=True)
        )
        return together.start + bisect_left(together, order.id, key=ids.get)

    def _insert(self, new: list[IndexedOrder], moved: list[int]) -> None:
        """Put orders in their place in the order of creation; ``moved`` are the places that some of them had."""
        columns = self._columns
        first = min([self._place_of(new[0]), *moved])
        gone = set(moved)
        tail = [columns.row(ordinal) for ordinal in range(first, len(columns)) if ordinal not in gone]
        merged = sorted(tail + new, key=creation)
        if len(merged) > max(_BATCH, len(columns) // _WHOLE):
            rows = chain(map(columns.row, range(first)), merged)
            self._columns = _built(iter(lambda: list(islice(rows, _BATCH)), []))
            return
        if first < len(columns):
            columns.truncate(first)
        columns.append_all(merged)


def _built(batches: Iterable[Sequence[IndexedOrder]]) -> Columns:
    columns = Columns()
    for batch in batches:
        if batch:
            columns.extend(batch)
    columns.settle()
    return columns


def creation(order: IndexedOrder) -> tuple[int, int]:
    """Return what orders are ordered by."""
    return (order.created_at, order.id)
