"""Sets and arrays of ordinals are turned into each other."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from certwright.search import sets as module
from certwright.search.sets import (
    are_first,
    as_array,
    as_set,
    as_set_of_ascending,
    as_set_of_passing,
    compact,
    span,
)


@given(st.lists(st.integers(0, 200_000)), st.integers(0, 70_000), st.integers(0, 70_000))
def test_there_and_back(ordinals: list[int], first: int, end: int) -> None:
    made = compact(as_set(np.array(ordinals, np.int64)))
    assert as_array(made).tolist() == sorted(set(ordinals))
    assert list(span(first, end)) == list(range(first, end))


@given(st.lists(st.integers(0, 200_000)), st.sampled_from([1, 50]), st.sampled_from([3, 4096]))
def test_ascending_ordinals(ordinals: list[int], few: int, most: int) -> None:
    ascending = np.array(sorted(set(ordinals)), np.int64)
    with patch.object(module, "_FEW", few), patch.object(module, "_MOST_IN_ARRAY", most):
        assert as_array(as_set_of_ascending(ascending)).tolist() == ascending.tolist()


@given(st.lists(st.integers(0, 3)))
def test_the_first_of_equal_ones(values: list[int]) -> None:
    firsts = are_first(np.array(values, np.int64))
    assert firsts.tolist() == [not at or value != values[at - 1] for at, value in enumerate(values)]


@given(st.lists(st.sampled_from([0, 0.01, 0.0625, 0.07, 1]), max_size=4), st.integers(1, 65_536))
def test_a_set_of_what_passes(shares: list[float], last: int) -> None:
    rng = np.random.default_rng(last)
    blocks = [rng.random(65_536) < share for share in shares] + [rng.random(last) < 0.5]
    assert (
        as_array(as_set_of_passing(iter(blocks))).tolist() == np.flatnonzero(np.concatenate(blocks)).tolist()
    )


def test_a_set_of_nothing() -> None:
    assert not as_set_of_passing([])
    assert not as_set_of_passing([np.zeros(5, np.bool_)])
