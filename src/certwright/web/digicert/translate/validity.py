"""How long an order and its first certificate are to last, in years, days or until a date.

Clients give it in ``order_validity`` or, as of old, at the root of the body; a zero, an empty text, Go's zero time or
null beside a real value mean nothing. An order is paid for in whole years; one asked for in days or until a date ends
then, and its first certificate with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.web.digicert.errors import BadRequest, invalid, required
from certwright.web.digicert.schemas.bodies import Validity
from certwright.web.digicert.translate.dates import parse_day

if TYPE_CHECKING:
    from datetime import date, datetime

    from certwright.web.digicert.schemas.bodies import Number, PlaceOrder

_DIGITS = re.compile(r"[0-9]{1,6}\Z")
_MOST_YEARS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How many years an order is paid for, how many days it lasts if fewer, and what caps its first certificate."""

    years: int
    order_days: int | None
    certificate_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """A length of time and the parameter that gave it; ``years`` is set if it was given in years."""

    parameter: str
    last_day: date
    years: int | None = None


def parse_term(body: PlaceOrder, *, max_years: int, now: datetime) -> Term:
    """Read how long an order is to last.

    Raises:
        InvalidInput: nothing says so, or it is longer than ``max_years``, or shorter than the certificate is to be.
    """
    root = Validity(
        years=body.validity_years, days=body.validity_days, custom_expiration_date=body.custom_expiration_date
    )
    today = now.date()
    order = _span(body.order_validity, today) or _span(root, today)
    if order is None:
        raise required("order_validity")
    wanted = body.certificate.cert_validity if body.certificate else None
    certificate = _span(wanted, today)
    years = _years_until(order.last_day, today) if order.years is None else order.years
    if years > max_years:
        raise invalid(order.parameter, f"The product takes orders of at most {max_years} years.")
    if certificate is not None and certificate.last_day > order.last_day:
        raise BadRequest("cert_validity_exceeds_order_validity")
    order_days = None if order.years is not None else (order.last_day - today).days
    return Term(years=years, order_days=order_days, certificate_days=_cap(order, certificate, today))


def parse_certificate_days(
    validity: Validity | None, *, order_ends_at: datetime, now: datetime
) -> int | None:
    """Read what caps the life of a further certificate of an order.

    Raises:
        InvalidInput: it can't be read, or is longer than the order lasts.
    """
    today = now.date()
    certificate = _span(validity, today)
    if certificate is None:
        return None
    if certificate.last_day > order_ends_at.date():
        raise BadRequest("cert_validity_exceeds_order_validity")
    return (certificate.last_day - today).days


def parse_number(value: Number, parameter: str) -> int | None:
    """Read a number sent as such or as text; 0, an empty text and null are none.

    Raises:
        InvalidInput: it is no number, or negative.
    """
    text = str(value if value is not None else "").strip()
    if not text:
        return None
    if not _DIGITS.match(text):
        raise invalid(parameter)
    return int(text) or None


def _span(validity: Validity | None, today: date) -> _Span | None:
    if validity is None:
        return None
    years = parse_number(validity.years, "validity_years")
    if years is not None:
        if years > _MOST_YEARS:
            raise invalid("validity_years")
        return _Span(parameter="validity_years", last_day=_years_later(today, years), years=years)
    days = parse_number(validity.days, "validity_days")
    if days is not None:
        if days > _MOST_YEARS * 366:
            raise invalid("validity_days")
        return _Span(parameter="validity_days", last_day=today + timedelta(days=days))
    last_day = _date(validity.custom_expiration_date)
    if last_day is None:
        return None
    if last_day <= today:
        raise invalid("custom_expiration_date", "The date has to lie in the future.")
    return _Span(parameter="custom_expiration_date", last_day=last_day)


def _date(text: str | None) -> date | None:
    try:
        return parse_day(text or "")
    except ValueError as cause:
        raise invalid("custom_expiration_date") from cause


def _cap(order: _Span, certificate: _Span | None, today: date) -> int | None:
    """Return the days of the first certificate, unless whole years of the order set no other limit."""
    if certificate is not None:
        return (certificate.last_day - today).days
    return None if order.years is not None else (order.last_day - today).days


def _years_until(last_day: date, today: date) -> int:
    years = max(last_day.year - today.year, 1)
    return years if _years_later(today, years) >= last_day else years + 1


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February of a leap year
        return day.replace(year=day.year + years, day=28)
