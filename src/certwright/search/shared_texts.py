"""A column of texts that many orders share, such as e-mail addresses: each text once, and its number for every order.

The orders of a text are a range of an ordered column. Which texts hold a part is asked of the distinct ones, and only
then of the orders: of those of which nothing is known (see ``known_orders``) by looking at their numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyroaring import BitMap

from certwright.search.known_orders import KnownOrders
from certwright.search.numbers import Numbers
from certwright.search.ordered_column import OrderedColumn
from certwright.search.sets import CONTAINER, as_array, as_set_of_ascending, as_set_of_passing, span
from certwright.search.text_column import TextColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from certwright.search.records import RecordReader, RecordWriter

_FEW = 4
_PER_TEXT = 1 << 17
"""In the time in which the orders of one text are looked up, so many orders are looked at."""

_SPARSE = 16
"""Where less than this part of all orders is asked for, only they are looked at."""

_BLOCK = 4 * CONTAINER
_FILL = 6144


class SharedTexts:
    """Texts by ordinal, each distinct one kept once. A text that was there once keeps its number."""

    def __init__(self) -> None:
        self.distinct = TextColumn()
        self._numbers = Numbers()
        self._orders: OrderedColumn[int] = OrderedColumn(self._numbers, _FILL)
        self._known = KnownOrders()

    def get(self, ordinal: int) -> bytes:
        """Return one text."""
        return self.distinct.texts.get(self._numbers.get(ordinal))

    def extend(self, texts: Sequence[bytes]) -> None:
        """Add texts for the next ordinals; they are found after ``settle``."""
        self._numbers.extend(self._taken(texts, self.distinct.extend))

    def settle(self) -> None:
        """Finish what ``extend`` began."""
        self.distinct.settle()
        self._orders.build()
        self._learn()

    def refresh(self) -> None:
        """Learn anew where much was added or changed since it was learned."""
        self.distinct.refresh()
        if not self._known.is_known(len(self._numbers)):
            self._learn()

    def append_all(self, texts: Sequence[bytes]) -> None:
        """Add texts for the next ordinals, which are found at once."""
        self._orders.append_all(self._taken(texts, self.distinct.append_all))

    def set(self, ordinal: int, text: bytes) -> None:
        """Replace a text."""
        (number,) = self._taken([text], self.distinct.append_all)
        self._orders.set(ordinal, number)
        self._known.change(ordinal, ordinal + 1)

    def truncate(self, length: int) -> None:
        """Forget the texts from an ordinal on."""
        self._known.change(length, len(self._numbers))
        self._orders.truncate(length)

    def equal(self, text: bytes) -> BitMap:
        """Return the orders of a text; not to be changed."""
        (number,) = self.distinct.texts.find([text])
        return BitMap() if number is None else self._orders_of(number)

    def containing(self, part: bytes, within: BitMap | None) -> BitMap:
        """Return the orders whose text holds a part, of all or of some; not to be changed."""
        numbers = self.distinct.containing(part, None)
        if len(numbers) == len(self.distinct.texts):
            return span(0, len(self._numbers)) if within is None else within
        is_known = self._known.is_known(len(self._numbers))
        if len(numbers) <= (_FEW if is_known else _FEW + len(self._numbers) // _PER_TEXT):
            found = BitMap.union(BitMap(), *map(self._orders_of, numbers))
            return found if within is None else found & within
        passes = self._passes(numbers)
        if within is not None and len(within) < len(self._numbers) / _SPARSE:
            return self._looked_at(passes, within)
        known = self._known.orders(numbers, self._orders_of) if is_known else None
        if known is None:
            found = self._passing(passes)
        else:
            found = known | self._looked_at(passes, self._known.doubtful(len(self._numbers)))
        return found if within is None else found & within

    def check(self) -> Iterator[str]:
        """Say which sets are otherwise than the texts would have them."""
        yield from self._orders.check()
        yield from self._known.check(
            self._numbers.at(slice(None)), lambda numbers: self._passing(self._passes(numbers))
        )
        yield from self.distinct.check()

    def save(self, out: RecordWriter, name: str) -> None:
        """Write to a snapshot."""
        self.distinct.save(out, name)
        self._numbers.save(out, name)
        self._orders.save(out, name)
        self._known.save(out, name)

    @classmethod
    def load(cls, source: RecordReader, name: str) -> SharedTexts:
        """Read what ``save`` wrote."""
        column = cls()
        column.distinct = TextColumn.load(source, name)
        column._numbers = Numbers.load(source, name)
        column._orders = OrderedColumn(column._numbers, _FILL)
        column._orders.restore(source, name)
        column._known = KnownOrders.load(source, name)
        return column

    def _orders_of(self, number: int) -> BitMap:
        return self._orders.between(number, number)

    def _passes(self, numbers: BitMap) -> NDArray[np.bool_]:
        """Tell of each cell whether it is one of some numbers."""
        passes = np.zeros(len(self.distinct.texts) + 1, np.bool_)
        passes[as_array(numbers) + 1] = True  # a cell is a number plus one
        return passes

    def _passing(self, passes: NDArray[np.bool_]) -> BitMap:
        """Return the orders whose text's cell passes."""
        cells = self._numbers.cells
        places = range(0, len(cells), _BLOCK)
        return as_set_of_passing(passes.take(cells[first : first + _BLOCK]) for first in places)

    def _looked_at(self, passes: NDArray[np.bool_], within: BitMap) -> BitMap:
        """Return those of some orders whose text's cell passes."""
        ordinals = as_array(within)
        return as_set_of_ascending(ordinals[passes.take(self._numbers.cells[ordinals])])

    def _learn(self) -> None:
        self._known = KnownOrders.learn(
            self._numbers.at(slice(None)),
            len(self.distinct.texts),
            _FILL,
            self.distinct.sets_of_parts(),
            lambda numbers: self._passing(self._passes(numbers)),
        )

    def _taken(self, texts: Sequence[bytes], add: Callable[[list[bytes]], None]) -> list[int]:
        """Return the number of each text; those that have none are added, and get the next ones."""
        distinct = list(dict.fromkeys(texts))
        found = zip(distinct, self.distinct.texts.find(distinct), strict=True)
        numbers = {text: number for text, number in found if number is not None}
        new = [text for text in distinct if text not in numbers]
        numbers |= {text: number for number, text in enumerate(new, len(self.distinct.texts))}
        add(new)
        return [numbers[text] for text in texts]
