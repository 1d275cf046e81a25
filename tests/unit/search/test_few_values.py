"""A column of few values is what a list of them is."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from certwright.search.few_values import FewValues
from certwright.search.records import reading, writing

if TYPE_CHECKING:
    from random import Random

WORDS = st.sampled_from(["", "a", "b", "ba", "pending", "Z", "é"])


@given(
    first=st.lists(WORDS), more=st.lists(WORDS, min_size=1), low=WORDS, high=WORDS, randomness=st.randoms()
)
def test_they_are_as_a_list_of_them(
    first: list[str], more: list[str], low: str, high: str, randomness: Random
) -> None:
    column, model = FewValues(str), first + more
    column.extend(first)
    column.extend(more[1:])
    column.build()
    column.truncate(len(first))
    column.append_all(more)
    column.set(0, low)
    model[0] = low
    column.append_all(["gone", "gone"])
    column.truncate(len(model))
    with TemporaryDirectory() as folder:
        with writing(Path(folder, "words")) as out:
            column.save(out, "it")
        loaded = FewValues(str)
        with reading(Path(folder, "words")) as source:
            loaded.restore(source, "it")
    for each in (column, loaded):
        check(each, model, low, high)
        shuffled = randomness.sample(range(len(model)), len(model))
        order = np.argsort(each.ranks(np.array(shuffled)), kind="stable").tolist()
        assert [model[shuffled[place]] for place in order] == sorted(model)


def check(column: FewValues[str], model: list[str], low: str, high: str) -> None:
    assert list(column.check()) == []
    assert [column.get(place) for place in range(len(column))] == model
    assert column.is_at(0, model[0])
    assert not column.is_at(0, "never")
    assert list(column.between(low, high)) == [at for at, word in enumerate(model) if low <= word <= high]
    assert list(column.between(low, low)) == [at for at, word in enumerate(model) if word == low]
    assert not column.between("never", "never")
    assert column.tally() == {word: model.count(word) for word in model}
    assert column.tally(BitMap([0])) == {model[0]: 1}
    assert set(model) <= set(column.distinct)
    walked = [column.buckets(number) for number in range(len(column.groups()))]
    assert walked == [[(ordinals, True)] for ordinals in column.groups()]
    assert [model[at] for ordinals in column.groups() for at in ordinals] == sorted(model)


def test_numbers_come_back_as_numbers(tmp_path: Path) -> None:
    column = FewValues(int)
    column.extend([1, -(2**63), 1])
    with writing(tmp_path / "numbers") as out:
        column.save(out, "it")
    loaded = FewValues(int)
    with reading(tmp_path / "numbers") as source:
        loaded.restore(source, "it")
    assert [loaded.get(place) for place in range(3)] == [1, -(2**63), 1]
