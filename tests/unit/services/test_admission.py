"""What an order of a batch takes is gone for the later ones, and what is refused takes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.account import ApprovalPolicy
from certwright.domain.errors import InsufficientFunds, NotFound, RenewalRefused
from certwright.services.bulk_ordering import PlacedOrder
from certwright.services.idempotency import IdempotencyKey
from tests.support.customers import new_customer
from tests.support.orders import new_order

if TYPE_CHECKING:
    from certwright.domain.errors import CertwrightError
    from tests.support.customers import Customer
    from tests.support.server import Server

KEY = IdempotencyKey("number 7", b"as it was")
OTHER = IdempotencyKey("number 7", b"another")


async def customer_with(server: Server, orders: int) -> Customer:
    """Make a customer with funds for so many orders at 20.00."""
    return await new_customer(server, approval=ApprovalPolicy.NONE, credit_limit_cents=orders * 2000)


async def outcomes(
    server: Server, customer: Customer, *changes: dict[str, Any]
) -> list[PlacedOrder | type[CertwrightError]]:
    """Place orders together and return what was placed, or the kind of refusal."""
    orders = [replace(new_order(server), **each) for each in changes]
    placed = await server.program.use.bulk_ordering.place_many(customer.caller, orders)
    return [each if isinstance(each, PlacedOrder) else type(each) for each in placed]


async def test_order_that_funds_do_not_cover_is_refused_and_a_cheaper_one_goes_on(
    each_server: Server,
) -> None:
    customer = await customer_with(each_server, 3)
    found = await outcomes(each_server, customer, {}, {"term_years": 5}, {"term_years": 2}, {})
    assert found[1::2] == [InsufficientFunds, InsufficientFunds]
    assert [type(each) for each in found[::2]] == [PlacedOrder, PlacedOrder]
    balance = await each_server.program.use.billing.balance(customer.caller.account_id)
    assert balance.cents == -6000


async def test_order_is_renewed_by_the_first_that_is_let_in(each_server: Server) -> None:
    customer = await customer_with(each_server, 1)
    renews = {"renewal_of_order_id": customer.renewable[0]}
    found = await outcomes(each_server, customer, {**renews, "term_years": 2}, renews, renews)
    assert found[::2] == [InsufficientFunds, RenewalRefused]
    assert isinstance(found[1], PlacedOrder)
    old = await each_server.program.use.ordering.show(customer.caller, customer.renewable[0])
    assert old.order.renewed_by_order_id == found[1].order_id


async def test_key_of_a_refused_order_falls_to_a_later_one(each_server: Server) -> None:
    customer = await customer_with(each_server, 1)
    orders: list[dict[str, Any]] = [
        {"idempotency_key": KEY, "term_years": 2},
        {"idempotency_key": OTHER},
        {"idempotency_key": OTHER, "term_years": 2},
    ]
    refused, placed, repeated = await outcomes(each_server, customer, *orders)
    assert refused is InsufficientFunds
    assert isinstance(placed, PlacedOrder)
    again = replace(placed, is_new=False)
    assert repeated == again
    assert await outcomes(each_server, customer, orders[1]) == [again]


@pytest.mark.parametrize("name", ["administrator_contact_id", "organization_id", "renewal_of_order_id"])
@pytest.mark.parametrize("number", [-1, 0, 2**31 - 1, 2**31, 2**64])
async def test_number_that_nothing_can_have_is_not_found(server: Server, name: str, number: int) -> None:
    customer = await customer_with(server, 1)
    found = await outcomes(server, customer, {name: number}, {})
    assert found[0] is NotFound
    assert isinstance(found[1], PlacedOrder)
