"""The file that an index is kept in: one line that names its format, then records one after the other.

A record is its name, its payload and a checksum of both. Records are read in the order in which they were written, so
that neither side holds more than one of them; the last one is empty and says that nothing was cut off. Numbers are
little-endian. A file takes its name only when it is complete and on the disk.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from pyroaring import BitMap

from certwright.search.errors import UnusableSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedReader
    from pathlib import Path

    from numpy.typing import NDArray

_FORMAT = b"certwright order index 5\n"
_HEAD = struct.Struct("<HQI")  # length of the name, length of the payload, checksum
_LENGTH = struct.Struct("<HI")  # of a set's key and of the set
_END = "end"
_MOST_AT_ONCE = 1 << 24  # bytes of sets in a record


class RecordWriter:
    """Writes records."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def put(self, name: str, payload: bytes | NDArray[Any]) -> None:
        """Write a record."""
        content = payload if isinstance(payload, bytes) else _little(payload)
        title = name.encode()
        checksum = zlib.crc32(content, zlib.crc32(title))
        self._file.write(_HEAD.pack(len(title), len(content), checksum))
        self._file.write(title)
        self._file.write(content)

    def put_facts(self, name: str, facts: Any) -> None:
        """Write what JSON can say."""
        self.put(name, json.dumps(facts).encode())

    def put_sets(self, name: str, sets: Iterable[tuple[bytes, BitMap]]) -> None:
        """Write sets with their keys."""
        parts: list[bytes] = []
        size = 0
        for key, ordinals in sets:
            content = ordinals.serialize()
            parts += [_LENGTH.pack(len(key), len(content)), key, content]
            size += len(content)
            if size > _MOST_AT_ONCE:
                self.put(name, b"".join(parts))
                parts, size = [], 0
        self.put(name, b"".join(parts))
        if parts:
            self.put(name, b"")


class RecordReader:
    """Reads records. Everything raises ``UnusableSnapshot`` when it does not find what it expects."""

    def __init__(self, file: BufferedReader, size: int) -> None:
        self._file = file
        self._left = size

    def take(self, name: str) -> memoryview:
        """Read a record."""
        title_length, length, checksum = _HEAD.unpack(self._read(_HEAD.size))
        title = self._read(title_length)
        content = self._read(length)
        if zlib.crc32(content, zlib.crc32(title)) != checksum or bytes(title) != name.encode():
            raise UnusableSnapshot(f"The snapshot is damaged at {name}")
        return content

    def take_array(self, name: str, width: np.dtype[Any]) -> NDArray[Any]:
        """Read numbers, as an array that owns its memory and can grow."""
        return np.frombuffer(self.take(name), width.newbyteorder("<")).astype(width)

    def take_facts(self, name: str) -> Any:
        """Read what JSON said."""
        return json.loads(bytes(self.take(name)))

    def take_sets(self, name: str) -> Iterator[tuple[bytes, BitMap]]:
        """Read sets with their keys."""
        while content := self.take(name):
            at = 0
            while at < len(content):
                key_length, length = _LENGTH.unpack_from(content, at)
                at += _LENGTH.size
                key = bytes(content[at : at + key_length])
                at += key_length
                yield key, BitMap.deserialize(bytes(content[at : at + length]))
                at += length

    def _read(self, length: int) -> memoryview:
        if length > self._left:
            raise UnusableSnapshot("The snapshot is cut off")
        self._left -= length
        content = bytearray(length)  # its numbers may be changed where they lie
        if self._file.readinto(content) != length:
            raise UnusableSnapshot("The snapshot is cut off")
        return memoryview(content)


@contextmanager
def writing(path: Path) -> Iterator[RecordWriter]:
    """Open a snapshot to write; when the block ends well, it takes the place of the one that is there."""
    made = path.with_name(f"{path.name}.new")
    with made.open("wb", buffering=1 << 20) as file:
        file.write(_FORMAT)
        writer = RecordWriter(file)
        yield writer
        writer.put(_END, b"")
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)


@contextmanager
def reading(path: Path) -> Iterator[RecordReader]:
    """Open a snapshot to read; the block reads all of it.

    Raises:
        UnusableSnapshot: it is damaged, of another version, or no snapshot.
        OSError: it can't be read at all.
    """
    with path.open("rb") as file:
        if file.readline(len(_FORMAT)) != _FORMAT:
            raise UnusableSnapshot("The file is no snapshot, or one of another version")
        reader = RecordReader(file, os.fstat(file.fileno()).st_size - len(_FORMAT))
        yield reader
        reader.take(_END)


def _little(payload: NDArray[Any]) -> memoryview:
    contiguous = np.ascontiguousarray(payload, payload.dtype.newbyteorder("<"))
    return contiguous.view(np.uint8).data
