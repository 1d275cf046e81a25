"""Which number a text has, among texts that are each kept once.

Numbers are found by the hashes of their texts, which lie in ascending order; those of the latest texts are in a
dictionary, from which they move when it has grown. The hashes have a key that only the index and its snapshots know, so that
nobody can order names whose hashes are all equal.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from certwright.search.records import RecordReader, RecordWriter
    from certwright.search.texts import Texts

_MOST_LATE = 1 << 16
_BLOCK = 1 << 16
_BITS = 32  # of a hash, which are followed by as many of the number


class Numbering:
    """The numbers of texts: their ordinals among the distinct ones."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._key = os.urandom(blake2b.SALT_SIZE)
        self._entries = np.zeros(0, np.uint64)
        self._late: dict[bytes, int] = {}

    def find(self, texts: Sequence[bytes]) -> list[int | None]:
        """Return the number of each text that has one."""
        hashes = list(map(self._hashed, texts))
        places = np.searchsorted(self._entries, np.array(hashes, np.uint64) << np.uint64(_BITS)).tolist()
        return [self._at(*each) for each in zip(texts, hashes, places, strict=True)]

    def take(self, texts: Sequence[bytes]) -> list[int]:
        """Return the number of each text; those that have none are added to the texts, and get the next ones."""
        distinct = list(dict.fromkeys(texts))
        found = zip(distinct, self.find(distinct), strict=True)
        numbers = {text: number for text, number in found if number is not None}
        new = [text for text in distinct if text not in numbers]
        late = {text: number for number, text in enumerate(new, len(self._texts))}
        self._texts.extend(new)
        self._late |= late
        if len(self._late) >= _MOST_LATE:
            self._settle()
        numbers |= late
        return [numbers[text] for text in texts]

    def check(self) -> Iterator[str]:
        """Say which texts do not have their numbers."""
        for first in range(0, len(self._texts), _BLOCK):
            numbers = range(first, min(first + _BLOCK, len(self._texts)))
            texts = [self._texts.get(number) for number in numbers]
            for text, number, found in zip(texts, numbers, self.find(texts), strict=True):
                if number != found:
                    yield f"{text!r} is not found"

    def save(self, out: RecordWriter, name: str, used: NDArray[np.int64]) -> None:
        """Write to a snapshot that holds the texts of some numbers, ascending, and numbers them anew."""
        self._settle()
        numbers = self._entries.astype(np.uint32)
        is_used = np.zeros(len(self._texts), np.bool_)
        is_used[used] = True
        kept = is_used[numbers]
        places = np.searchsorted(used, numbers[kept]).astype(np.uint64)
        out.put(name, self._key)
        out.put(name, self._entries[kept] >> np.uint64(_BITS) << np.uint64(_BITS) | places)

    @classmethod
    def load(cls, source: RecordReader, name: str, texts: Texts) -> Numbering:
        """Read what ``save`` wrote."""
        numbering = cls(texts)
        numbering._key = bytes(source.take(name))
        numbering._entries = source.take_array(name, np.dtype(np.uint64))
        return numbering

    def _hashed(self, text: bytes) -> int:
        return int.from_bytes(blake2b(text, digest_size=_BITS // 8, salt=self._key).digest())

    def _at(self, text: bytes, its_hash: int, place: int) -> int | None:
        """Return the number of a text whose hash has its first entry at a place, if any."""
        while place < len(self._entries) and (entry := self._entries.item(place)) >> _BITS == its_hash:
            number: int = entry & 0xFFFFFFFF
            if self._texts.get(number) == text:
                return number
            place += 1
        return self._late.get(text)

    def _settle(self) -> None:
        late = (self._hashed(text) << _BITS | number for text, number in self._late.items())
        entries = np.fromiter(late, np.uint64, len(self._late))
        self._entries = np.sort(np.concatenate((self._entries, entries)))
        self._late = {}
