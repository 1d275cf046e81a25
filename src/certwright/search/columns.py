"""All columns of a book: the values of its orders by ordinal, and the sets over them.

The ordinal of an order is its place in the order of creation (``created_at``, then id), from 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from pyroaring import BitMap

from certwright.search.few_values import FewValues
from certwright.search.numbers import MISSING, Numbers
from certwright.search.ordered_column import OrderedColumn
from certwright.search.sets import span
from certwright.search.shared_texts import SharedTexts
from certwright.search.text_column import TextColumn
from certwright.services.ports import IndexedOrder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from certwright.search.records import RecordReader, RecordWriter

_SECOND = 1_000_000
_UNITS = {"not_after": _SECOND}  # X.509 knows no smaller one
_FILL = 6144
_GROUPS_OF_NAMES = 8  # names have nothing to do with the order of creation, so their buckets are scattered
_WORDS = ("status", "product_key", "product")
_NUMBERS = (
    "id",
    "organization_id",
    "placed_by",
    "certificate_id",
    "not_after",
    "status_changed_at",
)
_FLAGS = ("term_years", "is_renewed", "is_revoked")
_POSITIONS = {name: position for position, name in enumerate(IndexedOrder._fields)}


AnyColumn: TypeAlias = OrderedColumn[Any] | FewValues[Any]


class Columns:
    """The columns; ``ordered`` are those by name whose values order the orders."""

    def __init__(self) -> None:
        self.created_at = Numbers()
        self.common_name = TextColumn()
        self.other_names = TextColumn()
        self.email = SharedTexts()
        self._highest_id = MISSING
        self._everything = BitMap()
        self._arrange({name: Numbers(_UNITS.get(name, 1)) for name in _NUMBERS})

    def __len__(self) -> int:
        return len(self.created_at)

    @property
    def everything(self) -> BitMap:
        """All ordinals; not to be changed."""
        if len(self._everything) != len(self):
            self._everything = span(0, len(self))
        return self._everything

    def extend(self, orders: Sequence[IndexedOrder]) -> None:
        """Add the next orders; they are found after ``settle``."""
        values = _by_column(orders)
        self.created_at.extend(values["created_at"])
        for name, column in (*self.plain.items(), *self.texts.items()):
            column.extend(values[name])
        self._highest_id = max(self._highest_id, *values["id"])

    def settle(self) -> None:
        """Finish what ``extend`` began."""
        for column in self.ordered.values():
            column.build()
        for texts in self.texts.values():
            texts.settle()

    def append_all(self, orders: Sequence[IndexedOrder]) -> None:
        """Add the next orders, which are found at once."""
        first, values = len(self), _by_column(orders)
        self.created_at.extend(values["created_at"])
        for name, column in (*self.plain.items(), *self.texts.items()):
            column.append_all(values[name])
        for ordinal, text in enumerate(values["common_name"], first):
            self._common_names.add(ordinal, text)
        self._highest_id = max(self._highest_id, *values["id"])

    def change(self, ordinal: int, order: IndexedOrder) -> None:
        """Replace what is different of an order."""
        for name, column in self.plain.items():
            value = order[_POSITIONS[name]]
            if value is None:
                value = MISSING
            if not column.is_at(ordinal, value):
                column.set(ordinal, value)
        name_text, others, email = (
            order.common_name.encode(),
            _joined(order.other_names),
            order.email.encode(),
        )
        if self.common_name.texts.get(ordinal) != name_text:
            self._common_names.discard(ordinal)
            self.common_name.set(ordinal, name_text)
            self._common_names.add(ordinal, name_text)
        if self.other_names.texts.get(ordinal) != others:
            self.other_names.set(ordinal, others)
        if self.email.get(ordinal) != email:
            self.email.set(ordinal, email)

    def truncate(self, length: int) -> None:
        """Forget the orders from an ordinal on."""
        for ordinal in range(length, len(self)):
            self._common_names.discard(ordinal)
        for column in self.plain.values():
            column.truncate(length)
        for texts in self.texts.values():
            texts.truncate(length)
        self.created_at.truncate(length)

    def row(self, ordinal: int) -> IndexedOrder:
        """Return an order as it was given."""
        values: dict[str, Any] = {name: column.get(ordinal) for name, column in self.plain.items()}
        values = {name: None if value == MISSING else value for name, value in values.items()}
        return IndexedOrder(
            **values,
            created_at=self.created_at.get(ordinal),
            common_name=self.common_name.texts.get(ordinal).decode(),
            other_names=_split(self.other_names.texts.get(ordinal)),
            email=self.email.get(ordinal).decode(),
        )

    @property
    def ids(self) -> Numbers:
        """The ids of the orders."""
        return self._numbers["id"]

    @property
    def texts(self) -> dict[str, TextColumn | SharedTexts]:
        """The columns that are searched for parts of texts, by name."""
        return {"common_name": self.common_name, "other_names": self.other_names, "email": self.email}

    def find(self, order_id: int) -> int | None:
        """Return the ordinal of an order, if it is here."""
        if order_id > self._highest_id:
            return None
        place = self.ids.position(order_id)  # most ids ascend with the ordinals
        if place < len(self) and self.ids.get(place) == order_id:
            return place
        found = self.plain["id"].between(order_id, order_id)
        return found.min() if found else None

    def refresh(self) -> None:
        """Learn the frequent terms anew where the texts have outgrown what is known of them."""
        for texts in self.texts.values():
            texts.refresh()

    def save(self, out: RecordWriter) -> None:
        """Write to a snapshot."""
        self.created_at.save(out, "created_at")
        for name, numbers in self._numbers.items():
            numbers.save(out, name)
        self.common_name.save(out, "common_name")
        self.other_names.save(out, "other_names")
        self.email.save(out, "email")
        for name, column in self.ordered.items():
            column.save(out, name)

    @classmethod
    def load(cls, source: RecordReader) -> Columns:
        """Read what ``save`` wrote."""
        columns = cls()
        columns.created_at = Numbers.load(source, "created_at")
        numbers = {name: Numbers.load(source, name) for name in _NUMBERS}
        columns.common_name = TextColumn.load(source, "common_name")
        columns.other_names = TextColumn.load(source, "other_names")
        columns.email = SharedTexts.load(source, "email")
        columns._arrange(numbers)
        for name, column in columns.ordered.items():
            column.restore(source, name)
        return columns

    def _arrange(self, numbers: dict[str, Numbers]) -> None:
        self._numbers = numbers
        ids = numbers["id"]
        self._highest_id = ids.get(int(ids.cells.argmax())) if len(ids) else MISSING
        self.words: dict[str, FewValues[str]] = {name: FewValues(str) for name in _WORDS}
        self.few: dict[str, FewValues[Any]] = {**{name: FewValues(int) for name in _FLAGS}, **self.words}
        ordered = {name: OrderedColumn(its, _FILL) for name, its in numbers.items()}
        self.plain: dict[str, AnyColumn] = {**ordered, **self.few}
        self._common_names: OrderedColumn[bytes] = OrderedColumn(
            self.common_name.texts, _FILL, _GROUPS_OF_NAMES
        )
        self.ordered: dict[str, AnyColumn] = {**self.plain, "common_name": self._common_names}


def _by_column(orders: Sequence[IndexedOrder]) -> dict[str, list[Any]]:
    """Return the values of orders by column, as the columns hold them."""
    values: dict[str, list[Any]] = {
        name: [MISSING if value is None else value for value in its]
        for name, its in zip(IndexedOrder._fields, zip(*orders, strict=True), strict=True)
    }
    values["common_name"] = [name.encode() for name in values["common_name"]]
    values["other_names"] = list(map(_joined, values["other_names"]))
    values["email"] = [email.encode() for email in values["email"]]
    return values


def _joined(names: Iterable[str]) -> bytes:
    """Return names as one text, each between two U+0000."""
    text = "\0".join(names)
    return f"\0{text}\0".encode() if text else b""


def _split(text: bytes) -> tuple[str, ...]:
    return tuple(text[1:-1].decode().split("\0")) if text else ()
