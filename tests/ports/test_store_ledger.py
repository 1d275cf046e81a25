"""The ledger in the store: booked once, never beyond the credit limit, and the balance is the sum of its entries."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.errors import Conflict, InsufficientFunds, NotFound
from certwright.domain.ids import AccountId, OrderId, TransactionId
from certwright.domain.ledger import Balance, Transaction, TransactionKind
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.store.unit_of_work import SQLStore
    from tests.support.stores import OpenStore

K = TransactionKind


def transaction(number: int, kind: TransactionKind, cents: int, **changes: Any) -> Transaction:
    made = Transaction(
        id=TransactionId(number),
        account_id=ACCOUNT,
        kind=kind,
        reference=f"{kind}:{number}",
        amount_cents=cents,
        booked_at=NOON,
    )
    return replace(made, **changes)


async def open_accounts(store: SQLStore, credit_limit_cents: int | None) -> None:
    await add_accounts(store)
    async with store.writing() as work:
        for account_id in (ACCOUNT, OTHER_ACCOUNT):
            await work.ledger.open(account_id, credit_limit_cents)


async def book(store: SQLStore, *transactions: Transaction) -> None:
    async with store.writing() as work:
        for each in transactions:
            await work.ledger.book(each)


async def balance(store: SQLStore, account_id: AccountId = ACCOUNT) -> int:
    async with store.reading() as work:
        return (await work.ledger.balance(account_id)).cents


async def test_balance_is_the_sum_of_what_was_booked(store: SQLStore) -> None:
    await open_accounts(store, None)
    order = transaction(2, K.ORDER, 3790, order_id=OrderId(7), memo="B\u00fccher")
    refund = transaction(3, K.REFUND, 790, order_id=OrderId(7))
    top_up = transaction(1, K.TOP_UP, 1000)
    foreign = transaction(4, K.ORDER, 5, account_id=OTHER_ACCOUNT, order_id=OrderId(7))
    await book(store, top_up, order, refund, foreign)

    assert (await balance(store), await balance(store, OTHER_ACCOUNT)) == (-2000, -5)
    async with store.reading() as work:
        assert await work.ledger.list_of_account(ACCOUNT) == [top_up, order, refund]
        assert await work.ledger.list_of_order(ACCOUNT, OrderId(7)) == [order, refund]
        assert await work.ledger.list_of_order(OTHER_ACCOUNT, OrderId(7)) == [foreign]
        with pytest.raises(NotFound, match="Account"):
            await work.ledger.balance(AccountId(9))


async def test_entries_of_every_transaction_add_up_to_nothing(opened: OpenStore) -> None:
    await open_accounts(opened.store, None)
    await book(opened.store, *(transaction(n, kind, 10 * n) for n, kind in enumerate(K, start=1)))
    async with opened.engine.reading() as connection:
        sums = await connection.fetch(
            "SELECT transaction_id, count(*), sum(amount_cents) FROM ledger_entries "
            "GROUP BY transaction_id ORDER BY transaction_id"
        )
        of_customer = await connection.fetch(
            "SELECT sum(amount_cents) FROM ledger_entries WHERE ledger = 'customer'"
        )
    assert [(row[0], row[1], int(row[2])) for row in sums] == [(1, 2, 0), (2, 2, 0), (3, 2, 0)]
    assert int(of_customer[0][0]) == await balance(opened.store)


async def test_credit_limit_is_the_last_cent_that_is_covered(store: SQLStore) -> None:
    await open_accounts(store, 1000)
    await book(store, transaction(1, K.ORDER, 1000))
    with pytest.raises(InsufficientFunds):
        await book(store, transaction(2, K.ORDER, 1))
    await book(store, transaction(3, K.TOP_UP, 1), transaction(4, K.ORDER, 1))
    async with store.writing() as work:
        await work.ledger.set_credit_limit(ACCOUNT, 500)
        assert await work.ledger.balance(ACCOUNT) == Balance(cents=-1000, credit_limit_cents=500)
    # Money that comes in is always welcome, even below a limit that was narrowed.
    await book(store, transaction(5, K.REFUND, 1))
    assert await balance(store) == -999


async def test_same_reference_is_booked_once(store: SQLStore) -> None:
    await open_accounts(store, None)
    await book(store, transaction(1, K.ORDER, 100, reference="order:7"))
    with pytest.raises(Conflict):
        await book(store, transaction(2, K.ORDER, 100, reference="order:7"))
    with pytest.raises(Conflict):
        await book(store, transaction(3, K.ORDER, 1, reference="order:7", account_id=OTHER_ACCOUNT))
    assert (await balance(store), await balance(store, OTHER_ACCOUNT)) == (-100, 0)


async def test_transaction_that_is_undone_moves_nothing(store: SQLStore) -> None:
    await open_accounts(store, None)

    async def fail() -> None:
        async with store.writing() as work:
            await work.ledger.book(transaction(1, K.ORDER, 100))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with store.reading() as work:
        assert await work.ledger.list_of_account(ACCOUNT) == []
    assert await balance(store) == 0


async def test_many_at_once_never_pass_the_credit_limit(opened: OpenStore) -> None:
    """Two processes, twenty orders at once, money for seven."""
    await open_accounts(opened.store, 700)
    stores = (opened.store, await opened.another())
    results = await asyncio.gather(
        *(book(stores[number % 2], transaction(number, K.ORDER, 100)) for number in range(1, 21)),
        return_exceptions=True,
    )
    assert results.count(None) == 7
    assert all(isinstance(result, InsufficientFunds) for result in results if result is not None), results
    assert await balance(opened.store) == -700
    async with opened.store.reading() as work:
        assert len(await work.ledger.list_of_account(ACCOUNT)) == 7


async def test_many_at_once_book_a_reference_once(opened: OpenStore) -> None:
    await open_accounts(opened.store, None)
    stores = (opened.store, await opened.another())
    results = await asyncio.gather(
        *(book(stores[n % 2], transaction(n, K.ORDER, 100, reference="order:7")) for n in range(1, 11)),
        return_exceptions=True,
    )
    assert results.count(None) == 1
    assert all(isinstance(result, Conflict) for result in results if result is not None), results
    assert await balance(opened.store) == -100
