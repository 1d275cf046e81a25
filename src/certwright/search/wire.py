"""Questions and answers as messages between the processes of one server, in msgpack.

Numbers beyond 64 bits travel as the largest that the databases know, which no stored value comes near.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

import msgspec

from certwright.domain.ids import AccountId, OrderId, ProductKey
from certwright.domain.query import (
    Between,
    Condition,
    Contains,
    OneOf,
    OrderField,
    OrderQuery,
    SortKey,
    Test,
    Value,
)
from certwright.domain.statistics import OrderStatistics
from certwright.domain.status import OrderStatus
from certwright.search.book_index import Found
from certwright.search.questions import (
    CountOrders,
    CountPlaced,
    FindOrders,
    IndexFigures,
    Question,
    ShelfFigures,
    Stated,
)
from certwright.services.ports import BookState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HIGHEST = 2**63 - 1


class _Message(msgspec.Struct, array_like=True, tag=True):
    """A message is a list that begins with its name."""


class _Instant(_Message):
    """An instant among other values; alone, msgpack tells it by itself."""

    microseconds: int


_SentValue: TypeAlias = str | int | _Instant | None
AnyAnswer: TypeAlias = Found | OrderStatistics | list[dict[OrderStatus, int]]


class _Condition(msgspec.Struct, array_like=True):
    field: OrderField
    test: Literal["one of", "contains", "between"]
    values: list[_SentValue]


class _Find(_Message):
    account_id: AccountId
    conditions: list[_Condition]
    sort: tuple[SortKey, ...]
    offset: int
    limit: int | None


class _CountOrders(_Message):
    account_id: AccountId
    at: datetime


class _CountPlaced(_Message):
    account_id: AccountId
    instants: tuple[datetime, ...]


class Asked(_Message):
    """A question, and the state that an answer must have reached."""

    question: _Find | _CountOrders | _CountPlaced
    at_least: BookState

    def unpack(self) -> Question[AnyAnswer]:
        """Return the question that was asked."""
        match self.question:
            case _Find():
                return FindOrders(_query(self.question))
            case _CountOrders(account_id=account_id, at=at):
                return CountOrders(account_id, at)
            case _CountPlaced(account_id=account_id, instants=instants):
                return CountPlaced(account_id, instants)


class AskedForFigures(_Message):
    """The question how the indexes are."""


class _Found(_Message):
    total: int
    order_ids: list[OrderId]


class _OrdersCounted(_Message):
    by_status: dict[OrderStatus, int]
    by_product: dict[ProductKey, int]
    expiring: dict[int, int]


class _PlacedCounted(_Message):
    counts: list[dict[OrderStatus, int]]


class Answered(_Message):
    """An answer and the state it is of."""

    answer: _Found | _OrdersCounted | _PlacedCounted
    state: BookState

    def unpack(self) -> Stated[AnyAnswer]:
        """Return the answer that was given."""
        match self.answer:
            case _Found(total=total, order_ids=order_ids):
                return Stated(Found(total, order_ids), self.state)
            case _OrdersCounted(by_status=by_status, by_product=by_product, expiring=expiring):
                counted = OrderStatistics(by_status=by_status, by_product=by_product, expiring=expiring)
                return Stated(counted, self.state)
            case _PlacedCounted(counts=counts):
                return Stated(counts, self.state)


class Declined(_Message):
    """No index answers; ``is_held`` says whether the account has one."""

    is_held: bool


class Figures(_Message):
    """How the indexes are: of each the account, its orders, and what it is behind."""

    indexes: list[tuple[AccountId, int, int]]
    builds: int
    failed_builds: int

    def unpack(self) -> ShelfFigures:
        """Return the figures that were told."""
        return ShelfFigures(
            indexes=tuple(
                IndexFigures(account_id=account_id, orders=orders, behind=behind)
                for account_id, orders, behind in self.indexes
            ),
            builds=self.builds,
            failed_builds=self.failed_builds,
        )


_encoder = msgspec.msgpack.Encoder()
_questions: msgspec.msgpack.Decoder[Asked | AskedForFigures] = msgspec.msgpack.Decoder(
    Asked | AskedForFigures
)
_answers: msgspec.msgpack.Decoder[Answered | Declined | Figures] = msgspec.msgpack.Decoder(
    Answered | Declined | Figures
)


def pack(message: Asked | AskedForFigures | Answered | Declined | Figures) -> bytes:
    """Turn a message into bytes."""
    return _encoder.encode(message)


def unpack_question(data: bytes) -> Asked | AskedForFigures:
    """Read a question.

    Raises:
        msgspec.DecodeError: it is none.
    """
    return _questions.decode(data)


def unpack_answer(data: bytes) -> Answered | Declined | Figures:
    """Read an answer.

    Raises:
        msgspec.DecodeError: it is none.
    """
    return _answers.decode(data)


def asked(question: Question[object], at_least: BookState) -> Asked:
    """Make a message of a question."""
    match question:
        case FindOrders(query=query):
            find = _Find(
                query.account_id,
                [_condition(condition) for condition in query.conditions],
                query.sort,
                min(query.offset, _HIGHEST),
                query.limit,
            )
            return Asked(find, at_least)
        case CountOrders(account_id=account_id, at=at):
            return Asked(_CountOrders(account_id, at), at_least)
        case CountPlaced(account_id=account_id, instants=instants):
            return Asked(_CountPlaced(account_id, instants), at_least)
        case _:
            raise TypeError("There is no message for such a question")


def answered(stated: Stated[AnyAnswer]) -> Answered:
    """Make a message of an answer."""
    match stated.answer:
        case Found(total=total, order_ids=order_ids):
            return Answered(_Found(total, list(order_ids)), stated.state)
        case OrderStatistics(by_status=by_status, by_product=by_product, expiring=expiring):
            counted = _OrdersCounted(dict(by_status), dict(by_product), dict(expiring))
            return Answered(counted, stated.state)
        case counts:
            return Answered(_PlacedCounted(counts), stated.state)


def _condition(condition: Condition) -> _Condition:
    match condition.test:
        case OneOf(values=values):
            return _Condition(condition.field, "one of", [_sent(value) for value in values])
        case Contains(text=text):
            return _Condition(condition.field, "contains", [text])
        case Between(low=low, high=high):
            return _Condition(condition.field, "between", [_sent(low), _sent(high)])


def _query(message: _Find) -> OrderQuery:
    return OrderQuery(
        account_id=message.account_id,
        conditions=tuple(Condition(each.field, _test(each)) for each in message.conditions),
        sort=message.sort,
        offset=message.offset,
        limit=message.limit,
    )


def _test(sent: _Condition) -> Test:
    values = [_value(value) for value in sent.values]
    match sent.test:
        case "one of":
            return OneOf(tuple(value for value in values if value is not None))
        case "contains":
            return Contains(str(values[0]))
        case "between":
            return Between(low=values[0], high=values[1])


def _sent(value: Value | None) -> _SentValue:
    match value:
        case datetime():
            return _Instant((value - _EPOCH) // _MICROSECOND)
        case int():
            return max(-_HIGHEST, min(value, _HIGHEST))
        case _:
            return value


def _value(sent: _SentValue) -> Value | None:
    return _EPOCH + sent.microseconds * _MICROSECOND if isinstance(sent, _Instant) else sent
