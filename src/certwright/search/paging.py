"""Pages of a set of orders in any order that a query may ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from certwright.domain.query import OrderField
from certwright.search.sets import as_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pyroaring import BitMap

    from certwright.domain.query import SortKey
    from certwright.search.columns import AnyColumn, Columns

_FEW = 4096
"""So many orders are sorted as a whole; of more, only the bucket that the page is in."""


class Key(NamedTuple):
    """A column to sort by."""

    column: AnyColumn
    descending: bool


class Reached(NamedTuple):
    """Where a walk has come to: a set's number, what is found there, and the places of the page in that."""

    number: int
    found: BitMap
    span: slice


class Sorting(NamedTuple):
    """An order of orders: by keys, and then by creation."""

    keys: tuple[Key, ...]
    newest_first: bool

    def page(self, found: BitMap, first: int, end: int) -> NDArray[Any]:
        """Return the ordinals from one place to another, the end excluded; both lie within the set."""
        if not self.keys:
            if self.newest_first:
                count = len(found)
                return as_array(found[count - end : count - first])[::-1]
            return as_array(found[first:end])
        if len(found) <= _FEW:
            return self._sorted(found)[first:end]
        return self._walk(found, first, end)

    def page_of_all(self, count: int, first: int, end: int) -> NDArray[Any]:
        """Return the same of all orders, of which there are so many, in the order of creation; there are no keys then."""
        return (
            np.arange(count - 1 - first, count - 1 - end, -1) if self.newest_first else np.arange(first, end)
        )

    def _walk(self, found: BitMap, first: int, end: int) -> NDArray[Any]:
        """Walk over the groups of the first key, and in the groups that the page is in over the buckets."""
        column, is_descending = self.keys[0].column, self.keys[0].descending
        groups = column.groups()
        stops = [(group, number) for number, group in enumerate(groups)]
        is_all = len(found) == len(column)
        pages = []
        for number, part, span in _reached(
            found, stops, slice(first, end), descending=is_descending, is_all=is_all
        ):
            is_whole = len(part) == len(groups[number])
            for is_single, some, its in _reached(
                part, column.buckets(number), span, descending=is_descending, is_all=is_whole
            ):
                pages.append(self._bucket_page(some, its, is_single=bool(is_single)))
        return np.concatenate(pages)

    def _bucket_page(self, found: BitMap, span: slice, *, is_single: bool) -> NDArray[Any]:
        if not is_single:
            return self._sorted(found)[span]
        rest = Sorting(self.keys[1:], self.newest_first)
        return rest.page(found, span.start, span.stop)

    def _sorted(self, found: BitMap) -> NDArray[Any]:
        ordinals = as_array(found)[:: -1 if self.newest_first else 1]
        for key in reversed(self.keys):  # each sort leaves equal ones as they are
            ranks = key.column.ranks(ordinals)
            order = ~ranks if key.descending else ranks  # unlike the negative, there for every number
            ordinals = ordinals[np.argsort(order, kind="stable")]
        return ordinals


def _reached(
    found: BitMap, stops: Sequence[tuple[BitMap, int]], page: slice, *, descending: bool, is_all: bool
) -> list[Reached]:
    """Walk over numbered sets that hold all that is found, and return those that a page lies in.

    The walk begins at the nearer end. ``is_all`` says that all that they hold is found.
    """
    is_backward = len(found) - page.stop < page.start
    reached: list[Reached] = []
    at = len(found) if is_backward else 0
    for ordinals, number in reversed(stops) if descending != is_backward else stops:
        count = len(ordinals) if is_all else found.intersection_cardinality(ordinals)
        begin = at - count if is_backward else at
        at = begin if is_backward else at + count
        low, high = max(page.start, begin), min(page.stop, begin + count)
        if low < high:
            part = found if count == len(found) else found & ordinals
            reached.append(Reached(number, part, slice(low - begin, high - begin)))
        if begin <= page.start if is_backward else at >= page.stop:
            break
    return reached[::-1] if is_backward else reached


def find_sorting(columns: Columns, sort: tuple[SortKey, ...]) -> Sorting | None:
    """Return the order that a query asks for, or nothing where the index does not hold it.

    What follows the id has no say. The instant of creation is answered where the rest of the order of creation follows it
    in the same direction.
    """
    keys: list[Key] = []
    for position, key in enumerate(sort):
        if key.field is OrderField.CREATED_AT:
            if position + 1 < len(sort):
                following = sort[position + 1]
                if following.field is not OrderField.ID or following.descending != key.descending:
                    return None
            return Sorting(tuple(keys), key.descending)
        column = columns.ordered.get(key.field.value)
        if column is None:
            return None
        keys.append(Key(column, key.descending))
        if key.field is OrderField.ID:
            break
    return Sorting(tuple(keys), bool(sort) and sort[-1].descending)
