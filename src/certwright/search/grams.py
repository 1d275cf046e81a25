"""Which texts hold which one, two or three bytes in a row ("grams"), exactly.

A set of a gram's holders is kept whole; or, where that is smaller, a gram of three bytes is kept as what it lacks: the
texts that hold its first two bytes and its last two, but not all three together. Texts are made of words, so most such
sets are nearly empty.

Names between two U+0000 are found as a whole: their holders are kept by a hash, which few other names share.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import numpy as np
from pyroaring import BitMap

from certwright.search.sets import are_first, as_set_of_ascending, compact, size_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from certwright.search.records import RecordReader, RecordWriter
    from certwright.search.texts import JoinedTexts

LONGEST = 3
_END = b"\0"
_HASHES = 512
_SOME = 64
"""So many texts tell nearly what all would."""

_COUNTED_FOR = 1024
"""After so many texts more or less, sets are counted anew: which are the smaller ones, old counts tell as well."""


class _Counted(NamedTuple):
    """A set, and about how many it holds: to count a large one takes a look at each of its containers."""

    size: int
    ordinals: BitMap


_size_of = itemgetter(0)


class Grams:
    """The holders of all grams."""

    def __init__(self) -> None:
        self.whole: dict[bytes, BitMap] = {}
        self.lacking: dict[bytes, BitMap] = {}
        self._counted: dict[bytes, _Counted] = {}
        self._moved = 0

    def __iter__(self) -> Iterator[bytes]:
        """Give all grams, without the hashes of names."""
        return (gram for gram in chain(self.whole, self.lacking) if len(gram) <= LONGEST)

    def add(self, ordinal: int, text: bytes) -> None:
        """Take in a text."""
        self._note_move()
        grams = grams_of(text)
        for gram in grams:
            if gram not in self.lacking:
                holders = self.whole.get(gram)
                if holders is None:
                    holders = self.whole[gram] = BitMap()
                holders.add(ordinal)
        for gram in self._apart(grams):
            self.lacking[gram].add(ordinal)

    def discard(self, ordinal: int, text: bytes) -> None:
        """Let a text go."""
        self._note_move()
        grams = grams_of(text)
        for gram in grams:
            if gram not in self.lacking:
                holders = self.whole[gram]
                holders.discard(ordinal)
                if not holders:
                    del self.whole[gram]
                    self._counted.pop(gram, None)
        for gram in self._apart(grams):
            self.lacking[gram].discard(ordinal)

    def extend(self, texts: JoinedTexts) -> None:
        """Take in many texts that are not here yet."""
        self._counted.clear()
        block = dict(_all_holders(texts))
        for gram, lacking in self.lacking.items():
            both = _both(block, gram)
            if both is not None:
                lacking.update(both - block.pop(gram, BitMap()))
        for gram, holders in block.items():
            if gram in self.whole:
                self.whole[gram] |= holders
            else:
                self.whole[gram] = holders

    def settle(self) -> None:
        """Choose for every gram what is smaller: its holders, or what it lacks."""
        self._counted.clear()
        for gram in [gram for gram in self.whole if len(gram) == LONGEST]:
            both = _both(self.whole, gram)
            if both is not None:
                lacking = compact(both - self.whole[gram])
                if size_bytes(lacking) < size_bytes(self.whole[gram]):
                    self.lacking[gram] = lacking
                    del self.whole[gram]
        for holders in self.whole.values():
            compact(holders)

    def holders(self, gram: bytes, within: BitMap | None) -> BitMap:
        """Return the texts that hold a gram, of all or of some; not to be changed."""
        return self.all_of((gram,), within)

    def all_of(self, grams: Iterable[bytes], within: BitMap | None, but: BitMap | None = None) -> BitMap:
        """Return the texts that hold each of some grams; not to be changed, unless some texts are excepted (``but``)."""
        wholes, absents = self._parts(grams)
        if within is not None:
            wholes.append(_Counted(len(within), within))
        first, *others = [ordinals for _, ordinals in sorted(wholes, key=_size_of)]
        lacking = [ordinals for _, ordinals in absents]
        return _left(first, others, lacking if but is None else [*lacking, but])

    def candidates(
        self,
        part: bytes,
        within: BitMap | None,
        worth: int,
        around: Callable[[], BitMap | None] = lambda: None,
    ) -> BitMap:
        """Return texts among which are all that hold a longer part; not to be changed.

        ``around`` finds a set of texts that these are known to be in, and is asked only where many are left. They are narrowed
        down by whatever leaves the fewest, as long as that spares more than so many texts. Which that is, some texts in the
        middle tell: grams of one word hardly tell more than one of them.
        """
        wholes, absents = self._parts({part[at : at + LONGEST] for at in range(len(part) - LONGEST + 1)})
        if min(map(_size_of, wholes)) > worth and (known := around()) is not None:
            wholes.append(_Counted(len(known), known))
        (_, found), *others = sorted(wholes, key=_size_of)
        left = [(whole, False) for _, whole in others]
        left += [(absent, True) for size, absent in absents if size > worth]  # others can't spare so many
        if within is not None:
            left.append((within, False))
        while left and (count := len(found)) > worth:
            middle = count // 2
            some = found[max(0, middle - _SOME // 2) : middle + _SOME // 2]
            kept = [_count_kept(some, ordinals, is_absent=is_absent) for ordinals, is_absent in left]
            least = min(kept)
            if count * (1 - least / len(some)) <= worth:
                break
            ordinals, is_absent = left.pop(kept.index(least))
            # Not in place: that would change a set that is kept.
            found = found - ordinals if is_absent else found & ordinals
        is_left = any(ordinals is within for ordinals, _ in left)
        return found & within if within is not None and is_left else found

    def bytes_read(self, grams: Iterable[bytes]) -> int:
        """Return about how many bytes of sets are read to find what holds each of some grams."""
        wholes, absents = self._parts(grams)
        return sum(size_bytes(ordinals) for _, ordinals in wholes + absents)

    def bytes_kept(self) -> int:
        """Return about how many bytes all sets take."""
        return sum(map(size_bytes, chain(self.whole.values(), self.lacking.values())))

    def named(self, part: bytes, within: BitMap | None) -> BitMap | None:
        """Narrow down where to look for a part that has whole names; not to be changed."""
        names = _names_of(part)
        return self.all_of(names, within) if names else within

    def check(self, blocks: Iterable[JoinedTexts]) -> Iterator[str]:
        """Say which sets are otherwise than texts would have them, given all of them in blocks."""
        counts: Counter[bytes] = Counter()
        for texts in blocks:
            block = dict(_all_holders(texts))
            wanted = [
                (gram, holders, self.whole) for gram, holders in block.items() if gram not in self.lacking
            ]
            for gram in self.lacking:
                both = _both(block, gram)
                if both is not None:
                    wanted.append((gram, both - block.get(gram, BitMap()), self.lacking))
            for gram, ordinals, sets in wanted:
                counts[gram] += len(ordinals)
                if not ordinals <= sets.get(gram, BitMap()):
                    yield f"the set of {gram!r} does not hold all that it should"
        for gram, ordinals in (*self.whole.items(), *self.lacking.items()):
            if len(ordinals) != counts[gram]:
                yield f"the set of {gram!r} holds {len(ordinals)} orders and should hold {counts[gram]}"

    def save(self, out: RecordWriter, name: str) -> None:
        """Write to a snapshot."""
        out.put_sets(name, self.whole.items())
        out.put_sets(name, self.lacking.items())

    @classmethod
    def load(cls, source: RecordReader, name: str) -> Grams:
        """Read what ``save`` wrote."""
        grams = cls()
        grams.whole.update(source.take_sets(name))
        grams.lacking.update(source.take_sets(name))
        return grams

    def _apart(self, grams: set[bytes]) -> set[bytes]:
        """Return the grams whose halves are among some grams, but which are not themselves, as far as they are kept so."""
        twos = [gram for gram in grams if len(gram) == LONGEST - 1]
        following: dict[int, list[bytes]] = {}
        for gram in twos:
            following.setdefault(gram[0], []).append(gram[1:])
        threes = {gram + last for gram in twos for last in following.get(gram[1], ())}
        return {gram for gram in threes - grams if gram in self.lacking}

    def _parts(self, grams: Iterable[bytes]) -> tuple[list[_Counted], list[_Counted]]:
        """Return sets that hold all that holds some grams, and what these lack."""
        wholes: list[_Counted] = []
        absents: list[_Counted] = []
        halves: set[bytes] = set()
        for gram in grams:
            if gram in self.lacking:
                absents.append(self._count(gram, self.lacking))
                halves |= {gram[:2], gram[1:]}
            else:
                wholes.append(self._count(gram, self.whole))
        return wholes + [self._count(gram, self.whole) for gram in halves], absents

    def _count(self, gram: bytes, sets: dict[bytes, BitMap]) -> _Counted:
        counted = self._counted.get(gram)
        if counted is None:
            ordinals = sets.get(gram)
            if ordinals is None:
                return _Counted(0, BitMap())
            counted = self._counted[gram] = _Counted(len(ordinals), ordinals)
        return counted

    def _note_move(self) -> None:
        """Take note that a text was taken in or let go."""
        self._moved += 1
        if self._moved >= _COUNTED_FOR:
            self._counted.clear()
            self._moved = 0


def grams_of(text: bytes) -> set[bytes]:
    """Return the grams of a text, and the hashes of its names."""
    grams = {text[at : at + length] for length in (1, 2, 3) for at in range(len(text) - length + 1)}
    return grams | _names_of(text)


def gram_keys(texts: JoinedTexts, length: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return where grams of a length begin, and each as a number."""
    data, owners = texts.data, texts.owners
    count = max(0, len(data) - length + 1)
    is_gram = owners[:count] == owners[length - 1 :]
    keys = np.zeros(count, np.uint64)
    for at in range(length):
        keys = keys << np.uint64(8) | data[at : at + count]
    places = np.flatnonzero(is_gram)
    return places, keys[places]


def holders_of_grams(texts: JoinedTexts, length: int) -> Iterator[tuple[bytes, BitMap]]:
    """Give each gram of a length with its holders."""
    places, keys = gram_keys(texts, length)
    for key, holders in grouped(keys, texts.owners[places]):
        yield key.to_bytes(length, "big"), as_set_of_ascending(holders)


def _all_holders(texts: JoinedTexts) -> Iterator[tuple[bytes, BitMap]]:
    for length in range(1, LONGEST + 1):
        yield from holders_of_grams(texts, length)
    yield from _holders_of_names(texts)


def _names_of(text: bytes) -> set[bytes]:
    return {_hashed(name) for name in text.split(_END)[1:-1]} if _END in text else set()


def _holders_of_names(texts: JoinedTexts) -> Iterator[tuple[bytes, BitMap]]:
    ends = np.flatnonzero(texts.data == 0)
    owners, content = texts.owners[ends], texts.data.tobytes()
    is_name = owners[1:] == owners[:-1]
    keys = [crc32(content[end + 1 : following]) % _HASHES for end, following in pairwise(ends.tolist())]
    for key, holders in grouped(np.array(keys, np.uint32)[is_name], owners[1:][is_name]):
        yield _hash_key(key), as_set_of_ascending(holders)


def _hashed(name: bytes) -> bytes:
    return _hash_key(crc32(name) % _HASHES)


def _hash_key(number: int) -> bytes:
    """Name a hash otherwise than any gram: by four bytes."""
    return number.to_bytes(LONGEST + 1, "big")


def grouped(keys: NDArray[Any], owners: NDArray[np.uint32]) -> Iterator[tuple[int, NDArray[np.uint32]]]:
    """Give each key with its owners, each once and ascending. Keys have less than 32 bits."""
    pairs = keys.astype(np.uint64) << np.uint64(32) | owners
    pairs.sort()
    pairs = pairs[are_first(pairs)]
    keys, owners = (pairs >> np.uint64(32)).astype(np.int64), pairs.astype(np.uint32)
    firsts = np.flatnonzero(are_first(keys))
    ends = np.append(firsts, len(keys))[1:]
    for key, first, end in zip(keys[firsts].tolist(), firsts.tolist(), ends.tolist(), strict=True):
        yield key, owners[first:end]


def _left(first: BitMap, others: list[BitMap], absents: list[BitMap]) -> BitMap:
    """Return what is in each of some sets, and not absent: a new set where there is more than the first."""
    if others:
        found = first & others[0]  # not in place: that would change a set that is kept
    elif absents:
        found = first - absents[0]
    else:
        return first
    for other in others[1:]:
        found &= other
    for absent in absents:
        found -= absent
    return found


def _count_kept(some: BitMap, ordinals: BitMap, *, is_absent: bool) -> int:
    count = some.intersection_cardinality(ordinals)
    return len(some) - count if is_absent else count


def _both(sets: dict[bytes, BitMap], gram: bytes) -> BitMap | None:
    """Return what holds both halves of a gram."""
    first, last = sets.get(gram[:2]), sets.get(gram[1:])
    return None if first is None or last is None else first & last
