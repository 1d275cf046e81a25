"""A snapshot is read as it was written, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
import pytest
from pyroaring import BitMap

from certwright.search import records
from certwright.search.errors import UnusableSnapshot
from certwright.search.records import reading, writing

if TYPE_CHECKING:
    from pathlib import Path

SETS = [(b"", BitMap()), (b"ab", BitMap([1, 5])), (b"c", BitMap(range(3, 200_000, 3)))]


def write(path: Path) -> None:
    with writing(path) as out:
        out.put_facts("facts", {"a": [1, None, "é"]})
        out.put("numbers", np.arange(5, dtype=np.uint16))
        out.put_sets("sets", SETS)
        out.put_sets("no sets", [])


def read(path: Path) -> None:
    with reading(path) as source:
        assert source.take_facts("facts") == {"a": [1, None, "é"]}
        numbers = source.take_array("numbers", np.dtype(np.uint16))
        numbers += 1  # what is read may be changed
        assert numbers.tolist() == [1, 2, 3, 4, 5]
        assert list(source.take_sets("sets")) == SETS
        assert list(source.take_sets("no sets")) == []


@pytest.mark.parametrize("at_once", [1, 1000, 1 << 24])
def test_there_and_back(tmp_path: Path, at_once: int) -> None:
    with patch.object(records, "_MOST_AT_ONCE", at_once):
        write(tmp_path / "it")
    read(tmp_path / "it")


def test_every_damage_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "it"
    with writing(path) as out:
        out.put_facts("facts", {"a": [1, None, "é"]})
        out.put("numbers", np.arange(5, dtype=np.uint16))
    whole = path.read_bytes()

    def read_all(content: bytes) -> None:
        path.write_bytes(content)
        with reading(path) as source:
            source.take_facts("facts")
            source.take_array("numbers", np.dtype(np.uint16))

    read_all(whole)
    for at in range(len(whole)):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]):
            with pytest.raises(UnusableSnapshot):
                read_all(damaged)


def test_a_record_out_of_turn_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "it")
    with pytest.raises(UnusableSnapshot), reading(tmp_path / "it") as source:
        source.take("numbers")


def test_a_file_that_was_not_finished_takes_no_place(tmp_path: Path) -> None:
    write(tmp_path / "it")

    def fail() -> None:
        with writing(tmp_path / "it") as out:
            out.put("half", b"")
            raise OSError("The disk is full")

    with pytest.raises(OSError, match="full"):
        fail()
    read(tmp_path / "it")
