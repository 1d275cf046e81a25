"""Texts are found by what they are, however many have the same hash."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certwright.search import numbering as module
from certwright.search.numbering import Numbering
from certwright.search.records import reading, writing
from certwright.search.texts import Texts

TEXTS = st.lists(st.sampled_from([b"", *(b"%d.example" % number for number in range(20))]), max_size=20)


@pytest.mark.parametrize("most_late", [1, 4, 100])
@settings(deadline=None)
@given(batches=st.lists(TEXTS, max_size=5), are_used=st.lists(st.booleans(), min_size=21, max_size=21))
def test_numbers_are_given_once(most_late: int, batches: list[list[bytes]], are_used: list[bool]) -> None:
    with (
        patch.object(module, "_MOST_LATE", most_late),
        patch.object(Numbering, "_hashed", lambda _, text: len(text) % 3),
    ):
        texts = Texts()
        numbering = Numbering(texts)
        model: dict[bytes, int] = {}
        for batch in batches:
            assert numbering.take(batch) == [model.setdefault(text, len(model)) for text in batch]
            assert numbering.find([*model, b"none"]) == [*range(len(model)), None]
        assert [texts.get(number) for number in range(len(texts))] == list(model)
        assert list(numbering.check()) == []
        used = [number for number in range(len(model)) if are_used[number]]
        with TemporaryDirectory() as folder:
            with writing(Path(folder, "texts")) as out:
                texts.save(out, "it", np.array(used, np.int64))
                numbering.save(out, "it", np.array(used, np.int64))
            with reading(Path(folder, "texts")) as source:
                loaded = Texts.load(source, "it")
                renumbered = Numbering.load(source, "it", loaded)
        kept = [list(model)[number] for number in used]
        assert renumbered.find(kept) == list(range(len(kept)))
        assert renumbered.find([text for text in model if text not in kept]) == [None] * (
            len(model) - len(kept)
        )


def test_nobody_can_tell_whose_hashes_are_equal() -> None:
    texts = [b"%d.example" % number for number in range(2000)]

    def nearly_equal() -> set[tuple[bytes, bytes]]:
        """Return texts with the same last half of their hashes, some thirty pairs."""
        numbering = Numbering(Texts())
        first_of: dict[int, bytes] = {}
        firsts = [first_of.setdefault(numbering._hashed(text) & 0xFFFF, text) for text in texts]
        return {pair for pair in zip(firsts, texts, strict=True) if len(set(pair)) == 2}

    once = nearly_equal()
    assert once
    assert once != nearly_equal()


def test_a_text_that_is_not_found_is_told() -> None:
    texts = Texts()
    numbering = Numbering(texts)
    numbering.take([b"a.example"])
    texts.extend([b"b.example"])
    assert list(numbering.check()) == ["b'b.example' is not found"]
