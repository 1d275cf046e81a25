"""Filters of the searches, as far as they are alike.

``LIKE`` is a substring match in which ``%`` and ``_`` are plain characters. ``EQUAL`` takes one value or, where values
hold no commas of their own, several with commas between them, as a sibling of these calls does. Case never matters,
neither in operators nor in values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.web.webnic.schemas.search import LONGEST_VALUE
from certwright.web.webnic.translate.faults import MISSING, invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from certwright.web.webnic.schemas.search import SearchFilter

MOST_FILTERS = 50

_OPERATORS = ("LIKE", "EQUAL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter that can be used: its field, whether it is a substring match, and its value in lower case.

    ``path`` is where its value stands in the request.
    """

    field: str
    is_like: bool
    value: str
    path: str


def parse_filters(items: Sequence[SearchFilter] | None, usual_operators: Mapping[str, str]) -> list[Filter]:
    """Read filters; ``usual_operators`` names the fields, each with the operator it has where none is sent.

    Raises:
        InvalidParameters: naming the part that can't be used.
    """
    filters = items or []
    if len(filters) > MOST_FILTERS:
        raise invalid_parameter("filters", f"at most {MOST_FILTERS} filters")
    return [parse_filter(item, f"filters[{index}]", usual_operators) for index, item in enumerate(filters)]


def parse_filter(item: SearchFilter, path: str, usual_operators: Mapping[str, str]) -> Filter:
    """Read one filter.

    Raises:
        InvalidParameters: naming the part that can't be used.
    """
    if item.field not in usual_operators:
        raise invalid_parameter(f"{path}.field", f"must be one of {', '.join(usual_operators)}")
    operator = (item.operator or usual_operators[item.field]).upper()
    if operator not in _OPERATORS:
        raise invalid_parameter(f"{path}.operator", f"must be one of {', '.join(_OPERATORS)}")
    if item.value is None:
        raise invalid_parameter(f"{path}.value", MISSING)
    if len(item.value) > LONGEST_VALUE:
        raise invalid_parameter(f"{path}.value", f"invalid length - min: 0 | max: {LONGEST_VALUE}")
    return Filter(
        field=item.field, is_like=operator == "LIKE", value=item.value.lower(), path=f"{path}.value"
    )


def matching_words(given: Filter, words: Sequence[str]) -> list[str]:
    """List the words that a filter means.

    Raises:
        InvalidParameters: it means none, or names one that there is not.
    """
    if given.is_like:
        found = [word for word in words if given.value in word]
        is_known = bool(found)
    else:
        found = listed(given.value)
        is_known = all(word in words for word in found)
    if not is_known or not given.value:
        raise invalid_parameter(given.path, f"must be one of {', '.join(words).upper()}")
    return found


def listed(text: str) -> list[str]:
    """Split values at their commas."""
    return [part.strip() for part in text.split(",")]
