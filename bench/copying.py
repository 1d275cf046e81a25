"""The later parts of a large book: statements that copy its first part, with other numbers and later instants.

Books beyond a million orders are copied without what searches never read: validations, approval requests, jobs, and
the bytes of CSRs and certificates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.book import Book

_LARGEST_WHOLE_BOOK = 1_000_000
_SEARCHED = ("orders", "order_names", "certificates", "order_changes")
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


def copies(book: Book, columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Give the statements that make a book of its first part; ``columns`` are those of each table."""
    is_whole = book.size <= _LARGEST_WHOLE_BOOK
    for number in range(1, book.copies):
        for table, names in columns.items():
            if is_whole or table in _SEARCHED:
                values = [_value(table, name, number, book, is_whole=is_whole) for name in names]
                yield (
                    f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} "  # noqa: S608 - names of ours
                    f"FROM {table} WHERE {_first_part(table, book)}"
                )


def _value(table: str, column: str, number: int, book: Book, *, is_whole: bool) -> str:
    if column in _NUMBERS:
        return f"{column} + {number * book.part}"
    if column in _INSTANTS:
        return f"{column} + {number * book.shift}"
    if column in _UNIQUE_HEX:
        return f"{column} || '{10_000 + number}'"  # longer than those of the first part
    if column == "sequence":
        return f"sequence + {number * book.last_sequence}"
    if table == "certificates" and column in _BYTES and not is_whole:
        return "NULL"
    return column


def _first_part(table: str, book: Book) -> str:
    """Say which rows are the first part's, by the primary key, which stays while the book is loaded."""
    numbers = f"BETWEEN {book.first} AND {book.first + book.part - 1}"
    match table:
        case "order_changes":
            return f"account_id = {book.holder.account_id} AND sequence BETWEEN 1 AND {book.last_sequence}"
        case "order_names":
            return f"order_id {numbers}"
        case "jobs":
            return f"kind IN ('expire_certificate', 'lapse_order', 'advance_order') AND subject_id {numbers}"
        case _:
            return f"id {numbers}"
