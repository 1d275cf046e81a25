"""The order index of one account's book: what SQL would answer, from memory."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from certwright.domain.ids import AccountId, OrderId, ProductKey
from certwright.domain.query import Between, Contains, OneOf, OrderField
from certwright.domain.status import OrderStatus
from certwright.search.errors import UnusableSnapshot
from certwright.services.ports.indexing import BookState, IndexedOrder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from certwright.domain.query import Condition, OrderQuery, Test, Value

_FORMAT = "certwright order index 0"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HAS_ENDING = (OrderStatus.ISSUED, OrderStatus.REISSUE_PENDING)
_NOT_HELD = {OrderField.SERIAL_NUMBER, OrderField.THUMBPRINT, OrderField.ALTERNATIVE_ORDER_ID}
_TEXTS = {
    OrderField.NAME: ("common_name", "other_names"),
    OrderField.EMAIL_OR_COMMON_NAME: ("email", "common_name"),
}


class Found(NamedTuple):
    """The orders of a page, in its order, and the exact number of all that match."""

    total: int
    order_ids: list[OrderId]


class BookIndex:
    """The searchable values of an account's orders at one state of its book."""

    def __init__(self, account_id: AccountId, state: BookState) -> None:
        self.account_id = account_id
        self.state = state
        self._orders: dict[int, IndexedOrder] = {}

    def __len__(self) -> int:
        return len(self._orders)

    @classmethod
    def build(
        cls, account_id: AccountId, state: BookState, batches: Iterable[Sequence[IndexedOrder]]
    ) -> BookIndex:
        """Make an index of a whole book, whose orders come in the order of creation (``created_at``, then id)."""
        index = cls(account_id, state)
        for batch in batches:
            index.apply(batch, state)
        return index

    def apply(self, orders: Iterable[IndexedOrder], state: BookState) -> None:
        """Take in new and changed orders as they are now, and move to a state."""
        self._orders.update((order.id, order) for order in orders)
        self.state = state

    def find(self, query: OrderQuery) -> Found | None:
        """Answer a query, or return ``None`` where SQL answers it better."""
        fields = {c.field for c in query.conditions} | {key.field for key in query.sort}
        if query.custom_values or fields & _NOT_HELD:
            return None
        if any(c.field is OrderField.ID and isinstance(c.test, OneOf) for c in query.conditions):
            return None
        found = [
            order for order in self._orders.values() if all(_fulfills(order, c) for c in query.conditions)
        ]
        descending = bool(query.sort) and query.sort[-1].descending
        found.sort(key=lambda order: (order.created_at, order.id), reverse=descending)
        for key in reversed(query.sort):
            found.sort(key=partial(_rank, key.field), reverse=key.descending)
        end = None if query.limit is None else query.offset + query.limit
        return Found(len(found), [OrderId(order.id) for order in found[query.offset : end]])

    def count_by_status(self) -> dict[OrderStatus, int]:
        """Count the orders of each status."""
        return _by_status(self._orders.values())

    def count_by_product(self) -> dict[ProductKey, int]:
        """Count the orders of each product."""
        return {
            ProductKey(key): count
            for key, count in Counter(o.product_key for o in self._orders.values()).items()
        }

    def count_expiring(self, start: datetime, end: datetime) -> int:
        """Count the issued orders whose current certificate runs out in a span, its end excluded."""
        low, high = _stored(start), _stored(end)
        return sum(
            order.not_after is not None and low <= order.not_after < high and order.status in _HAS_ENDING
            for order in self._orders.values()
        )

    def count_placed(self, start: datetime, end: datetime) -> dict[OrderStatus, int]:
        """Count the orders placed in a span, its end excluded, by what they are now."""
        low, high = _stored(start), _stored(end)
        return _by_status(order for order in self._orders.values() if low <= order.created_at < high)

    def save(self, path: Path) -> None:
        """Write a snapshot, which takes the place of the one that is there only when it is complete."""
        body = json.dumps(
            [self.account_id, self.state.sequence, self.state.edit, list(self._orders.values())]
        ).encode()
        made = path.with_name(f"{path.name}.new")
        made.write_bytes(f"{_FORMAT} {zlib.crc32(body):08x}\n".encode() + body)
        made.replace(path)

    @classmethod
    def load(cls, path: Path) -> BookIndex:
        """Read a snapshot.

        Raises:
            UnusableSnapshot: it is damaged, of another version, or none.
        """
        head, _, body = path.read_bytes().partition(b"\n")
        if head != f"{_FORMAT} {zlib.crc32(body):08x}".encode():
            raise UnusableSnapshot("The snapshot is damaged or of another version")
        account_id, sequence, edit, rows = json.loads(body)
        state = BookState(sequence, edit)
        index = cls(AccountId(account_id), state)
        index.apply((IndexedOrder(*row)._replace(other_names=tuple(row[4])) for row in rows), state)
        return index

    def differences(self, orders: Iterable[IndexedOrder]) -> Iterator[str]:
        """Say what the index holds otherwise than these rows, and at the end which orders it has too many."""
        rest = dict(self._orders)
        for order in orders:
            held = rest.pop(order.id, None)
            if held != order:
                yield f"order {order.id} is {held} and should be {order}"
        for held in rest.values():
            yield f"order {held.id} is not in the book"


def _by_status(orders: Iterable[IndexedOrder]) -> dict[OrderStatus, int]:
    return {OrderStatus(status): count for status, count in Counter(o.status for o in orders).items()}


def _rank(field: OrderField, order: IndexedOrder) -> tuple[bool, Any]:
    value = getattr(order, field.value)
    return (value is not None, 0 if value is None else value)


def _fulfills(order: IndexedOrder, condition: Condition) -> bool:
    values: list[Any] = []
    for name in _TEXTS.get(condition.field, (condition.field.value,)):
        value = getattr(order, name)
        values.extend(value if isinstance(value, tuple) else [value])
    return any(_passes(value, condition.test) for value in values)


def _passes(value: Any, test: Test) -> bool:
    if value is None:
        return False
    match test:
        case OneOf(values=values):
            return value in map(_stored, values)
        case Contains(text=text):
            return text.lower() in value
        case Between(low=low, high=high):
            return (low is None or _stored(low) <= value) and (high is None or value <= _stored(high))


def _stored(value: Value) -> Any:
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    return value.lower() if isinstance(value, str) else value
