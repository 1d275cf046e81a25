"""A column of texts in one buffer of bytes, so that millions of them are no objects of Python.

Texts are UTF-8, in which a part of a text is found by its bytes, and bytes compare as the characters do. They may hold
U+0000, which no query does. Each is filled up to whole words of eight bytes, so that many are gathered by words.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from certwright.search.numbers import Numbers
from certwright.search.sets import are_first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from certwright.search.records import RecordReader, RecordWriter

_FEW = 64
"""So many texts are faster looked at one by one."""

_BLOCK = 1 << 16
_WORD_BYTES = 8
_FILLINGS = [b"\xff" * (_WORD_BYTES - used) for used in range(_WORD_BYTES)]
"""What follows a text that uses so many bytes of its last word: at least one byte, and none that UTF-8 ever uses."""


Cell = TypeVar("Cell", bound=np.generic)
AnyLength = TypeVar("AnyLength", int, "NDArray[np.int64]")


class JoinedTexts(NamedTuple):
    """Texts one after the other, and for each byte whose it is."""

    data: NDArray[np.uint8]
    owners: NDArray[np.uint32]


class Texts:
    """Texts by ordinal, which stay as they are."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._starts = Numbers()  # in words
        self._lengths = Numbers()

    def __len__(self) -> int:
        return len(self._starts)

    def get(self, ordinal: int) -> bytes:
        """Return one text."""
        start = self._starts.get(ordinal) * _WORD_BYTES
        return bytes(self._buffer[start : start + self._lengths.get(ordinal)])

    def extend(self, texts: Sequence[bytes]) -> None:
        """Add texts for the next ordinals."""
        lengths = list(map(len, texts))
        *starts, _ = accumulate(map(_words_of, lengths), initial=len(self._buffer) // _WORD_BYTES)
        self._starts.extend(starts)
        self._lengths.extend(lengths)
        self._buffer += b"".join([text + _FILLINGS[len(text) % _WORD_BYTES] for text in texts])

    def lengths(self, ordinals: NDArray[Any]) -> NDArray[np.int64]:
        """Return how many bytes each text has."""
        return self._lengths.at(ordinals)

    def are_holding(self, part: bytes, ordinals: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell which of the ordinals have a text with a part."""
        if not part:
            return np.ones(len(ordinals), np.bool_)
        if len(ordinals) > _BLOCK:
            blocks = [ordinals[at : at + _BLOCK] for at in range(0, len(ordinals), _BLOCK)]
            return np.concatenate([self.are_holding(part, block) for block in blocks])
        starts, lengths = self._starts.at(ordinals), self._lengths.at(ordinals)
        if len(ordinals) <= _FEW:
            find = self._buffer.find
            begins = starts * _WORD_BYTES
            spans = zip(begins.tolist(), (begins + lengths).tolist(), strict=True)
            return np.array([find(part, start, end) >= 0 for start, end in spans], np.bool_)
        counts = _words_of(lengths)
        found = _positions(self._gathered(np.uint64, starts, counts).view(np.uint8), part)
        passes = np.zeros(len(ordinals), np.bool_)
        passes[(counts.cumsum() * _WORD_BYTES).searchsorted(found, "right")] = True
        return passes

    def between(self, ordinals: NDArray[Any], low: bytes, high: bytes) -> NDArray[np.bool_]:
        """Tell which of the ordinals have a text between two, both included."""
        passes = (low <= self.get(ordinal) <= high for ordinal in ordinals.tolist())
        return np.fromiter(passes, np.bool_, len(ordinals))

    def joined(self, ordinals: NDArray[Any], owners: NDArray[Any]) -> JoinedTexts:
        """Return the texts of many ordinals one after the other, and for each byte to which owner its text belongs."""
        lengths = self._lengths.at(ordinals)
        data = self._gathered(np.uint8, self._starts.at(ordinals) * _WORD_BYTES, lengths)
        return JoinedTexts(data, np.repeat(owners.astype(np.uint32), lengths))

    def ranks(self, ordinals: NDArray[Any]) -> NDArray[np.int64]:
        """Return numbers that compare as the texts of the ordinals do, if none holds U+0000.

        Texts are compared word by word of eight bytes; after each, only those go on that are equal so far.
        """
        ranks = np.zeros(len(ordinals), np.int64)
        tied = np.arange(len(ordinals))
        depth = 0
        while len(tied):
            words = self._words(ordinals[tied], depth)
            old = ranks[tied]
            is_one_group = old[0] == old[-1]
            order = np.argsort(words) if is_one_group else np.lexsort((words, old))
            tied, words, old = tied[order], words[order], old[order]
            is_parent = are_first(old)
            is_first = is_parent | are_first(words)
            place = np.arange(len(tied))
            first = np.maximum.accumulate(np.where(is_first, place, 0))
            ranks[tied] = old + first - np.maximum.accumulate(np.where(is_parent, place, 0))
            depth += 1
            tied = tied[self._goes_on(tied, ordinals, np.flatnonzero(is_first), depth)]
        return ranks

    def save(self, out: RecordWriter, name: str, ordinals: NDArray[Any]) -> None:
        """Write some texts to a snapshot, which numbers them from 0."""
        lengths = Numbers()
        lengths.extend(self._lengths.at(ordinals))
        lengths.save(out, name)
        for first in range(0, len(ordinals), _BLOCK):
            block = ordinals[first : first + _BLOCK]
            counts = _words_of(self._lengths.at(block))
            out.put(name, self._gathered(np.uint64, self._starts.at(block), counts).view(np.uint8))

    @classmethod
    def load(cls, source: RecordReader, name: str) -> Texts:
        """Read what ``save`` wrote."""
        texts = cls()
        texts._lengths = Numbers.load(source, name)
        counts = _words_of(texts._lengths.at(slice(None)))
        texts._starts.extend(np.cumsum(counts) - counts)
        texts._starts.reserve(len(counts) + 1)
        for _ in range(0, len(counts), _BLOCK):
            texts._buffer += source.take(name)
        return texts

    def _gathered(
        self, cell: type[Cell], starts: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> NDArray[Cell]:
        """Return parts of the buffer one after the other, all measured in cells."""
        ends = lengths.cumsum()
        total = int(ends[-1]) if len(ends) else 0
        places = np.repeat(starts - ends + lengths, lengths) + np.arange(total)
        # A view for no longer than this call: a buffer that is looked at can't grow.
        return np.frombuffer(self._buffer, cell).take(places, mode="clip") if total else np.zeros(0, cell)

    def _words(self, ordinals: NDArray[Any], depth: int) -> NDArray[np.uint64]:
        """Return eight bytes of each text as a number, zeros behind its end."""
        found = np.zeros(len(ordinals), np.uint64)
        step = np.arange(_WORD_BYTES)
        for at in range(0, len(ordinals), _BLOCK):
            block = ordinals[at : at + _BLOCK]
            left = self._lengths.at(block) - depth * _WORD_BYTES
            places = self._starts.at(block) + depth
            words = np.frombuffer(self._buffer, np.uint64).take(places, mode="clip")  # some texts end before
            words.view(np.uint8).reshape(-1, _WORD_BYTES)[step >= left[:, None]] = 0
            found[at : at + _BLOCK] = words.view(">u8")
        return found

    def _goes_on(
        self, tied: NDArray[Any], ordinals: NDArray[Any], firsts: NDArray[np.int64], depth: int
    ) -> NDArray[np.bool_]:
        """Tell which texts are equal to others so far, and not all of them at their end."""
        lengths = self._lengths.at(ordinals[tied])
        sizes = np.diff(np.append(firsts, len(tied)))
        goes_on = (sizes > 1) & (np.maximum.reduceat(lengths, firsts) > depth * _WORD_BYTES)
        return np.repeat(goes_on, sizes)


def _words_of(length: AnyLength) -> AnyLength:
    """Return how many words a text of a length takes, or each of some."""
    return length // _WORD_BYTES + 1


def _positions(data: NDArray[np.uint8], part: bytes) -> NDArray[np.int64]:
    """Return where a part begins in the data."""
    found = np.flatnonzero(data[: max(0, len(data) - len(part) + 1)] == part[0])
    padded = np.concatenate((data, np.zeros(_WORD_BYTES, np.uint8)))
    words = np.ndarray(len(data) + 1, "<u8", padded, strides=(1,))  # eight bytes from each place
    for skipped in range(0, len(part), _WORD_BYTES):
        some = part[skipped : skipped + _WORD_BYTES]
        mask = np.uint64((1 << 8 * len(some)) - 1)
        found = found[words[found + skipped] & mask == int.from_bytes(some, "little")]
    return found
