"""Which validation proves a name, for orders of several accounts asked about at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from certwright.domain.dcv import DCVMethod, Validation, ValidationStatus
from certwright.domain.ids import OrderId
from certwright.services.name_proofs import missing_validations, name_proofs, proofs_of
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts, add_order, names, order, validation
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.domain.order import Order
    from certwright.store.unit_of_work import SQLStore

LATER = NOON + timedelta(days=10)


def valid(number: int, domain: str, **changes: Any) -> Validation:
    made = validation(
        number,
        domain=domain,
        status=ValidationStatus.VALID,
        proved_domain=domain,
        validated_at=NOON,
        reusable_until=NOON + timedelta(days=100),
    )
    return replace(made, **changes)


async def stored(store: SQLStore, *validations: Validation, orders: tuple[Order, ...]) -> None:
    await add_accounts(store)
    for each in orders:
        await add_order(store, each)
    async with store.writing() as work:
        await work.validations.add(*validations)


async def test_proof_of_an_account_serves_no_other_account(store: SQLStore) -> None:
    mine = order(1, names=names("www.example.com"))
    theirs = order(2, account_id=OTHER_ACCOUNT, names=names("www.example.com"))
    await stored(store, valid(1, "example.com", order_id=OrderId(9)), orders=(mine, theirs))
    async with store.reading() as work:
        (own,), (other,) = await proofs_of(work, [(mine, mine.names), (theirs, theirs.names)], LATER)
    assert (own.is_proved, other.is_proved, other.validation) == (True, False, None)


async def test_each_order_gets_the_proofs_of_its_own_names(store: SQLStore) -> None:
    first = order(1, names=names("a.example.com", "b.example.org"))
    second = order(2, names=names("b.example.org", "*.c.example.com"))
    known = [
        valid(1, "a.example.com", order_id=OrderId(1)),
        valid(2, "example.org", order_id=OrderId(9), method=DCVMethod.WEBSITE),
        validation(3, order_id=OrderId(2), domain="b.example.org"),
        valid(4, "c.example.com", order_id=OrderId(9)),
    ]
    await stored(store, *known, orders=(first, second))
    async with store.reading() as work:
        proofs = await proofs_of(work, [(first, first.names), (second, second.names)], LATER)
        alone = [await name_proofs(work, each, LATER) for each in (first, second)]
    assert [[(p.validation and p.validation.id, p.is_proved) for p in some] for some in proofs] == [
        [(1, True), (None, False)],
        [(3, False), (4, True)],
    ]
    assert proofs == alone


async def test_own_proof_comes_first_then_the_oldest(store: SQLStore) -> None:
    its = order(1, names=names("a.b.example.com"))
    known = [
        valid(1, "b.example.com", order_id=OrderId(9)),
        valid(2, "example.com", order_id=OrderId(8)),
        valid(3, "a.b.example.com", order_id=OrderId(1)),
    ]
    await stored(store, *known, orders=(its,))
    async with store.reading() as work:
        (proof,) = await name_proofs(work, its, LATER)
        (other,) = await name_proofs(work, replace(its, id=OrderId(7)), LATER)
    assert [p.validation.id for p in (proof, other) if p.validation] == [3, 1]


async def test_proof_that_has_run_out_proves_nothing_and_is_missing(store: SQLStore) -> None:
    its = order(1, names=names("example.com"))
    await stored(store, valid(1, "example.com", order_id=OrderId(1)), orders=(its,))
    at = NOON + timedelta(days=100)
    async with store.reading() as work:
        (proof,) = await name_proofs(work, its, at)
        (made,) = await missing_validations(work, its, [5], at)
    assert (proof.is_proved, made.id, made.domain) == (False, 5, "example.com")
    assert made.account_id == ACCOUNT
