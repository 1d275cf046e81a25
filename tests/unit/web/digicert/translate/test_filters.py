"""Filters and sorts as conditions of the order book; tests/wire asks them of real orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certwright.domain.errors import InvalidInput
from certwright.domain.product import Catalogue
from certwright.domain.query import NEWEST_FIRST, Between, Condition, Contains, OneOf, OrderField, SortKey
from certwright.domain.query import Test as Asked
from certwright.web.digicert.translate.filters import parse_conditions, parse_serial_number, parse_sort
from certwright.web.digicert.translate.query_string import parse_query_string
from tests.support.book import ACCOUNT

NO_PRODUCTS = Catalogue(currency="USD", products=())
NOTHING = Condition(OrderField.ID, OneOf(()))
DAY = datetime(2026, 1, 5, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def _conditions(**filters: str) -> tuple[Condition, ...]:
    query = parse_query_string((f"filters[{name}]", value) for name, value in filters.items())
    return parse_conditions(query, NO_PRODUCTS, ACCOUNT)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("2026-1-5", Between(low=DAY, high=DAY + timedelta(days=1) - TICK)),
        ("2026-01-05...2026-01-06", Between(low=DAY, high=DAY + timedelta(days=2) - TICK)),
        ("2026-01-05+01:02:03...", Between(low=DAY + timedelta(hours=1, minutes=2, seconds=3))),
        ("...2026-01-05", Between(high=DAY + timedelta(days=1) - TICK)),
        (">2026-01-05", Between(low=DAY + timedelta(days=1))),
        ("<2026-01-05", Between(high=DAY - TICK)),
    ],
)
def test_dates(text: str, asked: Asked) -> None:
    assert _conditions(valid_till=text.replace("+", " ")) == (Condition(OrderField.NOT_AFTER, asked),)


@pytest.mark.parametrize("text", ["soon", ">soon", "2026-01-05...soon", "2026-02-30"])
def test_dates_that_are_none(text: str) -> None:
    with pytest.raises(InvalidInput):
        _conditions(date_created=text)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("7", Condition(OrderField.ID, OneOf((7,)))),
        ("7...9", Condition(OrderField.ID, Between(low=7, high=9))),
        (">7", Condition(OrderField.ID, Between(low=8))),
        ("<7", Condition(OrderField.ID, Between(high=6))),
        ("seven", Condition(OrderField.ID, OneOf(()))),
        ("9" * 30, Condition(OrderField.ID, OneOf(()))),
        (">seven", NOTHING),
        ("7...x", NOTHING),
    ],
)
def test_numbers(text: str, condition: Condition) -> None:
    assert _conditions(id=text) == (condition,)


def test_texts() -> None:
    assert _conditions(common_name="Shop.Example.com") == (
        Condition(OrderField.COMMON_NAME, OneOf(("shop.example.com",))),
    )
    assert _conditions(domain_name="Bücher.example") == (
        Condition(OrderField.NAME, OneOf(("xn--bcher-kva.example",))),
    )
    assert _conditions(search="%50%_") == (Condition(OrderField.EMAIL_OR_COMMON_NAME, Contains("50%_")),)


def test_what_every_order_fulfills_is_no_condition() -> None:
    assert _conditions(origin="certcentral", container_id="1", disable_renewal_notifications="0") == ()
    assert _conditions(unheard_of="x", status_last_updated="x") == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("origin", "migrated"),
        ("container_id", "2"),
        ("disable_renewal_notifications", "1"),
    ],
)
def test_what_no_order_fulfills(name: str, value: str) -> None:
    assert _conditions(**{name: value}) == (NOTHING,)


def test_unknown_words_match_nothing() -> None:
    assert _conditions(status="nonsense") == (Condition(OrderField.STATUS, OneOf(())),)
    assert _conditions(product_name_id="nonsense") == (Condition(OrderField.PRODUCT_KEY, OneOf(())),)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", NEWEST_FIRST),
        ("nonsense", NEWEST_FIRST),
        ("order_id", (SortKey(field=OrderField.ID),)),
        ("+order_id", (SortKey(field=OrderField.ID),)),
        (
            "common_name, -valid_till",
            (SortKey(field=OrderField.COMMON_NAME), SortKey(field=OrderField.NOT_AFTER, descending=True)),
        ),
    ],
)
def test_sorts(text: str, keys: tuple[SortKey, ...]) -> None:
    assert parse_sort(parse_query_string([("sort", text)])) == keys


@pytest.mark.parametrize(
    ("text", "serial_number"),
    [("0a1b", "A1B"), ("0A:1B", "A1B"), ("00ff", "FF"), ("xyz", None), ("", None), ("12\n", None), ("0", "")],
)
def test_serial_numbers(text: str, serial_number: str | None) -> None:
    assert parse_serial_number(text) == serial_number


_names = st.sampled_from(
    [
        "id",
        "status",
        "common_name",
        "valid_till",
        "date_created",
        "serial_number",
        "search",
        "is_renewed",
        "x",
    ]
)


@settings(deadline=None)
@given(st.dictionaries(_names, st.text(max_size=30)), st.text(max_size=30))
def test_any_filter_is_a_condition_or_refused(filters: dict[str, str], sort: str) -> None:
    query = [(f"filters[{name}]", value) for name, value in filters.items()]
    try:
        taken_apart = parse_query_string([*query, ("sort", sort)])
        conditions = parse_conditions(taken_apart, NO_PRODUCTS, ACCOUNT)
    except InvalidInput:
        return
    assert len(conditions) <= len(filters)
    assert parse_sort(taken_apart)
