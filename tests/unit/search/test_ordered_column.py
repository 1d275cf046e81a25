"""The buckets of a column answer as a look at all values would, whatever was added and taken out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from certwright.search.numbers import Numbers
from certwright.search.ordered_column import OrderedColumn
from certwright.search.records import reading, writing
from certwright.search.repeated_texts import RepeatedTexts

KINDS: dict[str, tuple[Any, Any]] = {
    "numbers": (Numbers, lambda number: number),
    "texts": (RepeatedTexts, lambda number: b"%03d" % number),
}
# Few values often, so that buckets of one value grow, and many others.
NUMBERS = st.sampled_from([5, 5, 5, 6, 9]) | st.integers(0, 30)


@pytest.mark.parametrize("kind", KINDS)
@given(first=st.lists(NUMBERS, max_size=40), groups=st.integers(1, 3), data=st.data())
def test_they_answer_as_a_look_at_all_values(
    kind: str, first: list[int], groups: int, data: st.DataObject
) -> None:
    make, value_of = KINDS[kind]
    model = [value_of(number) for number in first]
    values = make()
    values.extend(model)
    column: OrderedColumn[Any] = OrderedColumn(values, 3, groups)
    column.build()
    check(column, model, value_of, data)
    for _ in range(data.draw(st.integers(0, 30))):
        value = value_of(data.draw(NUMBERS))
        if not model or data.draw(st.booleans()):
            model.append(value)
            values.extend([value])
            column.add(len(model) - 1, value)
        else:
            place = data.draw(st.integers(0, len(model) - 1))
            column.discard(place)
            model[place] = value
            values.set(place, value)
            column.add(place, value)
    check(column, model, value_of, data)
    with TemporaryDirectory() as folder:
        with writing(Path(folder, "column")) as out:
            column.save(out, "it")
        loaded: OrderedColumn[Any] = OrderedColumn(values, 3, groups)
        with reading(Path(folder, "column")) as source:
            loaded.restore(source, "it")
    check(loaded, model, value_of, data)


def check(column: OrderedColumn[Any], model: list[Any], value_of: Any, data: st.DataObject) -> None:
    assert list(column.check()) == []
    low, high = value_of(data.draw(NUMBERS)), value_of(data.draw(NUMBERS))
    assert list(column.between(low, high)) == [at for at, value in enumerate(model) if low <= value <= high]
    assert list(column.between(low, low)) == [at for at, value in enumerate(model) if value == low]
    some = BitMap(range(0, len(model), 2))
    assert column.tally() == Counter(model)
    assert column.tally(some) == Counter(model[::2])
    walked = []
    for number, group in enumerate(column.groups()):
        buckets = column.buckets(number)
        assert BitMap.union(BitMap(), *(bucket for bucket, _ in buckets)) == group
        assert all(len({model[at] for at in bucket}) == 1 for bucket, is_single in buckets if is_single)
        assert all(is_single or len(bucket) <= 6 for bucket, is_single in buckets)
        walked += [value for bucket, _ in buckets for value in sorted(model[at] for at in bucket)]
    assert walked == sorted(model)
