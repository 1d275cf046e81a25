"""Texts in a buffer are what a list of them is."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from certwright.search import texts as module
from certwright.search.records import reading, writing
from certwright.search.texts import Texts

# Long equal beginnings, ends at the bounds of words, nothing at all, and characters of several bytes.
TEXTS = st.lists(st.sampled_from(["a", "b", "abcdefg", "www.", "é", "\0"]), max_size=6).map(
    lambda parts: "".join(parts).encode()
)


@settings(deadline=None)
@given(first=st.lists(TEXTS), more=st.lists(TEXTS), part=TEXTS, low=TEXTS, block=st.integers(1, 9))
def test_they_are_as_a_list_of_them(
    first: list[bytes], more: list[bytes], part: bytes, low: bytes, block: int
) -> None:
    with (
        patch.object(module, "_BLOCK", block),
        patch.object(module, "_FEW", 2),
        TemporaryDirectory() as folder,
    ):
        texts, model = Texts(), first + more
        texts.extend(first)
        texts.extend(more)
        check(texts, model, part, low)
        kept = np.arange(0, len(model), 2)
        with writing(Path(folder, "texts")) as out:
            texts.save(out, "it", kept)
        with reading(Path(folder, "texts")) as source:
            loaded = Texts.load(source, "it")
        loaded.extend([low])
        check(loaded, [*model[::2], low], part, low)


def check(texts: Texts, model: list[bytes], part: bytes, low: bytes) -> None:
    everything = np.arange(len(model))
    places = range(len(model))
    assert [texts.get(place) for place in range(len(texts))] == model
    assert texts.are_holding(part, everything).tolist() == [part in text for text in model]
    assert texts.between(everything, low, part).tolist() == [low <= text <= part for text in model]
    sortable = np.array([place for place in places if b"\0" not in model[place]], np.int64)
    ranks = texts.ranks(sortable)
    assert sortable[np.argsort(ranks, kind="stable")].tolist() == sorted(
        sortable.tolist(), key=model.__getitem__
    )
    assert len(set(ranks.tolist())) == len({model[place] for place in sortable.tolist()})
    data, owners = texts.joined(everything[::-1], everything[::-1] + 7)
    assert data.tobytes() == b"".join(reversed(model))
    assert owners.tolist() == [place + 7 for place in reversed(places) for _ in model[place]]


def test_no_part_is_found_across_two_texts() -> None:
    texts = Texts()
    texts.extend([b"ab", b"cd"] * 20)
    assert not texts.are_holding(b"bc", np.arange(40)).any()
