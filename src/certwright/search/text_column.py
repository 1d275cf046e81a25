"""A column of texts with the exact answer to which of them hold a given part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.search.grams import LONGEST, Grams
from certwright.search.repeated_texts import RepeatedTexts
from certwright.search.sets import as_array, as_set_of_ascending, span
from certwright.search.terms import LONGEST_TERM, Terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyroaring import BitMap

    from certwright.search.records import RecordReader, RecordWriter

_BLOCK = 1 << 19
_MUCH = 8_192
"""So many bytes of texts are faster taken in together, which looks at every set once, than one by one."""

_FEW = 64
_PER_CANDIDATE = 4096
"""A set of so many texts is intersected in the time in which one is looked at."""


class TextColumn:
    """Texts by ordinal, their grams and their frequent terms."""

    def __init__(self) -> None:
        self.texts = RepeatedTexts()
        self.grams = Grams()
        self.terms = Terms(self.texts, self.grams)
        self._indexed = 0

    def extend(self, texts: Sequence[bytes]) -> None:
        """Add texts for the next ordinals; they are found after ``settle``."""
        self.texts.extend(texts)
        if len(self.texts) - self._indexed >= _BLOCK:
            self._index()

    def settle(self) -> None:
        """Finish what ``extend`` began."""
        self._index()
        self.grams.settle()
        self.terms.learn()

    def refresh(self) -> None:
        """Learn the frequent terms anew where much was added or changed since they were learned."""
        if len(self.texts) > 1.25 * self.terms.learned_from or self.terms.changed > len(self.texts) / 50:
            self.grams.settle()
            self.terms.learn()

    def append_all(self, texts: Sequence[bytes]) -> None:
        """Add texts for the next ordinals, which are found at once."""
        self.texts.extend(texts)
        if sum(map(len, texts)) >= _MUCH:
            self._index()
            return
        for text in texts:
            self.grams.add(self._indexed, text)
            self._indexed += 1

    def set(self, ordinal: int, text: bytes) -> None:
        """Replace a text."""
        self.grams.discard(ordinal, self.texts.get(ordinal))
        self.texts.set(ordinal, text)
        self.grams.add(ordinal, text)
        self.terms.change(ordinal, ordinal + 1)

    def truncate(self, length: int) -> None:
        """Forget the texts from an ordinal on."""
        for ordinal in range(length, len(self.texts)):
            self.grams.discard(ordinal, self.texts.get(ordinal))
        self.terms.change(length, len(self.texts))
        self.texts.truncate(length)
        self._indexed = length

    def containing(self, part: bytes, within: BitMap | None) -> BitMap:
        """Return the texts that hold a part, of all or of some; not to be changed."""
        if not part:
            return span(0, len(self.texts)) if within is None else within
        if len(part) <= LONGEST:
            return self.grams.holders(part, within)
        within = self.grams.named(part, within)
        if part in self.terms:
            return self.terms.holders(part, within)
        candidates = self.grams.candidates(
            part, within, self._worth, lambda: self.terms.around(part[:LONGEST_TERM])
        )
        return self._looked_at(part, candidates)

    def sets_of_parts(self) -> Iterator[BitMap]:
        """Give the texts that hold a part, for each gram and each frequent term."""
        for gram in self.grams:
            yield self.grams.holders(gram, None)
        for term in self.terms:
            yield self.terms.holders(term, None)

    def check(self) -> Iterator[str]:
        """Say which sets are otherwise than the texts would have them."""
        yield from self.texts.check()
        yield from self.grams.check(self.texts.blocks(_BLOCK))
        yield from self.terms.check()

    def save(self, out: RecordWriter, name: str) -> None:
        """Write to a snapshot."""
        self.texts.save(out, name)
        self.grams.save(out, name)
        self.terms.save(out, name)

    @classmethod
    def load(cls, source: RecordReader, name: str) -> TextColumn:
        """Read what ``save`` wrote."""
        column = cls()
        column.texts = RepeatedTexts.load(source, name)
        column.grams = Grams.load(source, name)
        column.terms = Terms(column.texts, column.grams)
        column.terms.restore(source, name)
        column._indexed = len(column.texts)
        return column

    @property
    def _worth(self) -> int:
        """How many texts are looked at in the time in which they are narrowed down by one more set."""
        return _FEW + len(self.texts) // _PER_CANDIDATE

    def _looked_at(self, part: bytes, candidates: BitMap) -> BitMap:
        ordinals = as_array(candidates)
        return as_set_of_ascending(ordinals[self.texts.are_holding(part, ordinals)])

    def _index(self) -> None:
        for number, texts in enumerate(self.texts.blocks(_BLOCK, self._indexed)):
            self.grams.extend(texts)
            if not self._indexed and not number:
                self.grams.settle()
        self._indexed = len(self.texts)
