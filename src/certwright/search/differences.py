"""What an index holds otherwise than the book: every order and value, and every set that is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyroaring import BitMap

from certwright.search.sets import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from certwright.search.columns import Columns
    from certwright.services.ports import IndexedOrder


def differences(columns: Columns, orders: Iterable[IndexedOrder]) -> Iterator[str]:
    """Compare the values with the orders as they are in the book, and then the sets with the values."""
    for name, few in columns.few.items():
        broken = [f"{name}: {difference}" for difference in few.check()]
        if broken:  # no order can be read then
            yield from broken
            return
    seen = BitMap()
    for order in orders:
        ordinal = columns.find(order.id)
        if ordinal is None:
            yield f"order {order.id} is not in the index"
            continue
        seen.add(ordinal)
        pairs = zip(order._fields, columns.row(ordinal), order, strict=True)
        others = [f"{name} {held!r} instead of {right!r}" for name, held, right in pairs if held != right]
        if others:
            yield f"order {order.id} has {', '.join(others)}"
    for ordinal in span(0, len(columns)) - seen:
        yield f"order {columns.ids.get(ordinal)} is in the index and not in the book"
    yield from _misplaced(columns)
    for name, column in columns.ordered.items():
        yield from (f"{name}: {difference}" for difference in column.check())
    for name, texts in columns.texts.items():
        yield from (f"{name}: {difference}" for difference in texts.check())


def _misplaced(columns: Columns) -> Iterator[str]:
    created, ids = columns.created_at.at(slice(None)), columns.ids.at(slice(None))
    is_behind = (created[1:] > created[:-1]) | ((created[1:] == created[:-1]) & (ids[1:] > ids[:-1]))
    for ordinal in np.flatnonzero(~is_behind).tolist():
        yield f"order {ids[ordinal + 1]} is not in its place"
