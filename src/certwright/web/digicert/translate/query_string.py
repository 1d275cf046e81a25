"""Query strings: plain parameters, ``filters[name]`` with one or many values, and paging."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.domain.ids import HIGHEST_ID
from certwright.web.digicert.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FILTER = re.compile(r"filters\[(\w{1,64})\](?:\[\w{0,64}\])?\Z")
_DIGITS = re.compile(r"[0-9]{1,10}\Z")

MAX_PAGE = 1000
"""The most rows of a page; also what a client gets that names no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryString:
    """A query string taken apart; empty values count as not sent, of a plain parameter sent twice the last counts."""

    plain: Mapping[str, str]
    filters: Mapping[str, tuple[str, ...]]

    def flag(self, name: str) -> bool:
        """Whether a yes-or-no parameter says yes."""
        return self.plain.get(name, "").lower() in {"1", "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Which part of a list is wanted."""

    offset: int
    limit: int


def parse_query_string(items: Iterable[tuple[str, str]]) -> QueryString:
    """Sort decoded names and values; brackets have been decoded with the names.

    Raises:
        InvalidInput: a value holds a NUL, which no text of the order book does.
    """
    plain: dict[str, str] = {}
    filters: dict[str, tuple[str, ...]] = {}
    for name, raw in items:
        value = raw.strip()
        if "\0" in value:
            raise invalid(name)
        if not value:
            continue
        found = _FILTER.match(name)
        if found is None:
            plain[name] = value
        else:
            filters[found[1]] = (*filters.get(found[1], ()), value)
    return QueryString(plain=plain, filters=filters)


def parse_paging(query: QueryString) -> Paging:
    """Read ``offset`` and ``limit``; a limit of 0 is none, and none is more than ``MAX_PAGE``.

    Raises:
        InvalidInput: either is no number, or too large a one.
    """
    limit = _number(query, "limit")
    return Paging(offset=_number(query, "offset"), limit=min(limit or MAX_PAGE, MAX_PAGE))


def _number(query: QueryString, name: str) -> int:
    text = query.plain.get(name, "0")
    number = int(text) if _DIGITS.match(text) else HIGHEST_ID + 1
    if number > HIGHEST_ID:
        raise invalid(name)
    return number
