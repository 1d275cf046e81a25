"""The orders by the value of one column: equality, ranges, and pages in the order of the values at any depth.

All values lie in buckets: each holds the ordinals of a range of values, in no order, and the first value of the range.
No value is in two buckets. A bucket of one value may have any size, for its order is that of the ordinals; one of more is
divided when it grows, so that it can be sorted when a page falls into it. Buckets that follow one another make groups,
which are kept as sets, too, so that a walk to a page deep in a large set of orders passes many buckets at once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np
from pyroaring import BitMap

from certwright.search.sets import are_first, as_array, as_set, compact, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from certwright.search.records import RecordReader, RecordWriter

V = TypeVar("V", int, bytes)


class Values(Protocol[V]):
    """The values themselves, by ordinal."""

    def __len__(self) -> int: ...

    def extend(self, values: Sequence[V], /) -> None:
        """Add values for the next ordinals."""
        ...

    def set(self, ordinal: int, value: V, /) -> None:
        """Replace a value."""
        ...

    def truncate(self, length: int) -> None:
        """Forget the values from an ordinal on."""
        ...

    def save(self, out: RecordWriter, name: str) -> None:
        """Write to a snapshot."""
        ...

    def name(self, value: V, /) -> bytes:
        """Name a value in a snapshot."""
        ...

    def parse(self, name: bytes, /) -> V:
        """Read what ``name`` wrote."""
        ...

    def get(self, ordinal: int) -> V:
        """Return one value."""
        ...

    def ranks(self, ordinals: NDArray[Any]) -> NDArray[np.int64]:
        """Return numbers that compare as the values of the ordinals do."""
        ...

    def between(self, ordinals: NDArray[Any], low: V, high: V) -> NDArray[np.bool_]:
        """Tell which of the ordinals have a value between two, both included."""
        ...


class OrderedColumn(Generic[V]):
    """The buckets over a column's values. ``fill`` is the size of a bucket that was just made.

    A group takes nearly no memory where it is all of the orders, or where values ascend with the ordinals.
    """

    def __init__(self, values: Values[V], fill: int, groups: int = 1) -> None:
        self.values: Values[V] = values
        self._fill = fill
        self._most_groups = groups
        self._groups: list[BitMap] = [BitMap()]
        self._group_of: list[int] = []
        self._lows: list[V] = []
        self._buckets: list[BitMap] = []
        self._are_single: list[bool] = []

    def build(self) -> None:
        """Make the buckets anew from all values."""
        self._lows, self._buckets, self._are_single, self._group_of = [], [], [], []
        self._insert(0, 0, np.arange(len(self.values), dtype=np.uint32))
        self._make_groups()

    def __len__(self) -> int:
        return len(self.values)

    def get(self, ordinal: int) -> V:
        """Return one value."""
        return self.values.get(ordinal)

    def is_at(self, ordinal: int, value: V) -> bool:
        """Whether this is the value of an ordinal."""
        return self.values.get(ordinal) == value

    def ranks(self, ordinals: NDArray[Any]) -> NDArray[np.int64]:
        """Return numbers that compare as the values of the ordinals do."""
        return self.values.ranks(ordinals)

    def append_all(self, values: Sequence[V]) -> None:
        """Add values for the next ordinals, which are found at once."""
        first = len(self.values)
        self.values.extend(values)
        for ordinal, value in enumerate(values, first):
            self.add(ordinal, value)

    def set(self, ordinal: int, value: V) -> None:
        """Replace a value."""
        self.discard(ordinal)
        self.values.set(ordinal, value)
        self.add(ordinal, value)

    def extend(self, values: Sequence[V]) -> None:
        """Add values for the next ordinals; they are found after ``build``."""
        self.values.extend(values)

    def truncate(self, length: int) -> None:
        """Forget the values from an ordinal on."""
        for ordinal in range(length, len(self.values)):
            self.discard(ordinal)
        self.values.truncate(length)

    def add(self, ordinal: int, value: V) -> None:
        """Take in an ordinal whose value is set."""
        at = bisect_right(self._lows, value) - 1
        if at < 0 or (self._are_single[at] and value != self._lows[at]):
            at = self._place(value, at)
        bucket = self._buckets[at]
        bucket.add(ordinal)
        self._groups[self._group_of[at]].add(ordinal)
        if not self._are_single[at] and len(bucket) > 2 * self._fill:
            self._divide(at)

    def discard(self, ordinal: int) -> None:
        """Let an ordinal go, while its value is still set."""
        at = bisect_right(self._lows, self.values.get(ordinal)) - 1
        self._buckets[at].discard(ordinal)
        self._groups[self._group_of[at]].discard(ordinal)
        if not self._buckets[at]:
            del self._lows[at], self._buckets[at], self._are_single[at], self._group_of[at]

    def between(self, low: V, high: V) -> BitMap:
        """Return the orders whose value lies between two, both included; not to be changed."""
        first = max(0, bisect_right(self._lows, low) - 1)
        end = bisect_right(self._lows, high)
        if first >= end or low > high:
            return BitMap()
        inner = self._buckets[first:end]
        # Only the outermost buckets can hold values outside: the first ones of the others are all within.
        for at in sorted({first, end - 1}):
            inner[at - first] = self._part(at, low, high)
        return inner[0] if len(inner) == 1 else BitMap.union(*inner)

    def tally(self, ordinals: BitMap | None = None) -> dict[V, int]:
        """Count the orders of each value, of all or of some."""
        counts: dict[V, int] = {}
        for low, bucket, is_single in zip(self._lows, self._buckets, self._are_single, strict=True):
            if is_single:
                count = len(bucket) if ordinals is None else bucket.intersection_cardinality(ordinals)
                if count:
                    counts[low] = count
                continue
            some = as_array(bucket if ordinals is None else bucket & ordinals)
            ranks = self.values.ranks(some)
            order = np.argsort(ranks, kind="stable")
            firsts = np.flatnonzero(are_first(ranks[order]))
            sizes = np.diff(np.append(firsts, len(some))).tolist()
            counts.update(zip(map(self.values.get, some[order[firsts]].tolist()), sizes, strict=True))
        return counts

    def groups(self) -> list[BitMap]:
        """Return all orders in groups, in the order of their values."""
        return self._groups

    def buckets(self, group: int) -> list[tuple[BitMap, bool]]:
        """Return the buckets of a group in the order of their values, and of each whether it is of one value."""
        its = slice(bisect_left(self._group_of, group), bisect_right(self._group_of, group))
        return list(zip(self._buckets[its], self._are_single[its], strict=True))

    def check(self) -> Iterator[str]:
        """Say which buckets are otherwise than the values would have them."""
        count = len(self.values)
        if BitMap.union(BitMap(), *self._buckets) != span(0, count) or count != sum(map(len, self._buckets)):
            yield "the buckets do not hold each order once"
            return
        for number, group in enumerate(self._groups):
            if BitMap.union(BitMap(), *(bucket for bucket, _ in self.buckets(number))) != group:
                yield "a group does not hold the orders of its buckets"
        for at, (low, bucket) in enumerate(zip(self._lows, self._buckets, strict=True)):
            ordinals = as_array(bucket)
            ranks = self.values.ranks(ordinals)
            least = self.values.get(int(ordinals[ranks.argmin()]))
            most = self.values.get(int(ordinals[ranks.argmax()]))
            is_within = low <= least and (at + 1 == len(self._lows) or most < self._lows[at + 1])
            if not is_within or (self._are_single[at] and most != low):
                yield f"the bucket of {low!r} holds other values than it should"

    def save(self, out: RecordWriter, name: str) -> None:
        """Write to a snapshot."""
        out.put_facts(name, self._are_single)
        keys = map(self.values.name, self._lows)
        out.put_sets(name, zip(keys, self._buckets, strict=True))

    def restore(self, source: RecordReader, name: str) -> None:
        """Read what ``save`` wrote."""
        self._are_single = source.take_facts(name)
        for key, bucket in source.take_sets(name):
            self._lows.append(self.values.parse(key))
            self._buckets.append(bucket)
        self._make_groups()

    def _make_groups(self) -> None:
        size = -(-len(self._buckets) // self._most_groups) or 1
        self._group_of = [at // size for at in range(len(self._buckets))]
        self._groups = [
            compact(BitMap.union(BitMap(), *self._buckets[first : first + size]))
            for first in range(0, max(1, len(self._buckets)), size)
        ]

    def _part(self, at: int, low: V, high: V) -> BitMap:
        bucket, first = self._buckets[at], self._lows[at]
        if self._are_single[at]:
            return bucket if low <= first <= high else BitMap()
        following = self._lows[at + 1] if at + 1 < len(self._lows) else None
        if low <= first and following is not None and following <= high:
            return bucket
        ordinals = as_array(bucket)
        return as_set(ordinals[self.values.between(ordinals, low, high)])

    def _place(self, value: V, at: int) -> int:
        """Make place for a value that no bucket covers, or that stands behind a bucket's only one."""
        near = max(at, 0)
        if self._buckets and len(self._buckets[near]) < self._fill:
            self._are_single[near] = False
            self._lows[near] = min(value, self._lows[near])
            return near
        self._lows.insert(at + 1, value)
        self._buckets.insert(at + 1, BitMap())
        self._are_single.insert(at + 1, True)
        self._group_of.insert(at + 1, self._group_of[near] if self._group_of else 0)
        return at + 1

    def _divide(self, at: int) -> None:
        ordinals = as_array(self._buckets[at])
        group = self._group_of[at]
        del self._lows[at], self._buckets[at], self._are_single[at], self._group_of[at]
        self._insert(at, group, ordinals)

    def _insert(self, at: int, group: int, ordinals: NDArray[np.uint32]) -> None:
        """Put buckets for the ordinals of a group in a place of the list."""
        ranks = self.values.ranks(ordinals)
        order = np.argsort(ranks, kind="stable")
        ordinals, ranks = ordinals[order], ranks[order]
        first = 0
        while first < len(ordinals):
            end = _end_of_bucket(ranks, first, self._fill)
            self._lows.insert(at, self.values.get(int(ordinals[first])))
            self._buckets.insert(at, compact(as_set(np.sort(ordinals[first:end]))))
            self._are_single.insert(at, bool(ranks[first] == ranks[end - 1]))
            self._group_of.insert(at, group)
            first = end
            at += 1


def _end_of_bucket(ranks: NDArray[np.int64], first: int, fill: int) -> int:
    """Return where the bucket that begins at ``first`` ends: never between equal values."""
    if first + fill >= len(ranks):
        return len(ranks)
    rank = ranks[first + fill]
    begun = bisect_left(ranks, rank, first)
    return begun if begun > first else bisect_right(ranks, rank, first)
