"""Proofs of control: shared, reused, renewed, asked for again, and never overwritten by who looked earlier."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain import rules
from certwright.domain.dcv import RANDOM_VALUE_LIFETIME, DCVMethod, ValidationStatus
from certwright.domain.errors import Conflict, InvalidInput, StaleRecord
from certwright.domain.product import ValidationLevel
from certwright.domain.status import OrderStatus
from tests.support.orders import (
    NAME,
    issue,
    new_csr,
    new_order,
    ordered,
    organization,
    place,
    script_caa,
    script_probe,
    show,
)

if TYPE_CHECKING:
    from certwright.domain.dcv import Validation
    from certwright.domain.order import Order
    from tests.support.server import Server

S, V, M = OrderStatus, ValidationStatus, DCVMethod
DAY = timedelta(days=1)


async def validations(server: Server, order: Order) -> list[Validation]:
    async with server.program.store.reading() as work:
        return await work.validations.list_of_order(order.account_id, order.id)


async def change_method(
    server: Server, order: Order, *names: str, method: DCVMethod, approver: str = ""
) -> Order:
    return await server.program.use.validating.change_method(
        await server.caller(), order.id, ordered(*names, method=method, approver=approver or None)
    )


async def test_names_of_one_fqdn_share_a_proof(server: Server) -> None:
    view = await place(server, "*.example.com", "example.com")
    (wanted,) = await validations(server, view.order)
    assert [proof.validation for proof in view.proofs] == [wanted, wanted]


async def test_proof_at_a_parent_covers_every_name_below_it(server: Server) -> None:
    probe = script_probe(server, "example.com")
    view = await place(server, "a.example.com", "*.b.example.com", "example.com")
    assert await server.program.issuance.advance(view.order.id) is S.ISSUED
    assert {p.candidates[-1] for p in probe.asked} == {"example.com"}


async def test_file_proves_its_own_name_alone(server: Server) -> None:
    names = ordered("example.com", "www.example.com", method=M.WEBSITE)
    script_probe(server, "example.com")
    view = await place(server, names=names)
    await server.work()
    proofs = (await show(server, view.order)).proofs
    assert [proof.is_proved for proof in proofs] == [True, False]


async def test_file_can_not_prove_a_wildcard(server: Server) -> None:
    with pytest.raises(InvalidInput) as refused:
        await place(server, names=ordered("*.example.com", method=M.WEBSITE))
    assert refused.value.faults[0].field == "names[0]"
    view = await place(server, "*.example.com")
    with pytest.raises(InvalidInput, match="wildcard"):
        await change_method(server, view.order, "*.example.com", method=M.WEBSITE)


async def test_fresh_proof_serves_the_next_order_of_the_account_only(server: Server) -> None:
    await issue(server)
    view = await place(server, at_once=True)
    assert (view.order.status, await validations(server, view.order)) == (S.ISSUED, [])

    other = await server.program.use.accounts.authenticate_key(server.other.digicert.secret)
    foreign = await server.program.use.ordering.place(other, new_order(server), at_once=True)
    assert foreign.order.status is S.PENDING
    assert not foreign.proofs[0].is_proved


async def test_old_proof_serves_no_longer(server: Server) -> None:
    await issue(server)
    server.clock.advance(rules.max_validation_age(server.clock.now()))
    view = await place(server, at_once=True)
    assert not view.proofs[0].is_proved
    assert len(await validations(server, view.order)) == 1


async def test_proof_that_runs_out_while_the_order_waits_is_asked_for_again(server: Server) -> None:
    """The order was placed on a proof of an earlier one, and then waited for its organization too long."""
    known = await organization(server)
    await issue(server)
    server.clock.advance(112 * DAY)  # to the last day on which 200 days are allowed
    view = await place(server, product="true-businessid", organization_id=known.id)
    await server.work()
    assert await validations(server, view.order) == []

    server.clock.advance(3 * DAY)
    await server.work()
    waiting = await show(server, view.order)
    assert NAME in waiting.status_reason
    assert [v.status for v in await validations(server, view.order)] == [V.PENDING]
    await server.program.use.organizations.approve(known.id, ValidationLevel.OV)
    await server.prove(NAME, waiting.order.random_value)
    server.clock.advance(timedelta(hours=1))
    await server.work()
    assert (await show(server, view.order)).order.status is S.ISSUED


async def test_what_is_missing_is_told_for_each_name(server: Server) -> None:
    script_probe(server)
    view = await place(server)
    await server.work()
    (validation,) = await validations(server, view.order)
    assert (validation.reason, validation.next_step) == ("nothing there", "publish it")
    assert validation.last_checked_at == server.clock.now()


async def test_expired_value_proves_nothing_until_it_is_renewed(server: Server) -> None:
    view = await place(server)
    old = view.order.random_value
    server.clock.advance(RANDOM_VALUE_LIFETIME)
    await server.prove(NAME, old)
    await server.program.use.ordering.check(await server.caller(), view.order.id)
    (validation,) = await validations(server, view.order)
    assert (validation.status, validation.reason) == (V.PENDING, "The random value has run out")

    renewed = await server.program.use.validating.renew_random_value(await server.caller(), view.order.id)
    assert renewed is not None
    assert renewed.random_value != old
    assert renewed.value_expires_at == server.clock.now() + RANDOM_VALUE_LIFETIME
    assert (await show(server, view.order)).order.random_value == renewed.random_value
    await server.prove(NAME, renewed.random_value)
    await server.program.use.ordering.check(await server.caller(), view.order.id)
    assert (await show(server, view.order)).order.status is S.ISSUED


async def test_good_value_is_not_replaced(server: Server) -> None:
    view = await place(server, "a.example", "b.example")
    same = await server.program.use.validating.renew_random_value(await server.caller(), view.order.id)
    assert same is not None
    assert same.random_value == view.order.random_value


async def test_no_value_is_needed_where_every_name_is_proved(server: Server) -> None:
    script_caa(server, NAME)
    await place(server)
    script_probe(server, NAME)
    await server.work()
    view = await place(server)
    renew = server.program.use.validating.renew_random_value
    assert await renew(await server.caller(), view.order.id) is None


async def test_changed_method_keeps_the_value_and_its_end(server: Server) -> None:
    """BR §3.2.2.4.7: 30 days from its making, however often the method changes."""
    view = await place(server)
    (first,) = await validations(server, view.order)
    server.clock.advance(20 * DAY)
    changed = await change_method(server, view.order, NAME, method=M.WEBSITE)
    assert changed.method is M.WEBSITE
    old, new = await validations(server, view.order)
    assert (old.status, old.reason) == (V.FAILED, "The method was changed")
    assert (new.status, new.method) == (V.PENDING, M.WEBSITE)
    assert (new.random_value, new.value_expires_at) == (first.random_value, first.value_expires_at)


async def test_changed_method_after_the_end_of_the_value_makes_a_new_one(server: Server) -> None:
    view = await place(server, "a.example", "b.example")
    server.clock.advance(RANDOM_VALUE_LIFETIME)
    changed = await change_method(server, view.order, "a.example", method=M.WEBSITE)
    assert changed.random_value != view.order.random_value
    waiting = [v for v in await validations(server, view.order) if v.status is V.PENDING]
    assert {v.random_value for v in waiting} == {changed.random_value}
    assert {v.value_expires_at for v in waiting} == {server.clock.now() + RANDOM_VALUE_LIFETIME}
    assert {v.domain: v.method for v in waiting} == {"a.example": M.WEBSITE, "b.example": M.DNS_TXT}


@pytest.mark.parametrize(
    "approver", ["", "admin@example.org", "owner@example.com", "admin@www.www.example.com"]
)
async def test_approver_without_a_say_is_refused(server: Server, approver: str) -> None:
    view = await place(server)
    with pytest.raises(InvalidInput, match="approver"):
        await change_method(server, view.order, NAME, method=M.EMAIL, approver=approver)


async def test_name_that_is_not_of_the_order_is_refused(server: Server) -> None:
    view = await place(server)
    with pytest.raises(InvalidInput, match="not a name of the order"):
        await change_method(server, view.order, "other.example", method=M.WEBSITE)
    assert (await change_method(server, view.order, method=M.WEBSITE)).names == view.order.names


async def test_email_can_not_be_chosen_once_the_method_has_ended(server: Server) -> None:
    server.clock.advance(rules.EMAIL_METHODS_END_AT - server.clock.now())
    with pytest.raises(InvalidInput, match="any more"):
        await place(server, names=ordered(NAME, method=M.EMAIL, approver="admin@example.com"))


async def test_issued_order_awaits_no_proof(server: Server) -> None:
    view = await issue(server)
    with pytest.raises(Conflict, match="no longer waits"):
        await change_method(server, view.order, NAME, method=M.WEBSITE)
    with pytest.raises(Conflict, match="no longer waits"):
        await server.program.use.validating.renew_random_value(await server.caller(), view.order.id)


async def test_proof_of_a_replaced_value_is_not_taken(each_server: Server) -> None:
    """The value runs out and is renewed while a look for the old one is under way."""
    server = each_server
    view = await place(server)

    async def renew() -> None:
        server.clock.advance(RANDOM_VALUE_LIFETIME)
        await server.program.use.validating.renew_random_value(await server.caller(), view.order.id)

    script_probe(server, NAME).meanwhile = renew
    with pytest.raises(StaleRecord):  # the order has a new value, and the next look starts from it
        await server.program.issuance.advance(view.order.id)
    (validation,) = await validations(server, view.order)
    assert validation.status is V.PENDING


async def test_looks_at_many_orders_at_once_are_kept_apart(each_server: Server) -> None:
    """What many see at the same time is stored together; an order that was canceled meanwhile takes no other with it."""
    server = each_server
    views = [await place(server, f"host.customer{number}.example") for number in range(8)]
    gone = views[3]

    async def cancel() -> None:
        await server.program.use.ordering.cancel(await server.caller(), gone.order.id)

    probe = script_probe(server, *(f"host.customer{number}.example" for number in (1, 3, 5)))
    probe.meanwhile = cancel
    found = await asyncio.gather(
        *(server.program.issuance.advance(view.order.id) for view in views), return_exceptions=True
    )
    assert isinstance(found.pop(3), StaleRecord)
    assert found == [S.PENDING, S.ISSUED, S.PENDING, S.PENDING, S.ISSUED, S.PENDING, S.PENDING]
    for number, view in enumerate(views):
        (stored,) = await validations(server, view.order)
        expected = V.FAILED if number == 3 else V.VALID if number in {1, 5} else V.PENDING
        assert (stored.domain, stored.status) == (f"host.customer{number}.example", expected)


async def test_look_that_saw_nothing_undoes_no_proof(each_server: Server) -> None:
    server = each_server
    view = await place(server)
    probe = script_probe(server, NAME)

    async def look(*, sees: bool) -> None:
        async def meet() -> None:
            if len(probe.asked) == 2:
                both.set()
            await both.wait()

        probe.meanwhile = meet
        result = server.program.use.validating.look(view.order, view.proofs)
        await result
        assert sees

    both = asyncio.Event()
    results = await asyncio.gather(look(sees=True), look(sees=True), return_exceptions=True)
    assert all(result is None or isinstance(result, StaleRecord) for result in results), results
    (validation,) = await validations(server, view.order)
    assert validation.status is V.VALID


async def test_change_and_look_at_once_leave_a_consistent_order(each_server: Server) -> None:
    server = each_server
    view = await place(server, csr=new_csr())
    probe = script_probe(server)

    async def change() -> None:
        probe.meanwhile = None
        await change_method(server, view.order, NAME, method=M.WEBSITE)

    probe.meanwhile = change
    await server.work()
    order = (await show(server, view.order)).order
    waiting = [v for v in await validations(server, order) if v.status is V.PENDING]
    assert [(v.domain, v.method) for v in waiting] == [(NAME, order.method)]
    assert order.method is M.WEBSITE
