"""Sets of ordinals: compressed bitmaps, and what turns them into arrays and back.

A set is made of containers of 65,536 places each; the library reads them from the portable format of Roaring bitmaps
(github.com/RoaringBitmap/RoaringFormatSpec), which is the fastest way to hand it many.
"""

from __future__ import annotations

import struct
from array import array
from typing import TYPE_CHECKING, Any

import numpy as np
from pyroaring import BitMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

_CONTAINER_BITS = 16
CONTAINER = 1 << _CONTAINER_BITS
_MOST_IN_ARRAY = 4096
_FEW = 1024
"""So many ordinals are faster handed over one by one."""

_BITS_BYTES = CONTAINER // 8
_CONTAINER_BYTES = 32  # beside what is in it
_COOKIE = 12346  # of a set without runs


def as_set(ordinals: NDArray[Any]) -> BitMap:
    """Return ordinals as a set. They need no order, but go faster in it."""
    # From an array.array the library copies blocks; anything else it would turn into objects one by one.
    return BitMap(array("I", ordinals.astype(np.uint32).tobytes()))


def as_set_of_ascending(ordinals: NDArray[Any]) -> BitMap:
    """Return ordinals that ascend as a set."""
    if len(ordinals) < _FEW:
        return as_set(ordinals)
    keys = ordinals >> _CONTAINER_BITS
    firsts = np.flatnonzero(are_first(keys))
    counts = np.diff(np.append(firsts, len(ordinals)))
    if counts.max() > _MOST_IN_ARRAY:
        return as_set(ordinals)
    heads = np.stack((keys[firsts], counts - 1), axis=1).astype("<u2").tobytes()
    offsets = 8 + len(heads) + 4 * len(counts) + 2 * firsts
    head = struct.pack("<II", _COOKIE, len(counts)) + heads + offsets.astype("<u4").tobytes()
    return BitMap.deserialize(head + ordinals.astype("<u2").tobytes())


def as_set_of_passing(blocks: Iterable[NDArray[np.bool_]]) -> BitMap:
    """Return the places that pass, of blocks of whole containers, the last of which may be shorter.

    Containers in which few pass are taken inverted, and turned round at the end: to write down places one by one is
    what the library does faster.
    """
    heads: list[int] = []
    bodies: list[bytes] = []
    inverted = BitMap()
    for key, passes in enumerate(_containers(blocks)):
        count = int(np.count_nonzero(passes))
        if count:
            bits, beyond = np.packbits(passes, bitorder="little"), b"\0"
            if count <= _MOST_IN_ARRAY:
                count, bits, beyond = CONTAINER - count, ~bits, b"\xff"
                inverted.add_range(key * CONTAINER, (key + 1) * CONTAINER)
            heads += [key, count - 1]
            bodies.append(bits.tobytes().ljust(_BITS_BYTES, beyond))
    head = struct.pack(f"<II{len(heads)}H", _COOKIE, len(bodies), *heads)
    first = len(head) + 4 * len(bodies)
    offsets = range(first, first + len(bodies) * _BITS_BYTES, _BITS_BYTES)
    found = BitMap.deserialize(head + struct.pack(f"<{len(bodies)}I", *offsets) + b"".join(bodies))
    return found ^ inverted if inverted else found


def _containers(blocks: Iterable[NDArray[np.bool_]]) -> Iterator[NDArray[np.bool_]]:
    for block in blocks:
        for first in range(0, len(block), CONTAINER):
            yield block[first : first + CONTAINER]


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


def size_bytes(ordinals: BitMap) -> int:
    """Return about how many bytes a set takes."""
    has = ordinals.get_statistics()
    content = (
        has["n_bytes_array_containers"] + has["n_bytes_run_containers"] + has["n_bytes_bitset_containers"]
    )
    return content + _CONTAINER_BYTES * has["n_containers"]


def are_first(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which of values in their order are not equal to the one before."""
    firsts = np.empty(len(values), np.bool_)
    firsts[:1] = True
    np.not_equal(values[1:], values[:-1], out=firsts[1:])
    return firsts
