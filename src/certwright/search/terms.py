"""The parts of texts that are so frequent that looking at their candidates one by one would take too long.

They are found in a sample. A term's holders are those of a few of its grams, except what is known to be absent, mostly a
small set; where it is not, or where the grams' sets are so large that it spares the most, the holders themselves are kept. As
terms are parts of the same words, most such sets belong to several terms, and are kept once. What is known was true of the
texts in front of a place, and of none that changed since; the others are looked at when the term is asked for, and remembered
when they become many.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from pyroaring import BitMap, FrozenBitMap

from certwright.search.grams import LONGEST, gram_keys, grouped, holders_of_grams
from certwright.search.sets import are_first, as_array, as_set_of_ascending, compact, size_bytes, span
from certwright.search.texts import JoinedTexts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from certwright.search.grams import Grams
    from certwright.search.records import RecordReader, RecordWriter
    from certwright.search.repeated_texts import RepeatedTexts

LONGEST_TERM = 64
_FEWEST = 2_000
_SHARE = 0.002
"""A term is one that as many texts hold, and this share of all."""

_MOST_TERMS = 20_000
"""Longer ones are not looked for where there are more: orders that all have the same hundred names would make half a million."""

_SAMPLE = 100_000
_SAMPLE_BYTES = 1 << 24  # fewer texts are sampled where they are long
_BLOCK = 1 << 19
_MOST_PARTS = 4
_GOOD = 1.05
"""Parts are good that so many times the texts hold that hold the term."""

_ROOM = 0.2
"""Sets that spare the most are kept while they take no more than this part of what all grams take."""

_MARGIN = 64
"""So many texts at the end are never taken as known, for orders that come late may still get between them."""

_MANY = 4096
_LARGEST_TABLE = 1 << 24
"""Numbers are read from a table where it is no larger."""


@dataclass(slots=True)
class Term:
    """What is known of a term, of the texts up to ``known_to``.

    Its holders are those of the ``parts`` but for ``known``. Or else, they are those in ``whole``, which is never changed,
    for other terms may have the same; and those in ``known``, which came later.
    """

    parts: tuple[bytes, ...]
    whole: BitMap | None
    known: BitMap
    known_to: int
    count: int = field(init=False)
    """How many are in ``whole``."""

    def __post_init__(self) -> None:
        self.count = len(self.whole or ())


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
        ordinals = ordinals[:: 1 + int(self._texts.lengths(ordinals).sum()) // _SAMPLE_BYTES]
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
        parts = [_best_parts(*each, grams) for each in zip(table.terms, table.counts, strict=True)]
        for its_holders in holders:
            its_holders.remove_range(known_to, count)
        kept = self._kept(parts, holders)
        for place, (term, its_parts, its_holders) in enumerate(zip(table.terms, parts, holders, strict=True)):
            absent = self._grams.all_of(its_parts, None) - its_holders
            absent.remove_range(known_to, count)
            whole = kept.get(place, compact(its_holders) if len(its_holders) < len(absent) else None)
            known = BitMap() if whole is not None else compact(absent)
            self._terms[term] = Term(its_parts, whole, known, known_to)

    def holders(self, term: bytes, within: BitMap | None) -> BitMap:
        """Return the texts that hold a term, of all or of some."""
        known = self._terms[term]
        doubtful = self._doubtful(term, known)
        if known.whole is None:
            found = self._grams.all_of(known.parts, within, but=known.known)
        else:
            found = known.whole | known.known
            if within is not None:
                found &= within
        found -= doubtful
        if within is not None:
            doubtful &= within
        found |= self._looked_at(term, self._grams.all_of(known.parts, doubtful))
        return found

    def around(self, part: bytes) -> BitMap | None:
        """Return a set of texts that all holders of a longer part are in, if one is kept; not to be changed."""
        kept: dict[bytes, BitMap] = {}
        first = 0
        for end in range(LONGEST + 1, len(part) + 1):
            # Any part of a term is one, if it is no gram, so terms that are not in others are found by one walk.
            while end - first > LONGEST and part[first:end] not in self._terms:
                first += 1
            if end - first > LONGEST and (whole := self._terms[part[first:end]].whole) is not None:
                kept[part[first:end]] = whole
        if not kept:
            return None
        term = min(kept, key=lambda each: self._terms[each].count)
        known = self._terms[term]
        found = kept[term] | self._doubtful(term, known)  # first, for it may add to what is known
        found |= known.known
        return found

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
        wholes = {id(known.whole): known.whole for known in self._terms.values() if known.whole is not None}
        places = {each: place for place, each in enumerate(wholes)}
        facts = [
            [
                [part.decode("latin-1") for part in known.parts],
                None if known.whole is None else places[id(known.whole)],
                known.known_to,
            ]
            for known in self._terms.values()
        ]
        out.put_facts(name, {"learned_from": self.learned_from, "terms": facts})
        out.put_sets(name, [(b"", self._changed)])
        out.put_sets(name, ((b"", whole) for whole in wholes.values()))
        out.put_sets(name, ((term, known.known) for term, known in self._terms.items()))

    def restore(self, source: RecordReader, name: str) -> None:
        """Read what ``save`` wrote."""
        facts = source.take_facts(name)
        self.learned_from = facts["learned_from"]
        ((_, self._changed),) = source.take_sets(name)
        wholes = [whole for _, whole in source.take_sets(name)]
        sets = source.take_sets(name)
        for (term, known), (parts, place, known_to) in zip(sets, facts["terms"], strict=True):
            grams = tuple(part.encode("latin-1") for part in parts)
            self._terms[term] = Term(grams, None if place is None else wholes[place], known, known_to)
            self._known_to = max(known_to, self._known_to)

    def _remember(self, term: bytes, known: Term, end: int) -> None:
        found = self._grams.all_of(known.parts, span(known.known_to, end))
        held = self._looked_at(term, found)
        known.known |= found - held if known.whole is None else held
        known.known_to = end
        self._known_to = max(end, self._known_to)

    def _doubtful(self, term: bytes, known: Term) -> BitMap:
        """Return the texts that came or changed since something was known of them, after remembering it where they are many."""
        count = len(self._texts)
        if count - known.known_to > _MANY:
            self._remember(term, known, count - _MARGIN)
        return self._changed | span(known.known_to, count)

    def _kept(self, parts: list[tuple[bytes, ...]], holders: list[BitMap]) -> dict[int, BitMap]:
        """Choose terms whose holders are kept: where the fewest bytes spare that the most are read.

        Those terms, by their places, with their holders; equal sets are the same.
        """
        equal: dict[FrozenBitMap, list[int]] = {}
        for place, its_holders in enumerate(holders):
            equal.setdefault(FrozenBitMap(its_holders), []).append(place)
        offers = []
        for places in equal.values():
            its_holders = compact(holders[places[0]])
            size = size_bytes(its_holders)
            spared = sum(self._grams.bytes_read(parts[place]) for place in places)
            offers.append((spared / (size + 1), size, its_holders, places))
        room = _ROOM * self._grams.bytes_kept()
        kept: dict[int, BitMap] = {}
        for _, size, its_holders, places in sorted(offers, key=itemgetter(0), reverse=True):
            if size <= room:
                room -= size
                kept |= dict.fromkeys(places, its_holders)
        return kept

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
        while len(places) and length <= LONGEST_TERM and len(self.terms) < _MOST_TERMS:
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
