"""Frequent terms are found, and their holders stay exact while texts are added and changed."""

from __future__ import annotations

import random
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from certwright.search import terms as module
from certwright.search.records import reading, writing
from certwright.search.text_column import TextColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = ["north", "bakery", "bake", "ab", "ba", ".com", ".co.uk", "-", "www.", "aaaa"]


@pytest.fixture(autouse=True)
def small() -> Iterator[None]:
    """Make the bounds so small that small columns pass them."""
    bounds = {
        "_FEWEST": 4,
        "_ROOM": 2,
        "_SAMPLE": 50,
        "_BLOCK": 16,
        "_MARGIN": 3,
        "_MANY": 8,
        "_LARGEST_TABLE": 1 << 16,
    }
    with ExitStack() as stack:
        for name, value in bounds.items():
            stack.enter_context(patch.object(module, name, value))
        yield


def some_text(rng: random.Random) -> bytes:
    return "".join(rng.choices(WORDS, k=rng.randint(1, 4))).encode()


def made(texts: list[bytes]) -> TextColumn:
    column = TextColumn()
    column.extend(texts)
    column.settle()
    return column


def known(column: TextColumn) -> list[bytes]:
    words = [word.encode() for word in WORDS]
    parts = {first + second for first in words for second in [b"", *words]}
    return sorted(part for part in parts if part in column.terms)


@given(seed=st.integers(0, 2**32), size=st.integers(10, 120), writes=st.integers(0, 40))
def test_holders_of_terms(seed: int, size: int, writes: int) -> None:
    rng = random.Random(seed)
    model = [some_text(rng) for _ in range(size)]
    column = made(model)
    check(column, model, rng)
    for _ in range(writes):
        kind = rng.choice(["append", "append", "set", "truncate", "ask"])
        if kind == "append":
            model.append(some_text(rng))
            column.append_all([model[-1]])
        elif kind == "set" and model:
            at = rng.randrange(len(model))
            model[at] = some_text(rng)
            column.set(at, model[at])
        elif kind == "truncate":
            del model[max(0, len(model) - rng.randint(0, 8)) :]
            column.truncate(len(model))
        else:
            check(column, model, rng)
    check(column, model, rng)
    with TemporaryDirectory() as folder:
        with writing(Path(folder, "column")) as out:
            column.save(out, "it")
        with reading(Path(folder, "column")) as source:
            loaded = TextColumn.load(source, "it")
    check(loaded, model, rng)
    assert list(loaded.check()) == []


def check(column: TextColumn, model: list[bytes], rng: random.Random) -> None:
    within = BitMap(at for at in range(len(model)) if rng.random() < 0.5)
    for term in rng.sample(known(column), min(4, len(known(column)))):
        holders = [at for at, text in enumerate(model) if term in text]
        assert list(column.terms.holders(term, within)) == [at for at in holders if at in within]
        assert list(column.terms.holders(term, None)) == holders
    part = rng.choice([*model, b"north-bakery.co"])
    around = column.terms.around(part)
    assert around is None or around >= BitMap(at for at, text in enumerate(model) if part in text)


def test_what_is_frequent_is_a_term() -> None:
    rare = [f"x{number:04}".encode() for number in range(96)]
    column = made([b"www.north-bakery.com"] * 4 + rare)
    assert b"north-bakery" in column.terms
    assert b"www.north-bakery.com" in column.terms
    assert b"x000" in column.terms
    assert b"x0042" not in column.terms
    assert b"nor" not in column.terms  # a gram


@pytest.mark.parametrize(("room", "around"), [(0.0, None), (1.0, BitMap(range(4)))])
def test_longer_parts_are_around_the_terms_whose_holders_are_kept(
    room: float, around: BitMap | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROOM", room)
    monkeypatch.setattr(module, "_MARGIN", 0)
    column = made([b"north.com", b"bake.north.org", b"north", b"no-north"] + [b"south"] * 60)
    assert column.terms.around(b"see-north7") == around
    assert column.terms.around(b"no") is None


def test_longer_terms_are_given_up_where_there_are_very_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_TERMS", 10)
    column = made([b"www.north-bakery.com"] * 50)
    assert (b"bake" in column.terms, b"baker" in column.terms) == (True, False)
    assert list(column.containing(b"north-bakery", None)) == list(range(50))


def test_what_changed_is_counted() -> None:
    column = made([b"north"] * 50)
    assert (column.terms.learned_from, column.terms.changed) == (50, 0)
    column.set(7, b"bakery")
    column.set(49, b"bakery")  # so near the end that nothing was taken as known
    assert column.terms.changed == 1
