"""A column of texts finds every part of them."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from certwright.search import text_column as module
from certwright.search.text_column import TextColumn

LETTERS = st.text(alphabet="ab.é", max_size=9)


@given(first=st.lists(LETTERS), more=st.lists(LETTERS), part=LETTERS)
def test_parts_of_all_lengths(first: list[str], more: list[str], part: str) -> None:
    with patch.object(module, "_BLOCK", 3):
        column = TextColumn()
        column.extend([text.encode() for text in first])
        column.settle()
    for text in more:
        column.append_all([text.encode()])
    model = first + more
    holders = [at for at, text in enumerate(model) if part in text]
    assert list(column.containing(part.encode(), None)) == holders
    within = BitMap(range(1, len(model), 2))
    assert list(column.containing(part.encode(), within)) == [at for at in holders if at % 2]
    assert list(column.check()) == []


def test_pieces() -> None:
    column = TextColumn()
    column.extend([b"\0a.example\0b.example\0", b"", b"\0www.a.example\0", b"\0b.example\0"])
    column.settle()
    assert list(column.containing(b"\0b.example\0", None)) == [0, 3]
    assert list(column.containing(b"\0a.example\0", None)) == [0]
    assert list(column.containing(b"\0example\0", None)) == []


@pytest.mark.parametrize(("added", "learned"), [(1, 6000), (2000, 8000)])
def test_terms_are_learned_anew_when_the_column_has_outgrown_them(added: int, learned: int) -> None:
    column = TextColumn()
    column.extend([b"bakery"] * 6000)
    column.settle()
    for _ in range(added):
        column.append_all([b"bakery"])
    column.refresh()
    assert column.terms.learned_from == learned
    assert len(column.containing(b"aker", None)) == 6000 + added
