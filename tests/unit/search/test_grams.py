"""Which texts hold which grams, exactly, however the sets are kept and whatever was added and taken out."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from certwright.search.grams import Grams, grams_of
from certwright.search.records import reading, writing
from certwright.search.repeated_texts import RepeatedTexts

# So few letters that the halves of a gram often stand apart.
TEXTS = st.text(alphabet="ab.", max_size=8).map(str.encode) | st.sampled_from(
    [b"\0ab\0b.a\0", b"abab", b"bab"]
)


@given(first=st.lists(TEXTS, max_size=20), settled=st.integers(0, 3), data=st.data())
def test_holders_of_grams(first: list[bytes], settled: int, data: st.DataObject) -> None:
    texts, grams, model = RepeatedTexts(), Grams(), dict(enumerate(first))
    texts.extend(first)
    for number, block in enumerate(texts.blocks(4)):
        grams.extend(block)
        if number < settled:
            grams.settle()
    for _ in range(data.draw(st.integers(0, 8))):
        at = data.draw(st.integers(0, 25))
        if at in model:
            grams.discard(at, model.pop(at))
        else:
            model[at] = data.draw(TEXTS)
            grams.add(at, model[at])
        assert set(grams.holders(b"ab", None)) == {at for at, text in model.items() if b"ab" in text}
    with TemporaryDirectory() as folder:
        with writing(Path(folder, "grams")) as out:
            grams.save(out, "it")
        with reading(Path(folder, "grams")) as source:
            loaded = Grams.load(source, "it")
    within = BitMap(range(0, 25, 2))
    for each in (grams, loaded):
        check(each, model, within, data)


def check(grams: Grams, model: dict[int, bytes], within: BitMap, data: st.DataObject) -> None:
    kept = RepeatedTexts()
    kept.extend(list(model.values()))
    owners = list(model)
    blocks = (block._replace(owners=np.array(owners, np.uint32)[block.owners]) for block in kept.blocks(5))
    assert list(grams.check(blocks)) == []
    for part in (b"a", b".", b"ab", b"b.", b"aba", b"bab", b"ab.", b"..."):
        holders = {at for at, text in model.items() if part in text}
        assert set(grams.holders(part, None)) == holders
        assert set(grams.holders(part, within)) == holders & set(within)
    part = data.draw(st.text(alphabet="ab.", min_size=4, max_size=8)).encode()
    holders = {at for at, text in model.items() if part in text}
    worth = data.draw(st.integers(0, 5))
    assert holders <= set(grams.candidates(part, None, worth))
    assert holders & set(within) <= set(grams.candidates(part, within, worth)) <= set(within)


def test_a_gram_that_its_halves_nearly_tell_is_kept_as_what_it_lacks() -> None:
    texts, grams = RepeatedTexts(), Grams()
    texts.extend([b"bakery"] * 5000 + [b"ba.ak"])
    for block in texts.blocks(10_000):
        grams.extend(block)
    assert b"bak" in grams.whole
    grams.settle()
    assert (list(grams.lacking[b"bak"]), b"bak" in grams.whole) == ([5000], False)
    assert len(grams.holders(b"bak", None)) == 5000


@pytest.mark.parametrize(("worth", "kept"), [(10, {0}), (900, {0}), (1100, {0, 1})])
def test_candidates_are_narrowed_down_where_that_spares_many(worth: int, kept: set[int]) -> None:
    texts, grams = RepeatedTexts(), Grams()
    texts.extend([b"abc.bcd", b"abc.cd", b"ab.bcd", b"b.bcd"] * 1000)
    for block in texts.blocks(10_000):
        grams.extend(block)
    among = grams.candidates(b"abcd", None, worth)
    assert set(among) == {ordinal for ordinal in range(4000) if ordinal % 4 in kept}


@pytest.mark.parametrize("worth", [10, 900, 5000])
def test_candidates_are_among_those_asked_for(worth: int) -> None:
    texts, grams = RepeatedTexts(), Grams()
    texts.extend([b"abc.bcd"] * 1000)
    for block in texts.blocks(10_000):
        grams.extend(block)
    assert grams.candidates(b"abcd", BitMap([3, 5, 2000]), worth) == BitMap([3, 5])


@pytest.mark.parametrize("is_settled", [False, True])
def test_candidates_are_narrowed_down_by_what_a_gram_lacks(is_settled: bool) -> None:
    texts, grams = RepeatedTexts(), Grams()
    texts.extend([b"abcd.bcd"] * 3000 + [b"ab.bcd", b"abcd"] * 200)
    for block in texts.blocks(10_000):
        grams.extend(block)
    if is_settled:
        grams.settle()
    assert (b"abc" in grams.lacking) == is_settled
    among = set(grams.candidates(b"abcd", BitMap(range(3000, 3400)), 50))
    assert among == set(range(3001, 3400, 2))


def test_whole_names_are_among_few() -> None:
    names = [f"{number}.example".encode() for number in range(2000)]
    texts, grams = RepeatedTexts(), Grams()
    texts.extend([b"\0" + name + b"\0www." + name + b"\0" for name in names])
    for block in texts.blocks(700):
        grams.extend(block)
    grams.add(2000, b"\0www.7.example\0")
    grams.discard(8, texts.get(8))
    for name, holders in ((b"7.example", {7}), (b"www.7.example", {7, 2000}), (b"8.example", set())):
        among = grams.named(b"\0" + name + b"\0", None)
        assert among is not None
        assert holders <= set(among)
        assert len(among) < 50
        assert grams.named(b"\0" + name + b"\0", BitMap([3])) == BitMap([3]) & among
    assert grams.named(b"7.example", None) is None
    assert grams.named(b"\0nobody\0", BitMap()) == BitMap()


def test_the_grams_of_a_text() -> None:
    assert grams_of(b"aba") == {b"a", b"b", b"ab", b"ba", b"aba"}
    assert grams_of(b"") == set()
    assert len({gram for gram in grams_of(b"\0ab\0") if len(gram) > 3}) == 1
