"""How long orders and certificates are asked to last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certwright.domain.errors import InvalidInput
from certwright.web.digicert.errors import BadRequest
from certwright.web.digicert.schemas.bodies import PlaceOrder, Validity
from certwright.web.digicert.translate.validity import Term, parse_certificate_days, parse_number, parse_term
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.web.digicert.schemas.bodies import Number


def _term(body: dict[str, object], *, now: datetime = NOON, max_years: int = 3) -> Term:
    return parse_term(msgspec.convert(body, PlaceOrder), max_years=max_years, now=now)


def _order(**validity: object) -> dict[str, object]:
    return {"order_validity": validity}


def _of_certificate(**validity: object) -> dict[str, object]:
    return {**_order(years=1), "certificate": {"cert_validity": validity}}


@pytest.mark.parametrize(
    ("body", "years", "days"),
    [
        (_order(years=1), 1, None),
        (_order(years="2"), 2, None),
        (_order(days=90), 1, 90),
        (_order(days=365), 1, 365),
        (_order(days=366), 2, 366),
        (_order(days=1096), 3, 1096),
        (_order(custom_expiration_date="2027-11-22"), 1, 365),
        (_order(custom_expiration_date="2027-11-23"), 2, 366),
        (_order(custom_expiration_date="2026-11-23T00:00:00Z"), 1, 1),
        ({"validity_years": 2}, 2, None),
        ({"validity_days": "30"}, 1, 30),
        ({"custom_expiration_date": "2026-12-22"}, 1, 30),
        ({"order_validity": {}, "validity_years": 1}, 1, None),
        ({"order_validity": None, "validity_years": 1}, 1, None),
        ({**_order(years=0, days=0, custom_expiration_date=""), "validity_years": 1}, 1, None),
        ({"validity_years": 0, "custom_expiration_date": "2027-11-22T00:00:00"}, 1, 365),
        ({"validity_years": 1, "custom_expiration_date": "0001-01-01T00:00:00Z"}, 1, None),
        (_of_certificate(days=30), 1, 30),
        (_of_certificate(years=1), 1, 365),
        (_of_certificate(custom_expiration_date="2026-12-01"), 1, 9),
        (_of_certificate(days=0), 1, None),
    ],
)
def test_terms(body: dict[str, object], years: int, days: int | None) -> None:
    term = _term(body)
    assert (term.years, term.certificate_days) == (years, days)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required_param:order_validity"),
        (_order(), "required_param:order_validity"),
        (_order(years=0), "required_param:order_validity"),
        (_order(years=4), "invalid_value:validity_years"),
        (_order(years=10**6 - 1), "invalid_value:validity_years"),
        (_order(years=10**12), "invalid_value:validity_years"),
        (_order(years=-1), "invalid_value:validity_years"),
        (_order(years="one"), "invalid_value:validity_years"),
        (_order(days=1097), "invalid_value:validity_days"),
        (_order(days=999_999), "invalid_value:validity_days"),
        (_order(custom_expiration_date="2029-11-23"), "invalid_value:custom_expiration_date"),
        (_order(custom_expiration_date="2026-11-22"), "invalid_value:custom_expiration_date"),
        (_order(custom_expiration_date="soon"), "invalid_value:custom_expiration_date"),
        (_of_certificate(years=2), "cert_validity_exceeds_order_validity"),
        (_of_certificate(days=366), "cert_validity_exceeds_order_validity"),
    ],
)
def test_refusals(body: dict[str, object], code: str) -> None:
    with pytest.raises(BadRequest) as caught:
        _term(body)
    assert caught.value.wire_code == code


def test_leap_days_do_not_disturb() -> None:
    leap_day = datetime(2028, 2, 29, tzinfo=UTC)
    assert _term(_order(years=1), now=leap_day).years == 1
    assert _term(_order(days=365), now=leap_day).years == 1
    assert _term(_order(days=366), now=leap_day) == Term(years=2, order_days=366, certificate_days=366)


@settings(deadline=None)
@given(st.integers(min_value=1, max_value=36_600), st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1)))  # noqa: DTZ001
def test_an_order_lasts_as_long_as_asked_and_less_than_a_year_longer(days: int, now: datetime) -> None:
    term = _term(_order(days=days), now=now.replace(tzinfo=UTC), max_years=1000)
    assert (term.years - 1) * 365 <= days <= term.years * 366
    assert (term.order_days, term.certificate_days) == (days, days)


def test_an_order_in_years_has_no_days_of_its_own() -> None:
    assert _term(_of_certificate(days=30)) == Term(years=1, order_days=None, certificate_days=30)


@pytest.mark.parametrize(
    ("validity", "days"), [(None, None), (Validity(days=30), 30), (Validity(years=1), 365)]
)
def test_further_certificates(validity: Validity | None, days: int | None) -> None:
    ends_at = NOON + timedelta(days=365)
    assert parse_certificate_days(validity, order_ends_at=ends_at, now=NOON) == days


def test_further_certificates_do_not_outlive_their_order() -> None:
    with pytest.raises(BadRequest) as caught:
        parse_certificate_days(Validity(days=31), order_ends_at=NOON + timedelta(days=30), now=NOON)
    assert caught.value.wire_code == "cert_validity_exceeds_order_validity"


@pytest.mark.parametrize(
    ("value", "number"), [(None, None), ("", None), (0, None), ("0", None), (7, 7), (" 7 ", 7), ("007", 7)]
)
def test_numbers(value: Number, number: int | None) -> None:
    assert parse_number(value, "x") == number


@pytest.mark.parametrize("value", [-1, "x", "1.5", 10**9, "٣"])
def test_numbers_that_are_none(value: Number) -> None:
    with pytest.raises(InvalidInput):
        parse_number(value, "x")
