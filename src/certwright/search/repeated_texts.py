"""A column of texts many of which are equal, as the names of renewed orders are: each distinct one is kept once.

Whatever is asked of many texts is asked once of each distinct one. A text that was there once keeps its number, until
the next snapshot leaves out those that no order has any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from certwright.search.numbering import Numbering
from certwright.search.numbers import Numbers
from certwright.search.sets import are_first
from certwright.search.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from certwright.search.records import RecordReader, RecordWriter
    from certwright.search.texts import JoinedTexts

_MOST_BYTES = 1 << 24
"""So much text is worked on at once: each byte takes some fifty more meanwhile."""

Cell = TypeVar("Cell", bound=np.generic)


class RepeatedTexts:
    """Texts by ordinal."""

    def __init__(self) -> None:
        self._distinct = Texts()
        self._numbering = Numbering(self._distinct)
        self._numbers = Numbers()

    def __len__(self) -> int:
        return len(self._numbers)

    def get(self, ordinal: int) -> bytes:
        """Return one text."""
        return self._distinct.get(self._numbers.get(ordinal))

    def find(self, texts: Sequence[bytes]) -> list[int | None]:
        """Return the number of each text that is or was here: among the distinct ones, in the order in which they came."""
        return self._numbering.find(texts)

    def set(self, ordinal: int, text: bytes) -> None:
        """Replace a text."""
        (number,) = self._numbering.take([text])
        self._numbers.set(ordinal, number)

    def extend(self, texts: Sequence[bytes]) -> None:
        """Add texts for the next ordinals."""
        self._numbers.extend(self._numbering.take(texts))

    def truncate(self, length: int) -> None:
        """Forget the texts from an ordinal on."""
        self._numbers.truncate(length)

    def lengths(self, ordinals: NDArray[Any]) -> NDArray[np.int64]:
        """Return how many bytes each text has."""
        return self._distinct.lengths(self._numbers.at(ordinals))

    def are_holding(self, part: bytes, ordinals: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell which of the ordinals have a text with a part."""
        return self._answers(ordinals, lambda numbers: self._distinct.are_holding(part, numbers))

    def between(self, ordinals: NDArray[Any], low: bytes, high: bytes) -> NDArray[np.bool_]:
        """Tell which of the ordinals have a text between two, both included."""
        if low == high:
            (number,) = self.find([low])
            if number is None:
                return np.zeros(len(ordinals), np.bool_)
            return self._numbers.between(ordinals, number, number)
        return self._answers(ordinals, lambda numbers: self._distinct.between(numbers, low, high))

    def joined(self, ordinals: NDArray[Any]) -> JoinedTexts:
        """Return the texts of many ordinals one after the other."""
        return self._distinct.joined(self._numbers.at(ordinals), ordinals)

    def ranks(self, ordinals: NDArray[Any]) -> NDArray[np.int64]:
        """Return numbers that compare as the texts of the ordinals do, if none holds U+0000."""
        return self._answers(ordinals, self._distinct.ranks)

    def blocks(self, size: int, first: int = 0) -> Iterator[JoinedTexts]:
        """Give all texts from an ordinal on, so many at a time, or fewer where they are long."""
        while first < len(self):
            ordinals = np.arange(first, min(first + size, len(self)))
            ends = np.cumsum(self.lengths(ordinals))
            first += max(1, int(np.searchsorted(ends, _MOST_BYTES)))
            yield self.joined(ordinals[ordinals < first])

    @staticmethod
    def name(value: bytes) -> bytes:
        """Name a value in a snapshot."""
        return value

    @staticmethod
    def parse(name: bytes) -> bytes:
        """Read what ``name`` wrote."""
        return name

    def check(self) -> Iterator[str]:
        """Say which texts are not found by what they are."""
        return self._numbering.check()

    def save(self, out: RecordWriter, name: str) -> None:
        """Write to a snapshot, without what is no longer in use."""
        used, places = np.unique(self._numbers.at(slice(None)), return_inverse=True)
        self._distinct.save(out, name, used)
        self._numbering.save(out, name, used)
        numbers = Numbers()
        numbers.extend(places)
        numbers.save(out, name)

    @classmethod
    def load(cls, source: RecordReader, name: str) -> RepeatedTexts:
        """Read what ``save`` wrote."""
        texts = cls()
        texts._distinct = Texts.load(source, name)
        texts._numbering = Numbering.load(source, name, texts._distinct)
        texts._numbers = Numbers.load(source, name)
        return texts

    def _answers(
        self, ordinals: NDArray[Any], ask: Callable[[NDArray[np.int64]], NDArray[Cell]]
    ) -> NDArray[Cell]:
        """Ask for each distinct text of many ordinals, and return the answers by ordinal."""
        pairs = self._numbers.at(ordinals) << 32 | np.arange(len(ordinals))
        pairs.sort()
        numbers = pairs >> 32
        firsts = are_first(numbers)
        answers = ask(numbers[firsts])
        by_ordinal = np.empty(len(ordinals), answers.dtype)
        by_ordinal[pairs & 0xFFFFFFFF] = answers[firsts.cumsum() - 1]
        return by_ordinal
