"""Packed numbers are what a list of them is, whatever their span."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.search.numbers import MISSING, Numbers
from certwright.search.records import reading, writing

SECOND = 1_000_000
NUMBERS = (
    st.integers(0, 300)
    | st.integers(-5, 70_000)
    | st.integers(0, 2**40).map(lambda number: number // SECOND * SECOND)
    | st.sampled_from([MISSING, 2**32 - 1, 2**32, 2**63 - 1, -(2**63) + 1])
)


@given(unit=st.sampled_from([1, SECOND]), first=st.lists(NUMBERS), data=st.data())
def test_they_are_as_a_list_of_them(unit: int, first: list[int], data: st.DataObject) -> None:
    numbers, model = Numbers(unit), list(first)
    numbers.extend(first)
    for _ in range(data.draw(st.integers(0, 4))):
        match data.draw(st.sampled_from(["append", "extend", "set", "truncate"])):
            case "append":
                model.append(data.draw(NUMBERS))
                numbers.append(model[-1])
            case "extend":
                more = data.draw(st.lists(NUMBERS, max_size=20))
                model += more
                numbers.extend(more)
            case "set" if model:
                place = data.draw(st.integers(0, len(model) - 1))
                model[place] = data.draw(NUMBERS)
                numbers.set(place, model[place])
            case _:
                del model[data.draw(st.integers(0, len(model))) :]
                numbers.truncate(len(model))
    everything = np.arange(len(model))
    low, high = data.draw(NUMBERS), data.draw(NUMBERS)
    with TemporaryDirectory() as folder:
        with writing(Path(folder, "numbers")) as out:
            numbers.save(out, "it")
        with reading(Path(folder, "numbers")) as source:
            loaded = Numbers.load(source, "it")
    for each in (numbers, loaded):
        assert [each.get(place) for place in range(len(each))] == model
        assert (
            each.at(everything).tolist()
            == each.at(slice(None)).tolist()
            == each.ranks(everything).tolist()
            == model
        )
        assert each.between(everything, low, high).tolist() == [low <= number <= high for number in model]
        each.append(7)
        assert each.get(len(model)) == 7


def test_they_grow_where_they_lie_after_they_were_read(tmp_path: Path) -> None:
    numbers = Numbers()
    numbers.extend(range(1000))
    with writing(tmp_path / "numbers") as out:
        numbers.save(out, "it")
    with reading(tmp_path / "numbers") as source:
        numbers = Numbers.load(source, "it")
    assert numbers.cells.base is not None
    assert numbers.cells.base.flags.owndata  # or it could not
    for number in range(1000, 3000):
        numbers.append(number)
    assert numbers.at(slice(None)).tolist() == list(range(3000))


@given(
    unit=st.sampled_from([1, 10]), numbers=st.lists(st.integers(-50, 400)), wanted=st.integers(-60, 70_000)
)
def test_where_a_number_belongs(unit: int, numbers: list[int], wanted: int) -> None:
    ascending = sorted(number // unit * unit for number in numbers)
    packed = Numbers(unit)
    packed.extend(ascending)
    assert packed.position(wanted) == bisect_left(ascending, wanted)
    assert packed.position(wanted, after=True) == bisect_right(ascending, wanted)


@pytest.mark.parametrize(
    ("numbers", "size"),
    [
        ([0, 100], 1),
        ([5_000, 5_100], 1),
        ([1_000_000, 1_000_300], 2),
        ([1_000_001 + number for number in range(0, 10**7, 10**6)], 4),
        ([0, 2**40], 8),
    ],
)
def test_they_take_little_memory(numbers: list[int], size: int) -> None:
    packed = Numbers()
    packed.extend([*numbers, MISSING])
    assert packed.cells.itemsize == size
