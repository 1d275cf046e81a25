"""Files of orders: lines of JSON as our own API takes them, or CSV with a column for each of their fields.

A file is read twice. ``survey`` reads it whole before anything is placed: it finds what makes it no such file, counts the
orders, and takes the digest by which the same file is known again. ``records`` then gives the orders one by one, as they
stand there; making sense of one is up to ``Shape.decode``, in whichever process.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from certwright.domain.errors import InvalidInput
from certwright.web.native.schemas.new_orders import WantedOrder
from certwright.web.shared.bodies import decode_json, fault_in

if TYPE_CHECKING:
    import _csv
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_BLOCK_BYTES = 1 << 20
_CUSTOM_FIELD = re.compile(r"custom_field_([0-9]{1,10})\Z")
_SEPARATORS = re.compile(r"[\s;]+")
_LISTS = {"dns_names", "additional_emails"}
_COLUMNS = frozenset(WantedOrder.__struct_fields__) - {"custom_fields"}
_ENCODING = "utf-8-sig"  # spreadsheets put a mark before the first column's name


class Format(StrEnum):
    """What a file consists of."""

    CSV = "csv"
    JSON_LINES = "jsonl"


SUFFIXES = {".csv": Format.CSV, ".jsonl": Format.JSON_LINES, ".ndjson": Format.JSON_LINES}
"""What files are called that need not be told apart."""


class UnreadableFileError(Exception):
    """The file as a whole can't be read; the message says why, and where."""


@dataclass(frozen=True, slots=True)
class Record:
    """An order as it stands in the file, and the line on which it begins."""

    line: int
    content: Any


class Shape(Protocol):
    """How the records of a file are to be understood; travels to other processes."""

    def decode(self, content: Any) -> WantedOrder:
        """Make an order of what a record holds.

        Raises:
            InvalidInput: it is none.
        """
        ...


@dataclass(frozen=True, slots=True)
class JSONLines:
    """One order as JSON on each line."""

    def decode(self, content: bytes) -> WantedOrder:
        """Decode a line."""
        return decode_json(content, WantedOrder)


@dataclass(frozen=True, slots=True)
class Table:
    """One order in each row; ``columns`` is the header."""

    columns: tuple[str, ...]

    def decode(self, content: Sequence[str]) -> WantedOrder:
        """Make an order of a row; an empty cell says nothing."""
        if len(content) != len(self.columns):
            raise InvalidInput(f"The row has {len(content)} cells, and the header {len(self.columns)}")
        fields: dict[str, Any] = {}
        for column, cell in zip(self.columns, content, strict=True):
            if text := cell.strip():
                _set(fields, column, text)
        try:
            return msgspec.convert(fields, WantedOrder, strict=False)
        except msgspec.ValidationError as cause:
            fault = fault_in(cause)
            raise InvalidInput.for_field(fault.field, f"{fault.field}: {fault.message}") from cause


def _set(fields: dict[str, Any], column: str, text: str) -> None:
    if column == "names":
        fields["names"] = [{"name": name} for name in _SEPARATORS.split(text) if name]
    elif column in _LISTS:
        fields[column] = [each for each in _SEPARATORS.split(text) if each]
    elif custom := _CUSTOM_FIELD.match(column):
        fields.setdefault("custom_fields", []).append({"id": int(custom[1]), "value": text})
    else:
        fields[column] = text


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFile:
    """A file that was read once: how its records are to be understood, how many there are, and its digest."""

    path: Path
    format: Format
    shape: JSONLines | Table
    count: int
    digest: str

    def records(self) -> Iterator[Record]:
        """Read the orders, one after the other.

        Raises:
            UnreadableFileError: the file has changed meanwhile.
        """
        if self.format is Format.JSON_LINES:
            yield from _lines(self.path)
        else:
            rows = _rows(self.path)
            next(rows, None)
            yield from rows


def survey(path: Path, kind: Format) -> OrderFile:
    """Read a file whole.

    Raises:
        UnreadableFileError: it is not there, not UTF-8, or no table with a header that we know.
    """
    digest = _digest(path)
    if kind is Format.JSON_LINES:
        count = sum(1 for _ in _lines(path))
        return OrderFile(path=path, format=kind, shape=JSONLines(), count=count, digest=digest)
    rows = _rows(path)
    header = next(rows, None)
    if header is None:
        raise UnreadableFileError("the file is empty: its first line has to name the columns")
    shape = Table(_columns(header.content))
    return OrderFile(path=path, format=kind, shape=shape, count=sum(1 for _ in rows), digest=digest)


def _digest(path: Path) -> str:
    """Return the digest of a file that is UTF-8 throughout."""
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    lines = 0
    with _told(), path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
            try:
                decoder.decode(block)
            except UnicodeDecodeError as cause:
                line = lines + cause.object.count(b"\n", 0, cause.start) + 1
                raise UnreadableFileError(f"line {line} is not UTF-8") from cause
            lines += block.count(b"\n")
        if decoder.getstate()[0]:
            raise UnreadableFileError("the last line is not UTF-8")
    return digest.hexdigest()


def _lines(path: Path) -> Iterator[Record]:
    with _told(), path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            content = line.removeprefix(codecs.BOM_UTF8).strip() if number == 1 else line.strip()
            if content:
                yield Record(number, content)


def _rows(path: Path) -> Iterator[Record]:
    """Read rows, which go on over line breaks in quotes; empty lines are none."""
    with _told(), path.open(encoding=_ENCODING, newline="") as file:
        reader: _csv.Reader = csv.reader(file, strict=True)
        line = 1
        try:
            for row in reader:
                if row:
                    yield Record(line, row)
                line = reader.line_num + 1
        except csv.Error as cause:
            raise UnreadableFileError(f"the row that begins on line {line} is no CSV: {cause}") from cause


def _columns(header: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(cell.strip().lower() for cell in header)
    unknown = [name for name in columns if name not in _COLUMNS and not _CUSTOM_FIELD.match(name)]
    if unknown:
        known = ", ".join([*sorted(_COLUMNS), "custom_field_NUMBER"])
        raise UnreadableFileError(f"there is no column {unknown[0]!r}; the columns are {known}")
    twice = [name for index, name in enumerate(columns) if name in columns[:index]]
    if twice:
        raise UnreadableFileError(f"the column {twice[0]} is there twice")
    if "product" not in columns:
        raise UnreadableFileError("the column product is missing")
    if not {"names", "common_name"} & set(columns):
        raise UnreadableFileError("the column names (or common_name, with dns_names) is missing")
    return columns


@contextmanager
def _told() -> Iterator[None]:
    """Tell what the system says of a file."""
    try:
        yield
    except OSError as cause:
        raise UnreadableFileError(f"the file can't be read: {cause.strerror}") from cause
    except UnicodeDecodeError as cause:
        raise UnreadableFileError("the file has changed since it was first read") from cause
