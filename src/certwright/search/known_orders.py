"""The orders of many texts at once, where looking at the text of every order would take too long.

Texts are meant by their numbers. Three things are known, as they were when they were learned: all orders of those sets of
texts that very many orders have, which are the holders of some usual words; of every text that few orders have, a list of
them; and which texts have many, whose orders the ordered column holds as sets. Orders that came or changed since are
doubtful: nothing is said of them, so they have to be looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyroaring import BitMap

from certwright.search.numbers import MISSING
from certwright.search.sets import as_array, as_set, as_set_of_ascending, compact, span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from certwright.search.records import RecordReader, RecordWriter

_SMALLEST = 1 << 21
"""In a smaller book all orders are sooner looked at."""

_MOST_LISTED = 1 / 12
"""Where more than this part of all orders would have to be gathered from lists, they are sooner looked at."""

_MOST_DOUBTFUL = 1 / 16
"""Where more than this part of all orders is doubtful, nothing is known."""


class KnownOrders:
    """What is known of the orders of texts."""

    def __init__(self) -> None:
        self._known_to = 0
        self._changed = BitMap()
        self._many = BitMap()
        self._firsts: NDArray[np.uint32] = np.zeros(1, np.uint32)  # of the list of each text, and the end
        self._ordinals: NDArray[np.uint32] = np.zeros(0, np.uint32)
        self._frequent: list[tuple[BitMap, BitMap]] = []

    @classmethod
    def learn(
        cls,
        numbers: NDArray[np.int64],
        texts: int,
        most_listed: int,
        usual: Iterable[BitMap],
        orders_of: Callable[[BitMap], BitMap],
    ) -> KnownOrders:
        """Learn of orders, by the numbers of their texts, of which there are so many.

        A text of more than ``most_listed`` orders has many. ``usual`` gives sets of texts that may be frequent, and
        ``orders_of`` the orders of one.
        """
        known = cls()
        if len(numbers) < _SMALLEST:
            return known
        counts = np.bincount(numbers, minlength=texts)
        has_many = counts > most_listed
        listed = np.where(has_many, 0, counts)
        ordinals = np.flatnonzero(~has_many[numbers])
        known._many = as_set(np.flatnonzero(has_many))
        known._firsts = np.concatenate(([0], np.cumsum(listed))).astype(np.uint32)
        known._ordinals = ordinals[np.argsort(numbers[ordinals], kind="stable")].astype(np.uint32)
        known._known_to = len(numbers)
        for those in usual:
            if listed[as_array(those)].sum() > len(numbers) * _MOST_LISTED and known._usual(those) is None:
                known._frequent.append((compact(those.copy()), compact(orders_of(those))))
        return known

    def is_known(self, count: int) -> bool:
        """Whether only few orders of so many are doubtful."""
        return count - self._known_to + len(self._changed) <= count * _MOST_DOUBTFUL

    def change(self, first: int, end: int) -> None:
        """Take note that the texts of a span are others now."""
        if first < self._known_to:
            self._changed.add_range(first, min(end, self._known_to))

    def doubtful(self, count: int) -> BitMap:
        """Return the orders, of so many, of which nothing is said."""
        return (self._changed & span(0, count)) | span(self._known_to, count)

    def orders(self, texts: BitMap, single: Callable[[int], BitMap]) -> BitMap | None:
        """Return the orders of texts but for doubtful ones, or nothing where too many lie in lists.

        ``single`` gives the orders of a text that has many.
        """
        known = texts & span(0, self._texts)
        found = self._usual(known)
        if found is None:
            listed = self._listed(as_array(known - self._many))
            if listed is None:
                return None
            found = BitMap.union(listed, *map(single, known & self._many))
        return found - self._changed

    def check(self, numbers: NDArray[np.int64], orders_of: Callable[[BitMap], BitMap]) -> Iterator[str]:
        """Say what is known otherwise than the numbers of the texts of all orders would have it."""
        certain = span(0, min(self._known_to, len(numbers))) - self._changed
        for texts, orders in self._frequent:
            if orders & certain != orders_of(texts) & certain:
                yield "the orders of some texts are not those that are known"
        held = np.full(self._known_to, MISSING)
        ends = self._firsts[1:]
        held[self._ordinals] = np.searchsorted(ends, np.arange(len(self._ordinals)), "right")
        ordinals = as_array(certain)
        has_many = np.isin(numbers[ordinals], as_array(self._many))
        right = np.where(has_many, MISSING, numbers[ordinals])
        is_right = np.array_equal(held[ordinals], right) and np.array_equal(ends, np.sort(ends))
        if not is_right or np.count_nonzero(held != MISSING) != len(self._ordinals):
            yield "a list does not hold the orders of its text"

    def save(self, out: RecordWriter, name: str) -> None:
        """Write to a snapshot."""
        out.put_facts(name, self._known_to)
        out.put_sets(name, [(b"changed", self._changed), (b"many", self._many)])
        out.put(name, self._firsts)
        out.put(name, self._ordinals)
        out.put_sets(name, ((b"texts", texts) for texts, _ in self._frequent))
        out.put_sets(name, ((b"orders", orders) for _, orders in self._frequent))

    @classmethod
    def load(cls, source: RecordReader, name: str) -> KnownOrders:
        """Read what ``save`` wrote."""
        known = cls()
        known._known_to = source.take_facts(name)
        (_, known._changed), (_, known._many) = source.take_sets(name)
        known._firsts = source.take_array(name, np.dtype(np.uint32))
        known._ordinals = source.take_array(name, np.dtype(np.uint32))
        texts, orders = list(source.take_sets(name)), list(source.take_sets(name))
        known._frequent = [(its, theirs) for (_, its), (_, theirs) in zip(texts, orders, strict=True)]
        return known

    @property
    def _texts(self) -> int:
        """How many texts there were."""
        return len(self._firsts) - 1

    def _usual(self, texts: BitMap) -> BitMap | None:
        count = len(texts)
        same = (orders for its, orders in self._frequent if len(its) == count and its == texts)
        return next(same, None)

    def _listed(self, texts: NDArray[np.uint32]) -> BitMap | None:
        """Return the orders of texts that have few, unless these are too many."""
        firsts = self._firsts[texts].astype(np.int64)
        sizes = self._firsts[texts + 1] - firsts
        ends = np.cumsum(sizes)
        count = int(ends[-1]) if len(ends) else 0
        if count > self._known_to * _MOST_LISTED:
            return None
        places = np.repeat(firsts - ends + sizes, sizes)
        places += np.arange(count)
        ordinals = self._ordinals.take(places)
        ordinals.sort()
        return as_set_of_ascending(ordinals)
