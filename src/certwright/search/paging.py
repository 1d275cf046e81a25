"""Pages of a set of orders in any order that a query may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from certwright.domain.query import OrderField
from certwright.search.sets import as_array

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyroaring import BitMap

    from certwright.domain.query import SortKey
    from certwright.search.columns import AnyColumn, Columns

_FEW = 4096
"""So many orders are sorted as a whole; of more, only the bucket that the page is in."""


@dataclass(frozen=True, slots=True)
class Key:
    """A column to sort by."""

    column: AnyColumn
    descending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorting:
    """An order of orders: by keys, and then by creation."""

    keys: tuple[Key, ...]
    newest_first: bool

    def page(self, found: BitMap, first: int, end: int) -> NDArray[Any]:
        """Return the ordinals from one place to another, the end excluded; both lie within the set."""
        if not self.keys:
            if self.newest_first:
                return as_array(found[len(found) - end : len(found) - first])[::-1]
            return as_array(found[first:end])
        if len(found) <= _FEW:
            return self._sorted(found)[first:end]
        return self._walk(found, first, end)

    def _walk(self, found: BitMap, first: int, end: int) -> NDArray[Any]:
        """Walk over the buckets of the first key, from the nearer end, and sort only those that the page is in."""
        key, rest = self.keys[0], Sorting(keys=self.keys[1:], newest_first=self.newest_first)
        is_backward = len(found) - end < first
        is_all = len(found) == len(key.column)
        parts = []
        at = len(found) if is_backward else 0
        for bucket, is_single in key.column.buckets(descending=key.descending != is_backward):
            count = len(bucket) if is_all else found.intersection_cardinality(bucket)
            begin = at - count if is_backward else at
            at = begin if is_backward else at + count
            low, high = max(first, begin), min(end, begin + count)
            if low < high:
                part = found & bucket
                part_page = (
                    rest.page(part, low - begin, high - begin)
                    if is_single
                    else self._sorted(part)[low - begin : high - begin]
                )
                parts.append(part_page)
            if begin <= first if is_backward else at >= end:
                break
        return np.concatenate(parts[::-1] if is_backward else parts)

    def _sorted(self, found: BitMap) -> NDArray[Any]:
        ordinals = as_array(found)[:: -1 if self.newest_first else 1]
        for key in reversed(self.keys):  # each sort leaves equal ones as they are
            ranks = key.column.ranks(ordinals)
            order = ~ranks if key.descending else ranks  # unlike the negative, there for every number
            ordinals = ordinals[np.argsort(order, kind="stable")]
        return ordinals


def find_sorting(columns: Columns, sort: tuple[SortKey, ...]) -> Sorting | None:
    """Return the order that a query asks for, or nothing where the index does not hold it.

    What follows the id has no say. The instant of creation is answered where the rest of the order of creation follows it
    in the same direction.
    """
    keys: list[Key] = []
    for position, key in enumerate(sort):
        if key.field is OrderField.CREATED_AT:
            following = sort[position + 1 : position + 2]
            if following and following != (type(key)(field=OrderField.ID, descending=key.descending),):
                return None
            return Sorting(keys=tuple(keys), newest_first=key.descending)
        column = columns.ordered.get(key.field.value)
        if column is None:
            return None
        keys.append(Key(column, key.descending))
        if key.field is OrderField.ID:
            break
    return Sorting(keys=tuple(keys), newest_first=bool(sort) and sort[-1].descending)
