"""What orders cost, and booking it: charges, refunds and top-ups in the account's ledger.

A booking happens in the transaction of what it is for, under a reference that the database keeps unique, so nothing is
charged twice, and an order that can't be paid for is not stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.certificate import CertificateKind, CertificateStatus
from certwright.domain.errors import InvalidInput
from certwright.domain.ids import TransactionId
from certwright.domain.ledger import Transaction, TransactionKind, to_cents
from certwright.services.ports import NumberKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from decimal import Decimal

    from certwright.domain.certificate import Certificate
    from certwright.domain.ids import AccountId, OrderId
    from certwright.domain.ledger import Balance
    from certwright.domain.order import Order, OrderedName
    from certwright.domain.product import PriceBreakdown, Product
    from certwright.services.ports import Clock, Store, UnitOfWork


def price_names(product: Product, names: Sequence[OrderedName], term_years: int) -> PriceBreakdown:
    """Price a certificate for these names; those that come free with the common name are not charged."""
    charged = product.charged_names([name.identifier for name in names])
    wildcards = sum(name.is_wildcard for name in charged)
    return product.price_of(term_years=term_years, names=len(charged) - wildcards, wildcard_names=wildcards)


def charge_of(order: Order, cents: int, number: int) -> Transaction:
    """Write the charge of a new order."""
    return Transaction(
        id=TransactionId(number),
        account_id=order.account_id,
        kind=TransactionKind.ORDER,
        reference=f"order:{order.id}",
        amount_cents=cents,
        booked_at=order.created_at,
        order_id=order.id,
    )


async def charge_reissue(
    work: UnitOfWork,
    product: Product,
    order: Order,
    certificate: Certificate,
    *,
    earlier: Iterable[Certificate],
    number: int,
) -> None:
    """Charge the names that a reissue adds to the most that the order ever had, for its whole term.

    Fewer names give nothing back: they stay paid for, and others may take their place. ``earlier`` are the order's
    certificates until now, of which those do not count that were given up.

    Raises:
        InsufficientFunds: balance and credit limit do not cover it.
    """
    before = max(
        price_names(product, each.names, order.term_years).total
        for each in earlier
        if each.kind is not CertificateKind.DUPLICATE and each.status is not CertificateStatus.CANCELED
    )
    after = price_names(product, certificate.names, order.term_years).total
    cents = max(to_cents(after - before), 0)
    await _book(
        work,
        order,
        number,
        cents,
        TransactionKind.ORDER,
        _reissue_reference(certificate),
        certificate.created_at,
    )


async def refund_order(work: UnitOfWork, order: Order, number: int, at: datetime) -> int:
    """Give back all that an order was charged, and return it in cents."""
    booked = await work.ledger.list_of_order(order.account_id, order.id)
    cents = -sum(transaction.customer_cents for transaction in booked)
    await _book(work, order, number, cents, TransactionKind.REFUND, f"refund:{order.id}", at)
    return cents


async def refund_reissue(
    work: UnitOfWork, order: Order, certificate: Certificate, number: int, at: datetime
) -> None:
    """Give back what the names cost that a reissue, now given up, was to add; once, however often it is asked for."""
    charge = _reissue_reference(certificate)
    refund = f"refund-{charge}"
    booked = await work.ledger.list_of_order(order.account_id, order.id)
    cents = -sum(t.customer_cents for t in booked if t.reference in {charge, refund})
    await _book(work, order, number, cents, TransactionKind.REFUND, refund, at)


def _reissue_reference(certificate: Certificate) -> str:
    return f"reissue:{certificate.id}"


async def _book(
    work: UnitOfWork,
    order: Order,
    number: int,
    cents: int,
    kind: TransactionKind,
    reference: str,
    at: datetime,
) -> None:
    if cents > 0:
        await work.ledger.book(
            Transaction(
                id=TransactionId(number),
                account_id=order.account_id,
                kind=kind,
                reference=reference,
                amount_cents=cents,
                booked_at=at,
                order_id=order.id,
            )
        )


class Billing:
    """Shows and tops up accounts' balances."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def balance(self, account_id: AccountId) -> Balance:
        """Return what an account has.

        Raises:
            NotFound: no such account.
        """
        async with self._store.reading() as work:
            return await work.ledger.balance(account_id)

    async def top_up(self, account_id: AccountId, amount: Decimal, *, memo: str = "") -> Balance:
        """Book money that came in from outside.

        Raises:
            InvalidInput: the amount is not positive.
            NotFound: no such account.
        """
        cents = to_cents(amount)
        if cents <= 0:
            raise InvalidInput.for_field("amount", "The amount must be positive")
        (number,) = await self._store.allot(NumberKind.TRANSACTION)
        async with self._store.writing() as work:
            await work.accounts.get(account_id)
            await work.ledger.book(
                Transaction(
                    id=TransactionId(number),
                    account_id=account_id,
                    kind=TransactionKind.TOP_UP,
                    reference=f"top-up:{number}",
                    amount_cents=cents,
                    booked_at=self._clock.now(),
                    memo=memo,
                )
            )
            return await work.ledger.balance(account_id)

    async def set_credit_limit(self, account_id: AccountId, limit: Decimal | None) -> Balance:
        """Set how far below nothing the balance may go; ``None`` sets no limit.

        Raises:
            InvalidInput: the limit is negative.
            NotFound: no such account.
        """
        if limit is not None and limit < 0:
            raise InvalidInput.for_field("credit_limit", "The credit limit must not be negative")
        async with self._store.writing() as work:
            await work.accounts.get(account_id)
            await work.ledger.set_credit_limit(account_id, None if limit is None else to_cents(limit))
            return await work.ledger.balance(account_id)

    async def list_of(self, account_id: AccountId) -> list[Transaction]:
        """List an account's transactions, oldest first."""
        async with self._store.reading() as work:
            return await work.ledger.list_of_account(account_id)

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[Transaction]:
        """List what was booked for an order of the account, oldest first."""
        async with self._store.reading() as work:
            return await work.ledger.list_of_order(account_id, order_id)
