"""Words by ordinal compare as words do."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from certwright.search.words import Words

WORDS = st.sampled_from(["", "a", "b", "ba", "pending", "Z", "é"])


@given(first=st.lists(WORDS), more=st.lists(WORDS, min_size=1), low=WORDS, high=WORDS)
def test_they_are_as_a_list_of_them(first: list[str], more: list[str], low: str, high: str) -> None:
    words, model = Words(), first + more
    words.extend(first)
    for word in more:
        words.append(word)
    words.set(0, low)
    model[0] = low
    words.append("gone")
    words.truncate(len(model))

    everything = np.arange(len(model))
    assert [words.get(place) for place in range(len(words))] == model
    order = np.argsort(words.ranks(everything), kind="stable").tolist()
    assert order == sorted(range(len(model)), key=model.__getitem__)
    assert words.between(everything, low, high).tolist() == [low <= word <= high for word in model]
    assert set(model) <= set(words.distinct)
    assert words.parse(words.name("é")) == "é"
