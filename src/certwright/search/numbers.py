"""Growing arrays of whole numbers, packed into as few bytes each as the span of their values needs.

A narrow cell holds the distance from a base, counted in the unit, plus one; 0 is a missing number. What does not fit
(another span, or no multiple of the unit) makes all cells wider, up to plain 64 bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from certwright.search.records import RecordReader, RecordWriter

MISSING = -(2**63)
"""Stands for a number that an order has not; less than all others."""

_NARROW = (np.uint8, np.uint16, np.uint32)
_MOST_SPARE = 1 << 16
_FEW = 8
"""So many numbers are faster added one by one."""

_FAR = 2**62  # so far from 0 there is no room for a base beside


class Numbers:
    """Numbers by ordinal. ``unit`` is what most of them are multiples of."""

    def __init__(self, unit: int = 1) -> None:
        self._unit = unit
        self._base = 0
        self._length = 0
        self._may_lack = False  # where no number is missing, none has to be looked for
        self._take(np.zeros(0, np.uint8))

    def __len__(self) -> int:
        return self._length

    def get(self, ordinal: int) -> int:
        """Return one number."""
        cell: int = self._cells.item(ordinal)
        if not self._room:
            return cell
        return self._base + (cell - 1) * self._unit if cell else MISSING

    def at(self, ordinals: NDArray[Any] | slice) -> NDArray[np.int64]:
        """Return the numbers of many ordinals."""
        cells = self.cells[ordinals] if isinstance(ordinals, slice) else self._cells.take(ordinals)
        numbers = cells.astype(np.int64)
        if not self._room:
            return numbers
        if self._unit != 1:
            numbers *= self._unit
        numbers += self._base - self._unit
        if self._may_lack:
            numbers[cells == 0] = MISSING
        return numbers

    ranks = at

    def between(self, ordinals: NDArray[Any], low: int, high: int) -> NDArray[np.bool_]:
        """Tell which of the ordinals have a number between two, both included."""
        cells = self._cells[ordinals]
        least, most = self._cell_from(low), self._cell_up_to(high)
        passes: NDArray[np.bool_] = cells == least if least == most else (cells >= least) & (cells <= most)
        return passes

    def append(self, number: int) -> None:
        """Add a number for the next ordinal."""
        if self._length == len(self._cells):
            self.reserve(self._length + 1)
        self._length += 1
        self.set(self._length - 1, number)

    def set(self, ordinal: int, number: int) -> None:
        """Replace a number."""
        if not self._room:
            self._cells[ordinal] = number
        elif number == MISSING:
            self._cells[ordinal] = 0
            self._may_lack = True
        else:
            offset, rest = divmod(number - self._base, self._unit)
            if rest or not 0 <= offset < self._room:
                self._cells[ordinal], self._may_lack = 0, True
                self._widen(np.array([number], np.int64))
                self.set(ordinal, number)
                self._may_lack = not self.cells.all()
            else:
                self._cells[ordinal] = offset + 1

    def extend(self, numbers: Sequence[int] | NDArray[np.int64]) -> None:
        """Add numbers for the next ordinals."""
        if len(numbers) <= _FEW:
            for number in numbers:
                self.append(int(number))
            return
        new = np.array(numbers, np.int64)
        self.reserve(self._length + len(new))
        if not self._fits(new):
            self._widen(new)
        cells = self._encoded(new)
        self._may_lack = self._may_lack or not cells.all()
        self._cells[self._length : self._length + len(new)] = cells
        self._length += len(new)

    def truncate(self, length: int) -> None:
        """Forget the numbers from an ordinal on."""
        self._length = length

    def position(self, number: int, *, after: bool = False) -> int:
        """Return where a number belongs among numbers that ascend: before its equals, or after them."""
        cell = self._cell_up_to(number) if after else self._cell_from(number)
        bound = np.array(cell, self._cells.dtype)  # of the same type, or all cells were converted
        return int(np.searchsorted(self.cells, bound, "right" if after else "left"))

    @property
    def cells(self) -> NDArray[Any]:
        """The packed cells themselves, for a pass over all."""
        return self._cells[: self._length]

    @staticmethod
    def name(value: int) -> bytes:
        """Name a value in a snapshot."""
        return str(value).encode()

    @staticmethod
    def parse(name: bytes) -> int:
        """Read what ``name`` wrote."""
        return int(name)

    def save(self, out: RecordWriter, name: str) -> None:
        """Write to a snapshot."""
        out.put_facts(name, {"unit": self._unit, "base": self._base, "type": self._cells.dtype.name})
        out.put(name, self.cells)

    @classmethod
    def load(cls, source: RecordReader, name: str) -> Numbers:
        """Read what ``save`` wrote."""
        facts = source.take_facts(name)
        numbers = cls(facts["unit"])
        numbers._base = facts["base"]
        numbers._take(source.take_array(name, np.dtype(facts["type"])))
        numbers._length = len(numbers._cells)
        numbers._may_lack = not numbers._cells.all()
        numbers.reserve(numbers._length + 1)  # the first time takes long, for it does copy
        return numbers

    def _take(self, cells: NDArray[Any]) -> None:
        self._cells = cells
        self._room = 0 if cells.dtype == np.int64 else _room(cells.dtype)  # none: the cells are the numbers

    def _cell_from(self, number: int) -> int:
        """Return the least cell whose number is not less, one that none has if there is no such number."""
        if not self._room:
            return number
        if number == MISSING:
            return 0
        cell = -(-(number - self._base) // self._unit) + 1
        return max(1, min(cell, self._room + 1))

    def _cell_up_to(self, number: int) -> int:
        """Return the greatest cell whose number is not more."""
        if not self._room:
            return number
        if number == MISSING:
            return 0
        cell = (number - self._base) // self._unit + 1
        return max(0, min(cell, self._room))

    def reserve(self, length: int) -> None:
        """Make room for numbers to come."""
        if length > len(self._cells):
            # The operating system moves large arrays without copying them; what is added is little, for it is cleared.
            # A count of references would see those of a profiler, too: no view of the cells outlives a call.
            spare = min(self._length // 4, _MOST_SPARE) + 64
            self._cells.resize(max(length, self._length + spare), refcheck=False)

    def _fits(self, numbers: NDArray[np.int64]) -> bool:
        present = numbers[numbers != MISSING]
        if not self._room or not len(present):
            return True
        low, high = int(present.min()) - self._base, int(present.max()) - self._base
        fits = low >= 0 and high // self._unit < self._room
        return fits and not ((present - self._base) % self._unit).any()

    def _encoded(self, numbers: NDArray[np.int64]) -> NDArray[Any]:
        if not self._room:
            return numbers
        cells = (numbers - self._base) // self._unit + 1
        cells[numbers == MISSING] = 0
        return cells.astype(self._cells.dtype)

    def _widen(self, new: NDArray[np.int64]) -> None:
        """Choose base and width anew, so that the numbers here and the new ones fit, with room on either side."""
        old = self.at(slice(None))
        present = np.concatenate((old, new))
        present = present[present != MISSING]
        self._base, width = self._packing(present)
        self._take(np.empty(len(self._cells), width))
        self._cells[: len(old)] = self._encoded(old)

    def _packing(self, present: NDArray[np.int64]) -> tuple[int, type[np.generic]]:
        low, high = int(present.min()), int(present.max())
        if low > -_FAR and high < _FAR and not (present % self._unit).any():
            for width in _NARROW:
                room = _room(np.dtype(width))
                if low >= 0 and high // self._unit < room // 2:
                    return 0, width
                span = (high - low) // self._unit + 1
                if span < room // 2:
                    return low - (room - span) // 2 * self._unit, width
        return 0, np.int64


def _room(width: np.dtype[Any]) -> int:
    """Return how many numbers a narrow cell tells apart: its highest value stands for none."""
    return int(np.iinfo(width).max) - 1
