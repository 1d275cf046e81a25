"""``filters[…]`` and ``sort`` of the order list, as conditions and sort keys of the order book.

A value may be exact, ``%text`` (contains), ``a...b``, ``>a`` or ``<a``; several values of one filter are alternatives.
Dates without an offset are UTC, and a day means the whole of it. A filter that we do not know is passed over, as its
absence of a documented error suggests; a known one that nothing of ours can match gives an empty list.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING

from certwright.domain.errors import InvalidInput
from certwright.domain.identifier import parse_identifier
from certwright.domain.ids import CustomFieldId
from certwright.domain.query import (
    NEWEST_FIRST,
    Between,
    Condition,
    Contains,
    CustomValueTest,
    OneOf,
    OrderField,
    SortKey,
)
from certwright.web.digicert.errors import invalid
from certwright.web.digicert.translate.dates import parse_written_time
from certwright.web.digicert.translate.words import product_type, statuses_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from certwright.domain.ids import AccountId
    from certwright.domain.product import Catalogue, Product
    from certwright.web.digicert.translate.query_string import QueryString

_TEXTS = {
    "common_name": OrderField.COMMON_NAME,
    "domain_name": OrderField.NAME,
    "email": OrderField.EMAIL,
    "search": OrderField.EMAIL_OR_COMMON_NAME,
}
_NUMBERS = {
    "id": OrderField.ID,
    "order_id": OrderField.ID,
    "certificate_id": OrderField.CERTIFICATE_ID,
    "organization_id": OrderField.ORGANIZATION_ID,
    "user_id": OrderField.PLACED_BY,
}
_DATES = {"date_created": OrderField.CREATED_AT, "valid_till": OrderField.NOT_AFTER}
_PLAIN = ("container_id", "organization_id", "user_id")
_SORTS = {
    "id": OrderField.ID,
    "order_id": OrderField.ID,
    "certificate_id": OrderField.CERTIFICATE_ID,
    "date_created": OrderField.CREATED_AT,
    "common_name": OrderField.COMMON_NAME,
    "status": OrderField.STATUS,
    "validity_years": OrderField.TERM_YEARS,
    "product_name": OrderField.PRODUCT_KEY,
    "valid_till": OrderField.NOT_AFTER,
}
_DIGITS = re.compile(r"[0-9]{1,18}\Z")  # what fits the database's integers, and any id
_HEX = re.compile(r"[0-9A-Fa-f]+\Z")
_TICK = timedelta(microseconds=1)
_NOTHING = Condition(OrderField.ID, OneOf(()))

_Reader = Callable[[tuple[str, ...]], Condition | None]
"""Makes a condition of a filter's values, or none where every order of ours fulfills it."""


def parse_conditions(
    query: QueryString, catalogue: Catalogue, account_id: AccountId
) -> tuple[Condition, ...]:
    """Return what an order must fulfill.

    Raises:
        InvalidInput: a date can't be read.
    """
    plain = {name: (query.plain[name],) for name in _PLAIN if name in query.plain}
    readers = _readers(catalogue, account_id)
    found = [readers[name](values) for name, values in {**plain, **query.filters}.items() if name in readers]
    return tuple(condition for condition in found if condition is not None)


def parse_custom_values(query: QueryString) -> tuple[CustomValueTest, ...]:
    """Return what ``metadata_id`` and ``metadata_value`` ask of an order: of one field, both together."""
    ids, values = query.filters.get("metadata_id"), query.filters.get("metadata_value")
    if ids is None and values is None:
        return ()
    field_id = _whole(ids[-1]) if ids else None
    return (
        CustomValueTest(
            field_id=CustomFieldId(-1 if field_id is None else field_id) if ids else None,
            value=parse_text(values, are_names=False) if values else None,
        ),
    )


def parse_sort(query: QueryString, default: tuple[SortKey, ...] = NEWEST_FIRST) -> tuple[SortKey, ...]:
    """Read ``sort``: names joined by commas, each with ``-`` for descending; unknown names are passed over."""
    keys = []
    for word in query.plain.get("sort", "").split(","):
        name = word.strip()
        field = _SORTS.get(name.lstrip("+-"))
        if field is not None:
            keys.append(SortKey(field=field, descending=name.startswith("-")))
    return tuple(keys) or default


def parse_serial_number(text: str) -> str | None:
    """Return a serial number as the order book keeps it, upper-case hex without leading zeros; ``None`` if it is none."""
    plain = text.replace(":", "")
    return plain.upper().lstrip("0") if _HEX.match(plain) else None


def _readers(catalogue: Catalogue, account_id: AccountId) -> dict[str, _Reader]:
    return {
        **{name: partial(_text, field) for name, field in _TEXTS.items()},
        **{name: partial(_number, field) for name, field in _NUMBERS.items()},
        **{name: partial(_date, name, field) for name, field in _DATES.items()},
        "serial_number": _serial_number,
        "status": _status,
        "is_renewed": _is_renewed,
        "product_name_id": lambda values: _product(p for p in catalogue.products if p.name_id in values),
        "product_type": lambda values: _product(p for p in catalogue.products if product_type(p) in values),
        "container_id": lambda values: _all_or_nothing(matches=str(account_id) in values),
        "origin": lambda values: _all_or_nothing(matches="certcentral" in values),
        "disable_renewal_notifications": lambda values: _all_or_nothing(matches="0" in values),
    }


def parse_text(values: tuple[str, ...], *, are_names: bool = True) -> Contains | OneOf:
    """Return the test of a text: ``%text`` asks for it anywhere; names are compared as the order book keeps them."""
    if values[-1].startswith("%"):
        return Contains(values[-1][1:].lower())
    return OneOf(tuple(_canonical(value) if are_names else value.lower() for value in values))


def _text(field: OrderField, values: tuple[str, ...]) -> Condition:
    return Condition(field, parse_text(values))


def _canonical(text: str) -> str:
    """Return a text as the order book keeps it: names as A-labels, everything in lower case."""
    try:
        return parse_identifier(text).name
    except InvalidInput:
        return text.lower()


def _number(field: OrderField, values: tuple[str, ...]) -> Condition:
    bounds = _bounds(values[-1])
    if bounds is None:
        numbers = [_whole(value) for value in values]
        return Condition(field, OneOf(tuple(number for number in numbers if number is not None)))
    low, high = (_whole(bound) for bound in (bounds.low, bounds.high))
    if (low is None and bounds.low) or (high is None and bounds.high):
        return _NOTHING
    step = 1 if bounds.is_open else 0
    return Condition(
        field,
        Between(low=None if low is None else low + step, high=None if high is None else high - step),
    )


def _date(name: str, field: OrderField, values: tuple[str, ...]) -> Condition:
    text = values[-1]
    bounds = _bounds(text) or _Bounds(low=text, high=text)
    try:
        low, high = (parse_written_time(bound, UTC) if bound else None for bound in (bounds.low, bounds.high))
    except ValueError as cause:
        raise invalid(f"filters[{name}]") from cause
    if bounds.is_open:
        return Condition(
            field, Between(low=low.end + _TICK if low else None, high=high.start - _TICK if high else None)
        )
    return Condition(field, Between(low=low.start if low else None, high=high.end if high else None))


def _serial_number(values: tuple[str, ...]) -> Condition:
    found = (parse_serial_number(value) for value in values)
    return Condition(OrderField.SERIAL_NUMBER, OneOf(tuple(filter(None, found))))


def _status(values: tuple[str, ...]) -> Condition:
    return Condition(OrderField.STATUS, OneOf(tuple(s.value for v in values for s in statuses_of(v))))


def _is_renewed(values: tuple[str, ...]) -> Condition:
    return Condition(OrderField.IS_RENEWED, OneOf(tuple(int(value in {"1", "true"}) for value in values)))


def _product(products: Iterable[Product]) -> Condition:
    return Condition(OrderField.PRODUCT_KEY, OneOf(tuple(product.key for product in products)))


def _all_or_nothing(*, matches: bool) -> Condition | None:
    return None if matches else _NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounds:
    """The two sides of a range, empty where it is open; ``is_open`` when the sides themselves are left out."""

    low: str
    high: str
    is_open: bool = False


def _bounds(value: str) -> _Bounds | None:
    if value.startswith(">"):
        return _Bounds(low=value[1:].strip(), high="", is_open=True)
    if value.startswith("<"):
        return _Bounds(low="", high=value[1:].strip(), is_open=True)
    low, dots, high = value.partition("...")
    return _Bounds(low=low.strip(), high=high.strip()) if dots else None


def _whole(text: str) -> int | None:
    return int(text) if _DIGITS.match(text) else None
