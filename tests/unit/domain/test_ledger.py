"""Money in whole cents, and transactions whose two entries add up to nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.domain.ids import TransactionId
from certwright.domain.ledger import Ledger, Transaction, TransactionKind, to_amount, to_cents
from tests.support.book import ACCOUNT
from tests.support.clock import NOON


def transaction(kind: TransactionKind, cents: int) -> Transaction:
    return Transaction(
        id=TransactionId(1),
        account_id=ACCOUNT,
        kind=kind,
        reference="x",
        amount_cents=cents,
        booked_at=NOON,
    )


@given(kind=st.sampled_from(TransactionKind), cents=st.integers(1, 10**15))
def test_entries_add_up_to_nothing_and_name_the_customer_once(kind: TransactionKind, cents: int) -> None:
    booked = transaction(kind, cents)
    assert sum(entry.amount_cents for entry in booked.entries) == 0
    assert [entry.ledger for entry in booked.entries].count(Ledger.CUSTOMER) == 1
    assert abs(booked.customer_cents) == cents


@pytest.mark.parametrize(
    ("kind", "gains"),
    [(TransactionKind.ORDER, -5), (TransactionKind.REFUND, 5), (TransactionKind.TOP_UP, 5)],
)
def test_orders_cost_and_the_rest_gives(kind: TransactionKind, gains: int) -> None:
    assert transaction(kind, 5).customer_cents == gains


@pytest.mark.parametrize(
    ("text", "cents"), [("0", 0), ("37.9", 3790), ("0.005", 1), ("0.0049", 0), ("-1.50", -150)]
)
def test_amounts_are_rounded_to_cents_half_up(text: str, cents: int) -> None:
    assert to_cents(Decimal(text)) == cents


@given(st.integers(-(10**15), 10**15))
def test_cents_come_back_from_the_amount_they_make(cents: int) -> None:
    amount = to_amount(cents)
    assert amount.as_tuple().exponent == -2
    assert to_cents(amount) == cents
