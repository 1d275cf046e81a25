"""A column of few distinct values: the set of the orders of each, and nothing besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from pyroaring import BitMap

from certwright.search.sets import as_array, as_set, compact, span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from certwright.search.records import RecordReader, RecordWriter

V = TypeVar("V", int, str)


class FewValues(Generic[V]):
    """Values by ordinal, and the orders by value. ``parse`` reads a value that ``str`` wrote."""

    def __init__(self, parse: Callable[[str], V]) -> None:
        self._parse: Callable[[str], V] = parse
        self._length = 0
        self._sets: dict[V, BitMap] = {}

    def __len__(self) -> int:
        return self._length

    @property
    def distinct(self) -> list[V]:
        """The values that are or were in the column, ascending."""
        return sorted(self._sets)

    def get(self, ordinal: int) -> V:
        """Return one value."""
        return next(value for value, ordinals in self._sets.items() if ordinal in ordinals)

    def is_at(self, ordinal: int, value: V) -> bool:
        """Whether this is the value of an ordinal."""
        return ordinal in self._sets.get(value, ())

    def ranks(self, ordinals: NDArray[Any]) -> NDArray[np.int64]:
        """Return numbers that compare as the values of the ordinals do."""
        order = np.argsort(ordinals)
        ascending = ordinals[order]
        asked = as_set(ascending)
        ranks = np.zeros(len(ordinals), np.int64)
        for rank, value in enumerate(self.distinct):
            ranks[order[np.searchsorted(ascending, as_array(self._sets[value] & asked))]] = rank
        return ranks

    def append_all(self, values: Sequence[V]) -> None:
        """Add values for the next ordinals: ``extend``, but faster for few."""
        for ordinal, value in enumerate(values, self._length):
            self._of(value).add(ordinal)
        self._length += len(values)

    def set(self, ordinal: int, value: V) -> None:
        """Replace a value."""
        self._sets[self.get(ordinal)].discard(ordinal)
        self._of(value).add(ordinal)

    def extend(self, values: Sequence[V]) -> None:
        """Add values for the next ordinals."""
        code_of = {value: code for code, value in enumerate(set(values))}
        codes = np.fromiter(map(code_of.__getitem__, values), np.uint32, len(values))
        for value, code in code_of.items():
            ordinals = self._of(value)
            ordinals |= as_set(self._length + np.flatnonzero(codes == code))
        self._length += len(values)

    def build(self) -> None:
        """Give memory back that was needed for growing."""
        for ordinals in self._sets.values():
            compact(ordinals)

    def truncate(self, length: int) -> None:
        """Forget the values from an ordinal on."""
        for ordinals in self._sets.values():
            ordinals.remove_range(length, max(length, self._length))
        self._length = length

    def between(self, low: V, high: V) -> BitMap:
        """Return the orders whose value lies between two, both included; not to be changed."""
        if low == high:
            return self._sets.get(low) or BitMap()
        return BitMap.union(BitMap(), *(self._sets[value] for value in self._sets if low <= value <= high))

    def tally(self, ordinals: BitMap | None = None) -> dict[V, int]:
        """Count the orders of each value, of all or of some."""
        counts = {
            value: len(its) if ordinals is None else its.intersection_cardinality(ordinals)
            for value, its in self._sets.items()
        }
        return {value: count for value, count in counts.items() if count}

    def groups(self) -> list[BitMap]:
        """Return all orders in groups, in the order of their values."""
        return [self._sets[value] for value in self.distinct]

    def buckets(self, group: int) -> list[tuple[BitMap, bool]]:
        """Return the orders of a group, and that they are of one value."""
        return [(self._sets[self.distinct[group]], True)]

    def check(self) -> Iterator[str]:
        """Say that the sets do not hold each order once, where it is so."""
        sets = self._sets.values()
        if BitMap.union(BitMap(), *sets) != span(0, self._length) or self._length != sum(map(len, sets)):
            yield "the sets do not hold each order once"

    def save(self, out: RecordWriter, name: str) -> None:
        """Write to a snapshot."""
        out.put_facts(name, self._length)
        out.put_sets(name, ((str(value).encode(), ordinals) for value, ordinals in self._sets.items()))

    def restore(self, source: RecordReader, name: str) -> None:
        """Read what ``save`` wrote."""
        self._length = source.take_facts(name)
        for value, ordinals in source.take_sets(name):
            self._sets[self._parse(value.decode())] = ordinals

    def _of(self, value: V) -> BitMap:
        ordinals = self._sets.get(value)
        if ordinals is None:
            ordinals = self._sets[value] = BitMap()
        return ordinals
