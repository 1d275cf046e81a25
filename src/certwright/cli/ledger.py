"""``certwright ledger``: what accounts have, what came in, and what was booked."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

from certwright.cli.output import as_json, print_fields, print_json, print_table, run
from certwright.domain.ids import AccountId
from certwright.domain.ledger import to_amount

if TYPE_CHECKING:
    from certwright.domain.ledger import Balance


class Amount(click.ParamType[Decimal]):
    """An amount of money with at most two places."""

    name = "amount"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Read the amount."""
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{value!r} is not an amount", param, ctx)
        if not amount.is_finite() or amount != round(amount, 2) or abs(amount) >= 10**12:
            self.fail(f"{value!r} is not an amount with at most two places", param, ctx)
        return amount


account_option = click.option("--account", "account_id", type=int, required=True, help="The account's id.")


@click.group()
def ledger() -> None:
    """Show and top up the balances that orders are charged to."""


@ledger.command("show")
@account_option
@as_json
def show_ledger(account_id: int, *, as_json: bool) -> None:
    """Show an account's balance and every transaction."""
    balance = run(lambda program: program.use.billing.balance(AccountId(account_id)))
    booked = run(lambda program: program.use.billing.list_of(AccountId(account_id)))
    rows = [
        {
            "transaction_id": t.id,
            "booked_at": t.booked_at.isoformat(timespec="seconds"),
            "reference": t.reference,
            "amount": str(to_amount(t.customer_cents)),
            "memo": t.memo,
        }
        for t in booked
    ]
    if as_json:
        print_json({**_balance_fields(balance), "transactions": rows})
        return
    print_fields(_balance_fields(balance))
    print_table(["id", "booked", "reference", "amount", "memo"], [list(row.values()) for row in rows])


@ledger.command("top-up")
@account_option
@click.argument("amount", type=Amount())
@click.option("--memo", default="", help="Where the money came from.")
def top_up(account_id: int, amount: Decimal, memo: str) -> None:
    """Book AMOUNT as received from the account's owner."""
    balance = run(lambda program: program.use.billing.top_up(AccountId(account_id), amount, memo=memo))
    print_fields(_balance_fields(balance))


@ledger.command("limit")
@account_option
@click.argument("amount", type=Amount(), required=False)
def set_limit(account_id: int, amount: Decimal | None) -> None:
    """Let the balance go AMOUNT below nothing; without AMOUNT, as far as it likes (as for new accounts)."""
    balance = run(lambda program: program.use.billing.set_credit_limit(AccountId(account_id), amount))
    print_fields(_balance_fields(balance))


def _balance_fields(balance: Balance) -> dict[str, object]:
    limit = balance.credit_limit_cents
    return {
        "balance": str(to_amount(balance.cents)),
        "credit_limit": "none" if limit is None else str(to_amount(limit)),
    }
