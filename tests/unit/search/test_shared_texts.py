"""Texts that many orders share are found by what they are and by what they hold."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from certwright.search import known_orders
from certwright.search import shared_texts as module
from certwright.search.records import reading, writing
from certwright.search.shared_texts import SharedTexts

TEXTS = st.sampled_from(["", "a@b", "é@b", *(f"user{number}@example.com" for number in range(90))]).map(
    str.encode
)


@pytest.mark.parametrize("few", [0, 1, 1000])
@pytest.mark.parametrize("smallest", [1, 1000])
@settings(deadline=None)
@given(first=st.lists(TEXTS, max_size=80), data=st.data())
def test_they_are_as_a_list_of_them(few: int, smallest: int, first: list[bytes], data: st.DataObject) -> None:
    column, model = SharedTexts(), list(first)
    column.extend(first[:10])
    column.extend(first[10:])
    with patch.object(known_orders, "_SMALLEST", smallest), patch.object(module, "_FILL", 4):
        column.settle()
    for _ in range(data.draw(st.integers(0, 8))):
        kind = data.draw(st.sampled_from(["append", "set", "truncate"]))
        if kind == "append" or not model:
            model.append(data.draw(TEXTS))
            column.append_all([model[-1]])
        elif kind == "set":
            at = data.draw(st.integers(0, len(model) - 1))
            model[at] = data.draw(TEXTS)
            column.set(at, model[at])
        else:
            del model[data.draw(st.integers(0, len(model))) :]
            column.truncate(len(model))
    with TemporaryDirectory() as folder:
        with writing(Path(folder, "column")) as out:
            column.save(out, "it")
        with reading(Path(folder, "column")) as source:
            loaded = SharedTexts.load(source, "it")
    text, part = (
        data.draw(TEXTS),
        data.draw(st.sampled_from([b"", b"@", b"user", b"r1", b"r12@e", b"com", b"none"])),
    )
    within = BitMap(range(0, len(model), 2))
    with (
        patch.object(module, "_FEW", few),
        patch.object(known_orders, "_MOST_DOUBTFUL", data.draw(st.sampled_from([0.1, 1]))),
        patch.object(module, "_SPARSE", data.draw(st.integers(1, 4))),
    ):
        for each in (column, loaded):
            assert list(each.check()) == []
            assert [each.get(at) for at in range(len(model))] == model
            assert list(each.equal(text)) == [at for at, its in enumerate(model) if its == text]
            holders = [at for at, its in enumerate(model) if part in its]
            assert list(each.containing(part, None)) == holders
            assert list(each.containing(part, within)) == [at for at in holders if at % 2 == 0]
