"""A search in the API's words becomes a question to the order book, and an order an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from certwright.domain.account import Caller, Role
from certwright.domain.query import Between, Condition, Contains, FoundOrder, OneOf, OrderField, OrderPage
from certwright.domain.status import OrderStatus
from certwright.web.native.schemas.orders import OrdersQuery
from certwright.web.native.translate.orders import _SORTS, order_query, orders
from tests.support.book import account, api_key, issued, names, order
from tests.support.clock import NOON

CALLER = Caller(account=account(), key=api_key())


@pytest.mark.parametrize(
    ("asked", "condition"),
    [
        (
            {"status": [OrderStatus.PENDING, OrderStatus.ISSUED]},
            Condition(OrderField.STATUS, OneOf(("pending", "issued"))),
        ),
        ({"common_name": "shop"}, Condition(OrderField.COMMON_NAME, Contains("shop"))),
        ({"name": "shop"}, Condition(OrderField.NAME, Contains("shop"))),
        ({"product": "SSL123"}, Condition(OrderField.PRODUCT_KEY, OneOf(("ssl123",)))),
        ({"created_from": NOON}, Condition(OrderField.CREATED_AT, Between(low=NOON))),
        ({"expires_to": NOON}, Condition(OrderField.NOT_AFTER, Between(high=NOON))),
        (
            {"created_from": NOON, "created_to": NOON},
            Condition(OrderField.CREATED_AT, Between(low=NOON, high=NOON)),
        ),
    ],
)
def test_filters_become_conditions(asked: dict[str, Any], condition: Condition) -> None:
    assert order_query(CALLER, OrdersQuery(**asked)).conditions == (condition,)


def test_nothing_asked_is_everything_newest_first() -> None:
    query = order_query(CALLER, OrdersQuery())
    assert (query.conditions, query.offset, query.limit) == ((), 0, 100)
    assert [(key.field, key.descending) for key in query.sort] == [(OrderField.CREATED_AT, True)]


def test_key_that_sees_its_own_orders_finds_only_those() -> None:
    caller = Caller(account=account(), key=api_key(1002, role=Role.LIMITED))
    conditions = order_query(caller, OrdersQuery(name="x")).conditions
    assert conditions[-1] == Condition(OrderField.PLACED_BY, OneOf((1002,)))


def test_every_sort_that_may_be_asked_for_is_known() -> None:
    for word in _SORTS:
        msgspec.convert({"sort": f"-{word},{word}"}, OrdersQuery)
        query = order_query(CALLER, OrdersQuery(sort=f"-{word},{word}"))
        assert [key.descending for key in query.sort] == [True, False]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"sort": "email"}, OrdersQuery)


def test_order_is_told_with_its_certificate() -> None:
    of = order(names=names("a.example.com", "b.example.com"), status=OrderStatus.ISSUED)
    page = OrderPage(items=(FoundOrder(order=of, certificate=issued(of)),), total=7)
    told = msgspec.to_builtins(orders(page, OrdersQuery(offset=5, limit=1)))
    assert (told["total"], told["offset"], told["limit"]) == (7, 5, 1)
    (only,) = told["orders"]
    assert (only["order_id"], only["names"]) == (100_001, ["a.example.com", "b.example.com"])
    assert only["certificate"] == {
        "certificate_id": of.certificate_id,
        "status": "issued",
        "serial_number": "1A2B",
        "not_before": "2026-11-22T12:00:00.000000Z",
        "not_after": f"{NOON + timedelta(days=90):%Y-%m-%d}T12:00:00.000000Z",
        "revoked_at": None,
    }
