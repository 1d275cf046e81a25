"""Sets of ordinals: compressed bitmaps, and what turns them into arrays and back."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import numpy as np
from pyroaring import BitMap

if TYPE_CHECKING:
    from numpy.typing import NDArray


def as_set(ordinals: NDArray[Any]) -> BitMap:
    """Return ordinals as a set. They need no order, but go faster in it."""
    # From an array.array the library copies blocks; anything else it would turn into objects one by one.
    return BitMap(array("I", ordinals.astype(np.uint32).tobytes()))


def as_array(ordinals: BitMap) -> NDArray[np.uint32]:
    """Return a set as an array, ascending."""
    return np.frombuffer(ordinals.to_array(), np.uint32)


def span(first: int, end: int) -> BitMap:
    """Return the set of all ordinals of a span, its end excluded."""
    return BitMap(range(first, max(first, end)))


def compact(ordinals: BitMap) -> BitMap:
    """Give memory back that the set does not need now, and return it."""
    ordinals.run_optimize()
    ordinals.shrink_to_fit()
    return ordinals


def are_first(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which of values in their order are not equal to the one before."""
    firsts = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=firsts[1:])
    return firsts
