"""Text that can be stored everywhere."""

from __future__ import annotations

import pytest

from certwright.domain.text import is_storable


@pytest.mark.parametrize("text", ["", "abc", "B\u00fccher", "\u65e5\u672c", "\U0001f512", "\x01\x7f"])
def test_characters_of_every_script_are_kept(text: str) -> None:
    assert is_storable(text)


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "x\udfff"])
def test_nul_and_half_of_a_pair_are_not(text: str) -> None:
    assert not is_storable(text)
