"""Texts that are kept once are what a list of them is."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from certwright.search.records import reading, writing
from certwright.search.repeated_texts import RepeatedTexts

TEXTS = st.lists(st.sampled_from(["a", "b", "abcdefg", "www.", "é", "\0"]), max_size=3).map(
    lambda parts: "".join(parts).encode()
)


@settings(deadline=None)
@given(first=st.lists(TEXTS), more=st.lists(TEXTS, min_size=2), part=TEXTS, low=TEXTS)
def test_they_are_as_a_list_of_them(first: list[bytes], more: list[bytes], part: bytes, low: bytes) -> None:
    texts, model = RepeatedTexts(), first + more[1:]
    texts.extend(first)
    for text in more[1:]:
        texts.extend([text])
    texts.extend([b"gone"])
    texts.truncate(len(model))
    texts.set(0, more[0])
    model[0] = more[0]
    check(texts, model, part, low)
    loaded = saved_and_loaded(texts)
    loaded.extend([b"goes on"])
    loaded.truncate(len(model))
    check(loaded, model, part, low)


def check(texts: RepeatedTexts, model: list[bytes], part: bytes, low: bytes) -> None:
    places = range(len(model))
    everything = np.arange(len(model))[::-1]
    assert [texts.get(place) for place in range(len(texts))] == model
    assert texts.are_holding(part, everything).tolist() == [part in text for text in reversed(model)]
    assert texts.between(everything, low, part).tolist() == [low <= text <= part for text in reversed(model)]
    assert texts.between(everything, low, low).tolist() == [text == low for text in reversed(model)]
    sortable = np.array([place for place in places if b"\0" not in model[place]], np.int64)
    ranks = texts.ranks(sortable)
    assert sortable[np.argsort(ranks, kind="stable")].tolist() == sorted(
        sortable.tolist(), key=model.__getitem__
    )
    assert len(set(ranks.tolist())) == len({model[place] for place in sortable.tolist()})
    data, owners = texts.joined(everything)
    assert data.tobytes() == b"".join(reversed(model))
    assert owners.tolist() == [place for place in reversed(places) for _ in model[place]]
    blocks = list(texts.blocks(3, 1))
    assert b"".join(block.data.tobytes() for block in blocks) == b"".join(model[1:])
    assert list(texts.check()) == []


def test_a_snapshot_leaves_out_what_no_order_has() -> None:
    texts = RepeatedTexts()
    texts.extend([b"a.example", b"b.example", b"a.example"])
    texts.set(0, b"c.example")
    texts.set(1, b"c.example")
    loaded = saved_and_loaded(texts)
    assert loaded.find([b"a.example", b"b.example", b"c.example"]) == [0, None, 1]


def saved_and_loaded(texts: RepeatedTexts) -> RepeatedTexts:
    with TemporaryDirectory() as folder:
        with writing(Path(folder, "texts")) as out:
            texts.save(out, "it")
        with reading(Path(folder, "texts")) as source:
            return RepeatedTexts.load(source, "it")
