"""The older parts of a large book: statements that copy its newest part, with lower numbers and earlier instants.

What makes a book larger than a million orders is copied without what nothing reads that is asked of such books: names by
themselves, changes, validations, approval requests, jobs, and the bytes of CSRs and certificates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.book import Book

_LARGEST_WHOLE_BOOK = 1_000_000
_SEARCHED = ("orders", "certificates")
_NUMBERS = {"id", "order_id", "certificate_id", "subject_id"}
_INSTANTS = {
    "created_at",
    "expires_at",
    "status_changed_at",
    "value_expires_at",
    "validated_at",
    "reusable_until",
    "last_checked_at",
    "changed_at",
    "processed_at",
    "not_before",
    "issued_at",
    "revoked_at",
}
_UNIQUE_HEX = {"serial_number", "sha1_thumbprint"}
_BYTES = {"csr", "der"}
_TEN_DIGITS = 1_000_000_000


def copies(book: Book, before: int, columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Give the statements that make a book of its part, of which it had so many ``before``, from the oldest on.

    ``columns`` are those of each table.
    """
    for number in reversed(range(before, book.copies)):
        is_whole = (number + 1) * book.part <= _LARGEST_WHOLE_BOOK
        for table, names in columns.items():
            if is_whole or table in _SEARCHED:
                values = [_value(table, name, number, book, is_whole=is_whole) for name in names]
                yield (
                    f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} "  # noqa: S608 - names of ours
                    f"FROM {table} WHERE {_newest_part(table, book)}"
                )


def _value(table: str, column: str, number: int, book: Book, *, is_whole: bool) -> str:
    if column in _NUMBERS:
        return f"{column} - {number * book.part}"
    if column in _INSTANTS:
        return f"{column} - {number * book.shift}"
    if column in _UNIQUE_HEX:
        # In the order of the numbers, so that a unique index grows at one place.
        return f"({_TEN_DIGITS} + id - {number * book.part}) || substr({column}, 11)"
    if column == "sequence":
        return f"sequence - {number * book.sequences_a_part}"
    if table == "certificates" and column in _BYTES and not is_whole:
        return "NULL"
    return column


def _newest_part(table: str, book: Book) -> str:
    """Say which rows are the newest part's, by the primary key, which stays while the book is loaded."""
    last = book.first + book.largest - 1
    numbers = f"BETWEEN {last - book.part + 1} AND {last}"
    match table:
        case "order_changes":
            first = book.last_sequence - book.sequences_a_part + 1
            sequences = f"BETWEEN {first} AND {book.last_sequence}"
            return f"account_id = {book.holder.account_id} AND sequence {sequences}"
        case "order_names":
            return f"order_id {numbers}"
        case "jobs":
            return f"kind IN ('expire_certificate', 'lapse_order', 'advance_order') AND subject_id {numbers}"
        case _:
            return f"id {numbers}"
