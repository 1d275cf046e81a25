"""Money: double entries in whole cents, append-only, each booked once.

A transaction moves an amount from one ledger to another, so its two entries add up to nothing. ``reference`` names
what the transaction is for (``order:100001``) and is unique: booking the same thing twice is refused by the database,
however often a request is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from certwright.domain.errors import InsufficientFunds

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.ids import AccountId, OrderId, TransactionId

_CENT = Decimal("0.01")

NOT_COVERED = "The account's balance and credit limit do not cover the order"


class Ledger(StrEnum):
    """Where money lies: with the customer, earned, or come in from outside."""

    CUSTOMER = "customer"
    REVENUE = "revenue"
    RECEIPTS = "receipts"


class TransactionKind(StrEnum):
    """Why money moves, which also says between which ledgers."""

    ORDER = "order"
    REFUND = "refund"
    TOP_UP = "top_up"


_SOURCES = {
    TransactionKind.ORDER: (Ledger.CUSTOMER, Ledger.REVENUE),
    TransactionKind.REFUND: (Ledger.REVENUE, Ledger.CUSTOMER),
    TransactionKind.TOP_UP: (Ledger.RECEIPTS, Ledger.CUSTOMER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One side of a transaction: what a ledger gains (positive) or gives (negative), in cents."""

    ledger: Ledger
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A movement of a positive amount, booked once and never altered."""

    id: TransactionId
    account_id: AccountId
    kind: TransactionKind
    reference: str
    amount_cents: int
    booked_at: datetime
    order_id: OrderId | None = None
    memo: str = ""

    @property
    def entries(self) -> tuple[Entry, Entry]:
        """The two entries, which add up to nothing."""
        source, target = _SOURCES[self.kind]
        return (
            Entry(ledger=source, amount_cents=-self.amount_cents),
            Entry(ledger=target, amount_cents=self.amount_cents),
        )

    @property
    def customer_cents(self) -> int:
        """What the customer's balance gains or gives."""
        source, _ = _SOURCES[self.kind]
        return -self.amount_cents if source is Ledger.CUSTOMER else self.amount_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What an account has, and how far below nothing it may go; ``None`` sets no limit."""

    cents: int
    credit_limit_cents: int | None = None

    def less(self, cents: int) -> Balance:
        """Return what is left after a charge; a charge of nothing is always covered.

        Raises:
            InsufficientFunds: balance and credit limit do not cover it.
        """
        left = self.cents - cents
        if cents > 0 and self.credit_limit_cents is not None and left < -self.credit_limit_cents:
            raise InsufficientFunds(NOT_COVERED)
        return replace(self, cents=left)


def to_cents(amount: Decimal) -> int:
    """Turn an amount of money into whole cents, half a cent up."""
    return int((amount.quantize(_CENT, rounding=ROUND_HALF_UP)) * 100)


def to_amount(cents: int) -> Decimal:
    """Turn cents into an amount of money with two places."""
    return (Decimal(cents) / 100).quantize(_CENT)
