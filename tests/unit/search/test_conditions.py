"""Which conditions the index answers, and what fulfills them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from certwright.domain.query import (
    Between,
    Condition,
    Contains,
    CustomValueTest,
    OneOf,
    OrderField,
    OrderQuery,
)
from certwright.search.columns import Columns
from certwright.search.conditions import are_answerable, matching
from tests.support.indexed import ACCOUNT, EPOCH, indexed

F = OrderField


def is_answerable(*conditions: Condition) -> bool:
    return are_answerable(OrderQuery(account_id=ACCOUNT, conditions=conditions))


@pytest.mark.parametrize(
    "condition",
    [
        Condition(F.ID, OneOf((1,))),
        Condition(F.CERTIFICATE_ID, OneOf((1,))),
        Condition(F.SERIAL_NUMBER, Contains("A")),
        Condition(F.THUMBPRINT, OneOf(("A",))),
        Condition(F.ALTERNATIVE_ORDER_ID, Between()),
        Condition(F.NAME, Between(low="a")),
        Condition(F.EMAIL, Between()),
        Condition(F.EMAIL_OR_COMMON_NAME, Between(high="a")),
        Condition(F.TERM_YEARS, Contains("1")),
        Condition(F.TERM_YEARS, OneOf(("1",))),
        Condition(F.COMMON_NAME, OneOf((1,))),
        Condition(F.COMMON_NAME, Contains("a\0b")),
        Condition(F.EMAIL, Contains("\ud800")),
        Condition(F.STATUS, OneOf(tuple(f"a{number}" for number in range(1001)))),
    ],
)
def test_what_is_left_to_the_database(condition: Condition) -> None:
    assert not is_answerable(condition)


def test_custom_fields_and_very_many_conditions_are_left_to_the_database() -> None:
    assert not are_answerable(OrderQuery(account_id=ACCOUNT, custom_values=(CustomValueTest(),)))
    conditions = [Condition(F.TERM_YEARS, Between(low=-number)) for number in range(65)]
    assert not is_answerable(*conditions)
    assert is_answerable(*conditions[1:], conditions[1])


def test_what_fulfills_conditions() -> None:
    columns = Columns()
    columns.extend(
        [
            indexed(1, common_name="a.example", other_names=("b.example",), email="it@b.example"),
            indexed(2, common_name="b.example", term_years=2, not_after=5),
            indexed(3, common_name="www.a.example", status="issued", not_after=2_000_000),
        ]
    )
    columns.settle()

    def found(field: OrderField, test: OneOf | Contains | Between) -> list[int]:
        assert is_answerable(Condition(field, test))
        return [ordinal + 1 for ordinal in matching(columns, (Condition(field, test),))]

    assert list(matching(columns, ())) == [0, 1, 2]
    assert found(F.ID, OneOf(())) == []
    assert found(F.ID, Between(low=2, high=10**30)) == [2, 3]
    assert found(F.NAME, OneOf(("B.example", "nobody"))) == [1, 2]
    assert found(F.COMMON_NAME, OneOf(("b.example",))) == [2]
    assert found(F.COMMON_NAME, Between(low="b")) == [2, 3]
    assert found(F.COMMON_NAME, Contains("a.e" * 4000)) == []
    assert found(F.EMAIL_OR_COMMON_NAME, Contains("B.EX")) == [1, 2]
    assert found(F.EMAIL, OneOf(("it@b.example",))) == [1]
    assert found(F.EMAIL, Contains("")) == [1, 2, 3]
    assert found(F.NAME, Contains("")) == [1, 2, 3]
    assert found(F.STATUS, Contains("ssu")) == [3]
    assert found(F.STATUS, Between(high="J")) == [3]
    assert found(F.NOT_AFTER, Between()) == [2, 3]
    assert found(F.NOT_AFTER, OneOf((EPOCH + timedelta(microseconds=5),))) == [2]
    assert found(F.ORGANIZATION_ID, Between()) == []
    assert found(F.CREATED_AT, Between()) == [1, 2, 3]
    assert found(F.CREATED_AT, OneOf((EPOCH + timedelta(days=2),))) == [2]
