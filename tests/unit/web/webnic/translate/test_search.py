"""A search's filters and page become a query of the domain."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from certwright.domain.ids import HIGHEST_ID, AccountId
from certwright.domain.product import Catalogue
from certwright.domain.query import (
    NEWEST_FIRST,
    Condition,
    Contains,
    OneOf,
    OrderField,
    OrderPage,
)
from certwright.domain.status import OrderStatus
from certwright.web.webnic.schemas.search import SearchRequest
from certwright.web.webnic.translate.faults import InvalidParameters
from certwright.web.webnic.translate.search import name_query, order_query, search_answer
from tests.support.book import order, summary

ACCOUNT = AccountId(7)
NO_PRODUCTS = Catalogue(currency="USD", products=())


def _request(**body: Any) -> SearchRequest:
    return msgspec.convert(body, SearchRequest)


def _conditions(*filters: dict[str, str]) -> tuple[Condition, ...]:
    return order_query(ACCOUNT, _request(filters=list(filters))).conditions


def test_nothing_asked_for_is_everything() -> None:
    for request in (_request(), _request(filters=None, pagination=None), _request(filters=[], pagination={})):
        query = order_query(ACCOUNT, request)
        assert (query.account_id, query.conditions, query.sort) == (ACCOUNT, (), NEWEST_FIRST)
        assert (query.offset, query.limit) == (0, 1000)


@pytest.mark.parametrize(
    ("page", "size", "offset"),
    [(1, 3, 0), (2, 3, 3), (1, 1000, 0), (54, 3, 159), (10**30, 1, HIGHEST_ID), (2**31, 1000, HIGHEST_ID)],
)
def test_pages_count_from_one(page: int, size: int, offset: int) -> None:
    query = order_query(ACCOUNT, _request(pagination={"page": page, "pageSize": size}))
    assert (query.offset, query.limit) == (offset, size)


@pytest.mark.parametrize(
    ("pagination", "field"),
    [
        ({"page": 0}, "pagination.page"),
        ({"page": -(10**30)}, "pagination.page"),
        ({"pageSize": 0}, "pagination.pageSize"),
        ({"pageSize": 1001}, "pagination.pageSize"),
    ],
)
def test_other_pages_are_refused(pagination: dict[str, int], field: str) -> None:
    with pytest.raises(InvalidParameters) as caught:
        order_query(ACCOUNT, _request(pagination=pagination))
    assert caught.value.faults[0].field == field


def test_names() -> None:
    field = OrderField.COMMON_NAME
    for operator in ({"operator": "LIKE"}, {"operator": "Like"}, {}):
        found = _conditions({"field": "commonName", "value": "%Webnic_"} | operator)
        assert found == (Condition(field, Contains("%webnic_")),)
    equal = _conditions({"field": "commonName", "operator": "equal", "value": "A.com, b.com"})
    assert equal == (Condition(field, OneOf(("a.com", "b.com"))),)


@pytest.mark.parametrize(
    ("field", "operator", "value", "statuses"),
    [
        ("orderStatus", "EQUAL", "Pending", {OrderStatus.PENDING}),
        ("orderStatus", None, "INITIAL", {OrderStatus.NEEDS_APPROVAL, OrderStatus.NEEDS_CSR}),
        ("orderStatus", "EQUAL", "REVOKED,expired", {OrderStatus.REVOKED, OrderStatus.EXPIRED}),
        ("orderStatus", "LIKE", "PENDING", {OrderStatus.PENDING, OrderStatus.REISSUE_PENDING}),
        ("certStatus", "EQUAL", "CANCELLED", {OrderStatus.CANCELED, OrderStatus.REFUNDED}),
        ("certStatus", "EQUAL", "COMPLETED", set()),
        ("certStatus", "LIKE", "complete", set()),
    ],
)
def test_statuses(field: str, operator: str | None, value: str, statuses: set[OrderStatus]) -> None:
    asked = {"field": field, "value": value} | ({"operator": operator} if operator else {})
    (condition,) = _conditions(asked)
    assert condition.field is OrderField.STATUS
    assert isinstance(condition.test, OneOf)
    assert set(condition.test.values) == statuses


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ({"value": "x"}, "field"),
        ({"field": "CommonName", "value": "x"}, "field"),
        ({"field": "term", "value": "1"}, "field"),
        ({"field": "commonName", "operator": "NOT", "value": "x"}, "operator"),
        ({"field": "commonName"}, "value"),
        ({"field": "commonName", "value": "x" * 256}, "value"),
        ({"field": "orderStatus", "value": ""}, "value"),
        ({"field": "orderStatus", "operator": "LIKE", "value": ""}, "value"),
        ({"field": "orderStatus", "operator": "LIKE", "value": "%"}, "value"),
        ({"field": "orderStatus", "value": "PENDING,"}, "value"),
        ({"field": "orderStatus", "value": "ACTIVE"}, "value"),
    ],
)
def test_other_filters_are_refused_by_name(asked: dict[str, str], part: str) -> None:
    with pytest.raises(InvalidParameters) as caught:
        _conditions({"field": "commonName", "value": "x"}, asked)
    assert caught.value.faults[0].field == f"filters[1].{part}"


def test_common_name_of_a_query_string_holds_no_nul() -> None:
    with pytest.raises(InvalidParameters):
        name_query(ACCOUNT, "a\0b")


@pytest.mark.parametrize(
    ("pagination", "total", "size", "pages"),
    [
        ({"page": 1, "pageSize": 3}, 160, 3, 54),
        ({"page": 9, "pageSize": 3}, 0, 3, 0),
        ({"page": 1, "pageSize": 3}, 3, 3, 1),
        (None, 2, 2, 1),
        (None, 0, 0, 0),
        (None, 2500, 1000, 3),
        ({"page": 2}, 2500, 1000, 3),
    ],
)
def test_totals(pagination: dict[str, int] | None, total: int, size: int, pages: int) -> None:
    answer = search_answer(_request(pagination=pagination), OrderPage(items=(), total=total), NO_PRODUCTS)
    assert (answer.page_size, answer.total_pages, answer.total_items) == (size, pages, total)


def test_order_of_a_product_that_is_gone_is_still_shown() -> None:
    """One order of a product that the operator has dropped must not spoil the page."""
    gone = order()
    page = OrderPage(items=(summary(gone),), total=1)
    (item,) = search_answer(_request(), page, NO_PRODUCTS).items
    assert msgspec.json.decode(item)["product"] == gone.product_key
