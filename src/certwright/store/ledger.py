"""The money ledger as rows; the balance moves in the statement that checks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import InsufficientFunds, NotFound
from certwright.domain.ids import AccountId, OrderId, TransactionId
from certwright.domain.ledger import NOT_COVERED, Balance, Transaction, TransactionKind
from certwright.store.engine import to_instant, to_stored

if TYPE_CHECKING:
    from certwright.store.engine import Bindable, Connection, Row

_COLUMNS = ("id", "account_id", "kind", "reference", "amount_cents", "booked_at", "order_id", "memo")
_ENTRY_COLUMNS = ("transaction_id", "ledger", "amount_cents")
_MOVE = """
UPDATE account_balances SET balance_cents = balance_cents + $2
WHERE account_id = $1 AND ($2 >= 0 OR credit_limit_cents IS NULL OR balance_cents + $2 >= -credit_limit_cents)
"""
# Both databases lock a row by writing it.
_HOLD = """
UPDATE account_balances SET balance_cents = balance_cents WHERE account_id = $1
RETURNING balance_cents, credit_limit_cents
"""


class SQLLedger:
    """The money ledger in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def open(self, account_id: AccountId, credit_limit_cents: int | None) -> None:
        """Give a new account an empty balance."""
        await self._connection.execute(
            "INSERT INTO account_balances (account_id, balance_cents, credit_limit_cents) VALUES ($1, 0, $2)",
            account_id,
            credit_limit_cents,
        )

    async def set_credit_limit(self, account_id: AccountId, credit_limit_cents: int | None) -> None:
        """Set how far below nothing the balance may go."""
        await self._connection.execute(
            "UPDATE account_balances SET credit_limit_cents = $2 WHERE account_id = $1",
            account_id,
            credit_limit_cents,
        )

    async def book(self, *transactions: Transaction) -> None:
        """Store transactions of one account with their entries and move its balance."""
        if not transactions:
            return
        cents = sum(each.customer_cents for each in transactions)
        if await self._connection.execute(_MOVE, transactions[0].account_id, cents) != 1:
            raise InsufficientFunds(NOT_COVERED)
        await self._connection.insert("ledger_transactions", _COLUMNS, map(_to_row, transactions))
        await self._connection.insert(
            "ledger_entries",
            _ENTRY_COLUMNS,
            [
                (each.id, entry.ledger.value, entry.amount_cents)
                for each in transactions
                for entry in each.entries
            ],
        )

    async def hold(self, account_id: AccountId) -> Balance:
        """Return an account's balance and keep its row locked."""
        return _balance(await self._connection.fetch(_HOLD, account_id))

    async def balance(self, account_id: AccountId) -> Balance:
        """Return an account's balance."""
        rows = await self._connection.fetch(
            "SELECT balance_cents, credit_limit_cents FROM account_balances WHERE account_id = $1", account_id
        )
        return _balance(rows)

    async def list_of_account(self, account_id: AccountId) -> list[Transaction]:
        """List an account's transactions, oldest first."""
        return await self._list("account_id = $1", account_id)

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[Transaction]:
        """List an order's transactions, oldest first."""
        return await self._list("order_id = $1 AND account_id = $2", order_id, account_id)

    async def _list(self, condition: str, *values: Bindable) -> list[Transaction]:
        rows = await self._connection.fetch(
            f"SELECT {', '.join(_COLUMNS)} FROM ledger_transactions WHERE {condition} ORDER BY id", *values
        )
        return [_from_row(row) for row in rows]


def _balance(rows: list[Row]) -> Balance:
    if not rows:
        raise NotFound("account")
    return Balance(cents=rows[0][0], credit_limit_cents=rows[0][1])


def _to_row(transaction: Transaction) -> tuple[Bindable, ...]:
    return (
        transaction.id,
        transaction.account_id,
        transaction.kind.value,
        transaction.reference,
        transaction.amount_cents,
        to_stored(transaction.booked_at),
        transaction.order_id,
        transaction.memo,
    )


def _from_row(row: Row) -> Transaction:
    return Transaction(
        id=TransactionId(row[0]),
        account_id=AccountId(row[1]),
        kind=TransactionKind(row[2]),
        reference=row[3],
        amount_cents=row[4],
        booked_at=to_instant(row[5]),
        order_id=None if row[6] is None else OrderId(row[6]),
        memo=row[7],
    )
