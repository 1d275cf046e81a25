"""Orders are charged in the transaction that stores them, never beyond the credit limit, never twice."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import InsufficientFunds, InvalidInput, NotFound
from certwright.domain.ids import AccountId
from certwright.domain.ledger import Balance, TransactionKind
from certwright.services.billing import price_names
from tests.support.orders import ordered, place

if TYPE_CHECKING:
    from tests.support.server import Server

MANY = "positivessl-multi-domain"  # 20, each further name 8, each wildcard 45


async def cents(server: Server) -> int:
    return (await server.program.use.billing.balance(server.account.account.id)).cents


@pytest.mark.parametrize(
    ("names", "years", "price"),
    [
        (("a.example",), 1, "20"),
        (("a.example", "b.example", "c.example"), 1, "36"),
        (("a.example", "*.b.example"), 1, "65"),
        (("a.example", "b.example"), 2, "56"),
    ],
)
def test_names_have_their_price(server: Server, names: tuple[str, ...], years: int, price: str) -> None:
    product = server.program.use.catalogue.get(MANY)
    assert price_names(product, ordered(*names), years).total == Decimal(price)


async def test_placed_order_is_charged_under_its_number(server: Server) -> None:
    view = await place(server)
    (charge,) = await server.program.use.billing.list_of_order(view.order.account_id, view.order.id)
    assert (charge.kind, charge.reference, charge.amount_cents) == (
        TransactionKind.ORDER,
        f"order:{view.order.id}",
        2000,
    )
    assert await server.program.use.billing.list_of(view.order.account_id) == [charge]
    assert await cents(server) == -2000


async def test_order_that_can_not_be_paid_for_is_not_stored(each_server: Server) -> None:
    server, billing = each_server, each_server.program.use.billing
    account_id = server.account.account.id
    await billing.set_credit_limit(account_id, Decimal("19.99"))
    with pytest.raises(InsufficientFunds):
        await place(server)
    async with server.program.store.reading() as work:
        assert await work.changes.list_after(account_id, 0, 10) == []
    assert await billing.top_up(account_id, Decimal("0.01"), memo="transfer") == Balance(
        cents=1, credit_limit_cents=1999
    )
    await place(server)
    assert await cents(server) == -1999


async def test_orders_at_once_never_pass_the_credit_limit(each_server: Server) -> None:
    server = each_server
    await server.program.use.billing.set_credit_limit(server.account.account.id, Decimal(60))
    results = await asyncio.gather(*(place(server) for _ in range(8)), return_exceptions=True)
    assert sum(not isinstance(result, BaseException) for result in results) == 3
    assert all(isinstance(r, InsufficientFunds) for r in results if isinstance(r, BaseException)), results
    assert await cents(server) == -6000


async def test_limit_can_be_taken_away(server: Server) -> None:
    billing, account_id = server.program.use.billing, server.account.account.id
    await billing.set_credit_limit(account_id, Decimal(0))
    with pytest.raises(InsufficientFunds):
        await place(server)
    assert (await billing.set_credit_limit(account_id, None)).credit_limit_cents is None
    await place(server)


@pytest.mark.parametrize("amount", ["0", "-5", "0.004"])
async def test_top_up_is_positive(server: Server, amount: str) -> None:
    with pytest.raises(InvalidInput):
        await server.program.use.billing.top_up(server.account.account.id, Decimal(amount))


async def test_negative_limit_and_unknown_account(server: Server) -> None:
    billing, nobody = server.program.use.billing, AccountId(999)
    with pytest.raises(InvalidInput):
        await billing.set_credit_limit(server.account.account.id, Decimal(-1))
    with pytest.raises(NotFound):
        await billing.balance(nobody)
    with pytest.raises(NotFound):
        await billing.top_up(nobody, Decimal(1))
    with pytest.raises(NotFound):
        await billing.set_credit_limit(nobody, None)
