"""What is sent arrives as it was, to the microsecond."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given

from certwright.domain.ids import OrderId, ProductKey
from certwright.domain.query import (
    Between,
    Condition,
    Contains,
    OneOf,
    OrderField,
    OrderQuery,
    SortKey,
    Value,
)
from certwright.domain.statistics import OrderStatistics
from certwright.domain.status import OrderStatus
from certwright.search import wire
from certwright.search.book_index import Found
from certwright.search.questions import (
    CountOrders,
    CountPlaced,
    FindOrders,
    IndexFigures,
    ShelfFigures,
    Stated,
)
from certwright.services.ports import BookState
from tests.ports.test_order_search import QUERIES
from tests.support.book import ACCOUNT

if TYPE_CHECKING:
    from certwright.domain.query import Test

HIGHEST = 2**63 - 1
STATE = BookState(7, 3)
INSTANT = datetime(2026, 11, 22, 12, 0, 0, 123457, tzinfo=UTC)


def clamped(query: OrderQuery) -> OrderQuery:
    """Bring numbers into 64 bits, as the store does."""

    def number(value: Value | None) -> Any:
        return max(-HIGHEST, min(value, HIGHEST)) if isinstance(value, int) else value

    def test(of: Test) -> Test:
        match of:
            case OneOf(values=values):
                return OneOf(tuple(map(number, values)))
            case Between(low=low, high=high):
                return Between(low=number(low), high=number(high))
            case Contains():
                return of

    conditions = tuple(Condition(each.field, test(each.test)) for each in query.conditions)
    return replace(query, conditions=conditions, offset=min(query.offset, HIGHEST))


@given(query=QUERIES)
def test_queries_arrive(query: OrderQuery) -> None:
    query = replace(query, limit=None if query.limit is None else min(query.limit, 1000))
    message = wire.unpack_question(wire.pack(wire.asked(FindOrders(query), STATE)))
    assert isinstance(message, wire.Asked)
    assert (message.unpack(), message.at_least) == (FindOrders(clamped(query)), STATE)


def test_a_query_of_everything_arrives() -> None:
    conditions = (
        Condition(OrderField.NAME, Contains("exämple.")),
        Condition(OrderField.CREATED_AT, Between(low=INSTANT)),
        Condition(OrderField.NOT_AFTER, OneOf((INSTANT, INSTANT + timedelta(microseconds=1)))),
        Condition(OrderField.STATUS, OneOf(())),
    )
    sort = (SortKey(field=OrderField.COMMON_NAME), SortKey(field=OrderField.ID, descending=True))
    query = OrderQuery(account_id=ACCOUNT, conditions=conditions, sort=sort, offset=5, limit=20)
    message = wire.unpack_question(wire.pack(wire.asked(FindOrders(query), STATE)))
    assert isinstance(message, wire.Asked)
    assert message.unpack() == FindOrders(query)


@pytest.mark.parametrize(
    "question",
    [
        CountOrders(ACCOUNT, INSTANT),
        CountPlaced(ACCOUNT, (INSTANT, INSTANT.astimezone(timezone(timedelta(hours=8))) + timedelta(days=1))),
    ],
)
def test_counts_are_asked_for(question: CountOrders | CountPlaced) -> None:
    message = wire.unpack_question(wire.pack(wire.asked(question, STATE)))
    assert isinstance(message, wire.Asked)
    assert (message.unpack(), message.at_least) == (question, STATE)


@pytest.mark.parametrize(
    "answer",
    [
        Found(12, [OrderId(3), OrderId(2**40)]),
        OrderStatistics(
            by_status={OrderStatus.ISSUED: 2}, by_product={ProductKey("SSL-plus"): 2}, expiring={30: 1, 60: 2}
        ),
        [{OrderStatus.PENDING: 1}, {}],
    ],
)
def test_answers_arrive(answer: Any) -> None:
    message = wire.unpack_answer(wire.pack(wire.answered(Stated(answer, STATE))))
    assert isinstance(message, wire.Answered)
    assert message.unpack() == Stated(answer, STATE)


def test_figures_arrive() -> None:
    message = wire.unpack_answer(wire.pack(wire.Figures([(ACCOUNT, 5, 2)], builds=1, failed_builds=3)))
    assert isinstance(message, wire.Figures)
    index = IndexFigures(account_id=ACCOUNT, orders=5, behind=2)
    assert message.unpack() == ShelfFigures(indexes=(index,), builds=1, failed_builds=3)


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x80", wire.pack(wire.Declined(is_held=False))])
def test_nonsense_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        wire.unpack_question(data)
