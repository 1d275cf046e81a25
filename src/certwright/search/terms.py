"""The parts of texts that are so frequent that looking at their candidates one by one would take too long.

They are found in a sample. A term's holders are those of a few of its grams, except what is known to be absent, mostly a
small set; where it is not, the holders themselves are kept. What is known was true of the texts in front of a place, and of
none that changed since; the others are looked at when the term is asked for, and remembered when they become many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyroaring import BitMap

from certwright.search.grams import LONGEST, gram_keys, grouped, holders_of_grams
from certwright.search.sets import are_first, as_array, as_set_of_ascending, compact, span
from certwright.search.texts import JoinedTexts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from certwright.search.grams import Grams
    from certwright.search.records import RecordReader, RecordWriter
    from certwright.search.repeated_texts import RepeatedTexts

_LONGEST_TERM = 64
_FEWEST = 2_000
_SHARE = 0.002
"""A term is one that as many texts hold, and this share of all."""

_SAMPLE = 100_000
_BLOCK = 1 << 19
_MOST_PARTS = 4
_GOOD = 1.05
"""Parts are good that so many times the texts hold that hold the term."""

_MARGIN = 256
"""So many texts at the end are never taken as known, for orders that come late may still get between them."""

_MANY = 4096
_LARGEST_TABLE = 1 << 24
"""Numbers are read from a table where it is no larger."""


@dataclass(slots=True)
class Term:
    """What is known of a term.

    Its holders are among those of the ``parts``. Up to ``known_to`` they are in ``known``, or they are the others.
    """

    parts: tuple[bytes, ...]
    known: BitMap
    is_whole: bool
    known_to: int

    def select(self, found: BitMap) -> BitMap:
        """Return the holders among those of the parts."""
        return found & self.known if self.is_whole else found - self.known


class Terms:
    """The frequent terms of a column of texts."""

    def __init__(self, texts: RepeatedTexts, grams: Grams) -> None:
        self._texts = texts
        self._grams = grams
        self._changed = BitMap()
        self._terms: dict[bytes, Term] = {}
        self._known_to = 0  # the furthest that any term is known to
        self.learned_from = 0

    def __contains__(self, term: bytes) -> bool:
        return term in self._terms

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._terms)

    def learn(self) -> None:
        """Find the frequent terms anew."""
        self._terms, self._changed, self._known_to = {}, BitMap(), 0
        count = self.learned_from = len(self._texts)
        if count <= 2 * _FEWEST:
            return
        ordinals = np.linspace(0, count - 1, min(count, _SAMPLE)).astype(np.int64)
        data, owners = self._texts.joined(ordinals)
        sample = JoinedTexts(data, np.searchsorted(ordinals, owners).astype(np.uint32))
        least = max(_FEWEST / count, _SHARE) * len(ordinals)
        table = TermTable(sample, least)
        holders = [BitMap() for _ in table.terms]
        for texts in self._texts.blocks(_BLOCK):
            for number, some in table.holders(texts):
                holders[number] |= as_set_of_ascending(some)
        grams = {length: dict(holders_of_grams(sample, length)) for length in (LONGEST - 1, LONGEST)}
        known_to = self._known_to = max(0, count - _MARGIN)
        for term, in_sample, its_holders in zip(table.terms, table.counts, holders, strict=True):
            parts = _best_parts(term, in_sample, grams)
            absent = self._grams.all_of(parts, None) - its_holders
            is_whole = len(its_holders) < len(absent)
            known = its_holders if is_whole else absent
            known.remove_range(known_to, count)
            self._terms[term] = Term(parts, compact(known), is_whole, known_to)

    def holders(self, term: bytes, within: BitMap | None) -> BitMap:
        """Return the texts that hold a term, of all or of some."""
        known = self._terms[term]
        count = len(self._texts)
        if count - known.known_to > _MANY:
            self._remember(term, known, count - _MARGIN)
        found = self._grams.all_of(known.parts, within)
        doubtful = found & (self._changed | span(known.known_to, count))
        selected = known.select(found)
        if doubtful:
            selected -= doubtful
            selected |= self._looked_at(term, doubtful)
        return selected

    def change(self, first: int, end: int) -> None:
        """Take note that the texts of a span are others now."""
        if first < self._known_to:
            self._changed.add_range(first, min(end, self._known_to))

    @property
    def changed(self) -> int:
        """How many texts changed since the terms were learned."""
        return len(self._changed)

    def check(self) -> Iterator[str]:
        """Say which terms are known otherwise than the texts would have them, given that the grams are right."""
        for term, known in self._terms.items():
            found = self._grams.all_of(known.parts, None)
            if self.holders(term, None) != self._looked_at(term, found):
                yield f"the orders of {term!r} are not those that hold it"
            if not all(part in term for part in known.parts):
                yield f"the parts of {term!r} are not its own"

    def save(self, out: RecordWriter, name: str) -> None:
        """Write to a snapshot."""
        facts = [
            [[part.decode("latin-1") for part in known.parts], known.is_whole, known.known_to]
            for known in self._terms.values()
        ]
        out.put_facts(name, {"learned_from": self.learned_from, "terms": facts})
        out.put_sets(name, [(b"", self._changed)])
        out.put_sets(name, ((term, known.known) for term, known in self._terms.items()))

    def restore(self, source: RecordReader, name: str) -> None:
        """Read what ``save`` wrote."""
        facts = source.take_facts(name)
        self.learned_from = facts["learned_from"]
        ((_, self._changed),) = source.take_sets(name)
        sets = source.take_sets(name)
        for (term, known), (parts, is_whole, known_to) in zip(sets, facts["terms"], strict=True):
            grams = tuple(part.encode("latin-1") for part in parts)
            self._terms[term] = Term(grams, known, is_whole, known_to)
            self._known_to = max(known_to, self._known_to)

    def _remember(self, term: bytes, known: Term, end: int) -> None:
        found = self._grams.all_of(known.parts, span(known.known_to, end))
        held = self._looked_at(term, found)
        known.known |= held if known.is_whole else found - held
        known.known_to = end
        self._known_to = max(end, self._known_to)

    def _looked_at(self, term: bytes, candidates: BitMap) -> BitMap:
        ordinals = as_array(candidates)
        return as_set_of_ascending(ordinals[self._texts.are_holding(term, ordinals)])


class TermTable:
    """The terms of a sample, by length: each is two shorter ones that begin one byte apart."""

    def __init__(self, texts: JoinedTexts, least: float) -> None:
        self.terms: list[bytes] = []
        self.counts: list[int] = []
        self._levels: list[NDArray[np.int64]] = []
        places, keys = _threes(texts)
        length = LONGEST
        while len(places) and length <= _LONGEST_TERM:
            owners = texts.owners[places]
            frequent, counts = _frequent(keys, owners, least)
            self._levels.append(frequent)
            places, numbers = _known(places, keys, frequent)
            if length > LONGEST:
                starts = np.zeros(len(frequent), np.int64)
                starts[numbers] = places
                self.terms += [texts.data[start : start + length].tobytes() for start in starts.tolist()]
                self.counts += counts.tolist()
            places, keys = _pairs(places, numbers, len(frequent))
            length += 1

    def holders(self, texts: JoinedTexts) -> Iterator[tuple[int, NDArray[np.uint32]]]:
        """Give the number of each term in other texts, and who holds it."""
        offset = 0
        places, keys = _threes(texts)
        for depth, level in enumerate(self._levels):
            places, numbers = _known(places, keys, level)
            if depth:
                for number, owners in grouped(numbers, texts.owners[places]):
                    yield offset + number, owners
                offset += len(level)
            places, keys = _pairs(places, numbers, len(level))


def _threes(texts: JoinedTexts) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    places, keys = gram_keys(texts, LONGEST)
    return places, keys.astype(np.int64)


def _frequent(
    keys: NDArray[np.int64], owners: NDArray[np.uint32], least: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the keys that enough owners have, ascending, and how many each."""
    pairs = keys << 20 | owners  # a sample has less than 2**20 owners
    pairs.sort()
    found = pairs[are_first(pairs)] >> 20
    firsts = np.flatnonzero(are_first(found))
    counts = np.diff(np.append(firsts, len(found)))
    return found[firsts][counts >= least], counts[counts >= least]


def _known(
    places: NDArray[np.int64], keys: NDArray[np.int64], level: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places whose key is in a level, and its number there."""
    if not len(level):
        return places[:0], keys[:0]
    behind = int(level[-1]) + 1
    if behind < _LARGEST_TABLE:
        table = np.full(behind + 1, -1, np.int32)
        table[level] = np.arange(len(level))
        numbers = table.take(keys, mode="clip")  # what is behind the level is at its end, and in no level
        found = np.flatnonzero(numbers >= 0)
    else:
        numbers = np.searchsorted(level, keys).astype(np.int32)
        found = np.flatnonzero(level.take(numbers, mode="clip") == keys)
    return places.take(found), numbers.take(found).astype(np.int64)


def _pairs(
    places: NDArray[np.int64], numbers: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places where one known term follows another one byte later, and the pair as a number."""
    follows = places[1:] == places[:-1] + 1
    return places[:-1][follows], (numbers[:-1] * count + numbers[1:])[follows]


def _best_parts(term: bytes, count: int, grams: dict[int, dict[bytes, BitMap]]) -> tuple[bytes, ...]:
    """Choose few grams of a term that hardly more texts of the sample hold together than hold the term.

    Those of two bytes are had at once; those of three only where they tell much more.
    """
    short, among_short = _narrowest(term, grams[LONGEST - 1], LONGEST - 1, count)
    if among_short <= _GOOD * count:
        return short
    long, among_long = _narrowest(term, grams[LONGEST], LONGEST, count)
    return long if among_long - count < (among_short - count) / 2 else short


def _narrowest(
    term: bytes, holders: dict[bytes, BitMap], length: int, count: int
) -> tuple[tuple[bytes, ...], int]:
    """Choose grams of a length, each the one that leaves the fewest; and return how many texts they leave."""
    left = {term[at : at + length] for at in range(len(term) - length + 1)}
    chosen = [min(sorted(left), key=lambda gram: len(holders[gram]))]
    found = holders[chosen[0]]
    while len(found) > count and len(chosen) < _MOST_PARTS and (left := left - set(chosen)):
        best = min(sorted(left), key=lambda gram: found.intersection_cardinality(holders[gram]))
        chosen.append(best)
        found = found & holders[best]  # not in place: that would change the sample
    return tuple(chosen), len(found)
