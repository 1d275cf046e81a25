"""From the conditions of a query to the set of the orders that fulfill them, as SQL would find them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pyroaring import BitMap

from certwright.domain.query import Between, Contains, OneOf, OrderField
from certwright.search.numbers import MISSING
from certwright.search.sets import span

if TYPE_CHECKING:
    from certwright.domain.query import Condition, OrderQuery, Test, Value
    from certwright.search.columns import Columns

_F = OrderField
_WORDS = {_F.STATUS, _F.PRODUCT_KEY}
_NAMES = {_F.COMMON_NAME, _F.NAME, _F.EMAIL, _F.EMAIL_OR_COMMON_NAME}
_NUMBERS = {
    _F.ID,
    _F.ORGANIZATION_ID,
    _F.PLACED_BY,
    _F.CERTIFICATE_ID,
    _F.CREATED_AT,
    _F.NOT_AFTER,
    _F.STATUS_CHANGED_AT,
    _F.TERM_YEARS,
    _F.IS_RENEWED,
}
_KEYS = {_F.ID, _F.CERTIFICATE_ID}
"""The database finds orders by their values at once."""

_WITHOUT_RANGES = {_F.NAME, _F.EMAIL, _F.EMAIL_OR_COMMON_NAME}
_LONGEST_TEXT = 10_000  # as in SQL: nothing longer is stored
_MOST_CONDITIONS = 64
_MOST_VALUES = 1_000
_HIGHEST = 2**63 - 1
_LAST_WORD = chr(0x10FFFF)
_LAST_TEXT = b"\xff"  # behind all UTF-8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def are_answerable(query: OrderQuery) -> bool:
    """Whether the index holds what the conditions ask for, and is the better one to ask."""
    conditions = query.conditions
    if len(conditions) > _MOST_CONDITIONS and len(set(conditions)) > _MOST_CONDITIONS:
        return False
    return not query.custom_values and all(map(_is_answerable, conditions))


def matching(columns: Columns, conditions: tuple[Condition, ...]) -> BitMap:
    """Return the orders that fulfill conditions that are answerable; not to be changed.

    Texts are looked for among the smallest of the other sets. The larger ones come last, when little is left: to intersect
    two large sets takes the longest.
    """
    distinct = dict.fromkeys(conditions) if len(conditions) > 1 else conditions
    names = [condition for condition in distinct if condition.field in _NAMES]
    sets = [_fulfilling(columns, condition) for condition in distinct if condition.field not in _NAMES]
    sets.sort(key=len)
    found = sets.pop(0) if sets else None
    for condition in names:
        found = _named(columns, condition, found)
    if found is None:
        return columns.everything
    for ordinals in sets:
        found = found & ordinals  # not in place: that would change a set that is kept
    return found


def _is_answerable(condition: Condition) -> bool:
    field, test = condition.field, condition.test
    match test:
        case OneOf(values=values):
            given = values
            fits = len(values) <= _MOST_VALUES and not (values and field in _KEYS)
        case Contains(text=text):
            given = (text,)
            fits = field not in _NUMBERS
        case Between(low=low, high=high):
            given = tuple(bound for bound in (low, high) if bound is not None)
            fits = field not in _WITHOUT_RANGES
    if field in _NUMBERS:
        return fits and not any(isinstance(value, str) for value in given)
    return fits and field in _WORDS | _NAMES and all(map(_is_storable, given))


def _is_storable(value: Value) -> bool:
    """Whether a text can be asked for at all; SQL says what is wrong with others."""
    if not isinstance(value, str) or "\0" in value:
        return False
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def _fulfilling(columns: Columns, condition: Condition) -> BitMap:
    if condition.field is _F.CREATED_AT:
        return _created(columns, condition.test)
    return _worded(columns, condition) if condition.field in _WORDS else _numbered(columns, condition)


def _created(columns: Columns, test: Test) -> BitMap:
    position = columns.created_at.position
    match test:
        case OneOf(values=values):
            instants = {_number(value) for value in values}
            return _union([span(position(at), position(at, after=True)) for at in instants])
        case Between(low=low, high=high):
            first = 0 if low is None else position(_number(low))
            return span(first, len(columns) if high is None else position(_number(high), after=True))
        case Contains():
            raise AssertionError


def _numbered(columns: Columns, condition: Condition) -> BitMap:
    between = columns.ordered[condition.field.value].between
    match condition.test:
        case OneOf(values=values):
            return _union([between(number, number) for number in {_number(value) for value in values}])
        case Between(low=low, high=high):
            least = MISSING + 1 if low is None else _number(low)
            return between(least, _HIGHEST if high is None else _number(high))
        case Contains():
            raise AssertionError


def _worded(columns: Columns, condition: Condition) -> BitMap:
    column = columns.ordered[condition.field.value]
    match condition.test:
        case OneOf(values=values):
            words = {str(value).lower() for value in values}
        case Contains(text=text):
            words = {word for word in columns.words[condition.field.value].distinct if text.lower() in word}
        case Between(low=low, high=high):
            return column.between(
                "" if low is None else str(low).lower(), _LAST_WORD if high is None else str(high).lower()
            )
    return _union([column.between(word, word) for word in words])


def _named(columns: Columns, condition: Condition, within: BitMap | None) -> BitMap:
    field, test = condition.field, condition.test
    parts = []
    if field is not _F.EMAIL:
        parts.append(_common_name(columns, test, within))
    if field is _F.NAME:
        parts.append(_other_names(columns, test, within))
    if field in {_F.EMAIL, _F.EMAIL_OR_COMMON_NAME}:
        parts.append(_email(columns, test, within))
    return _union(parts)


def _common_name(columns: Columns, test: Test, within: BitMap | None) -> BitMap:
    between = columns.ordered["common_name"].between
    match test:
        case OneOf(values=values):
            found = _union([between(text, text) for text in _texts(values)])
        case Contains(text=text) if len(text) > _LONGEST_TEXT:
            return BitMap()
        case Contains(text=text):
            return columns.common_name.containing(_text(text), within)
        case Between(low=low, high=high):
            found = between(b"" if low is None else _text(low), _LAST_TEXT if high is None else _text(high))
    return found if within is None else found & within


def _other_names(columns: Columns, test: Test, within: BitMap | None) -> BitMap:
    column = columns.other_names
    match test:
        case OneOf(values=values):
            return _union(
                [column.containing(b"\0" + text + b"\0", within) for text in _texts(values) if text]
            )
        case Contains(text=text) if text and len(text) <= _LONGEST_TEXT:
            return column.containing(_text(text), within)
        case _:
            return BitMap()


def _email(columns: Columns, test: Test, within: BitMap | None) -> BitMap:
    column = columns.email
    match test:
        case OneOf(values=values):
            found = _union([column.equal(text) for text in _texts(values)])
            return found if within is None else found & within
        case Contains(text=text) if len(text) <= _LONGEST_TEXT:
            return column.containing(_text(text), within)
        case _:
            return BitMap()


def _union(sets: list[BitMap]) -> BitMap:
    if not sets:
        return BitMap()
    return sets[0] if len(sets) == 1 else BitMap.union(*sets)


def _texts(values: tuple[Value, ...]) -> set[bytes]:
    return {_text(value) for value in values}


def _text(value: Value) -> bytes:
    return str(value).lower().encode()


def _number(value: Value) -> int:
    """Return a number as SQL binds it, an instant as it is stored."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    return max(-_HIGHEST, min(int(value), _HIGHEST))
