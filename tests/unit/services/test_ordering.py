"""Placing, showing and canceling orders: what is stored with them, and what is refused before anything is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.approval import RequestStatus
from certwright.domain.certificate import RevocationReason
from certwright.domain.csr import CSRSubject, KeySpec, make_csr, parse_csr
from certwright.domain.dcv import DCVMethod, ValidationStatus
from certwright.domain.errors import Conflict, InvalidInput, NotFound, UnusableCSR
from certwright.domain.ids import ContactId, OrderId, OrganizationId
from certwright.domain.order import OrderDetails
from certwright.domain.status import Action, OrderStatus
from certwright.services.idempotency import parse_idempotency_key
from certwright.services.order_view import OrderView
from certwright.services.revocation import NewRevocation
from tests.support.orders import NAME, issue, new_csr, new_order, ordered, place, script_probe, show
from tests.support.server import running_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.server import Server

S = OrderStatus


async def test_new_order_waits_for_proof(each_server: Server) -> None:
    view = await place(each_server, NAME, "example.org", details=OrderDetails(email="owner@example.com"))
    assert view == await show(each_server, view.order)
    assert (view.order.status, view.order.status_reason) == (
        S.PENDING,
        "Waits for proof of control of its names",
    )
    assert [proof.validation.domain for proof in view.proofs if proof.validation] == [NAME, "example.org"]
    assert [request.status for request in view.requests] == [RequestStatus.APPROVED]
    assert view.certificate.csr is not None
    assert view.order.expires_at == each_server.clock.now().replace(year=2027)


async def test_order_placed_on_a_leap_day_ends_on_the_28th(server: Server) -> None:
    server.clock.advance(server.clock.now().replace(year=2028, month=2, day=29) - server.clock.now())
    view = await place(server)
    assert (view.order.expires_at.month, view.order.expires_at.day) == (2, 28)


async def test_order_without_csr_waits_for_it_and_then_goes_on(server: Server) -> None:
    use = server.program.use
    view = await place(server, csr=None)
    assert view.order.status is S.NEEDS_CSR
    await server.prove(NAME, view.order.random_value)
    await server.work()
    assert (await show(server, view.order)).order.status is S.NEEDS_CSR

    await use.ordering.supply_csr(await server.caller(), view.order.id, new_csr())
    await server.work()
    assert (await show(server, view.order)).order.status is S.ISSUED
    with pytest.raises(Conflict):
        await use.ordering.supply_csr(await server.caller(), view.order.id, new_csr())


async def test_of_two_csrs_at_once_one_is_kept(each_server: Server) -> None:
    server = each_server
    view = await place(server, csr=None)
    csrs = [new_csr(), new_csr()]
    caller = await server.caller()
    results = await asyncio.gather(
        *(server.program.use.ordering.supply_csr(caller, view.order.id, csr) for csr in csrs),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "NoneType"]
    kept = csrs[results.index(None)]
    assert (await show(server, view.order)).certificate.csr == kept.der


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"names": ordered(NAME, "www.example.org", NAME)}, "names[2]"),
        ({"names": ordered(NAME, "*.example.com", method=DCVMethod.WEBSITE)}, "names[1]"),
        ({"names": ordered(NAME, method=DCVMethod.EMAIL)}, "approver_email"),
        ({"names": ordered(NAME, method=DCVMethod.EMAIL, approver="owner@example.com")}, "approver_email"),
        ({"term_years": 0}, "term_years"),
        ({"term_years": 6}, "term_years"),
        ({"certificate_days": 0}, "certificate_days"),
        ({"certificate_days": 10**9}, "certificate_days"),
        ({"product": "true-businessid"}, "organization_id"),
        ({"details": OrderDetails(email="a" * 256)}, "email"),
        ({"details": OrderDetails(comments="a" * 4001)}, "comments"),
        ({"details": OrderDetails(additional_emails=("a@example.com",) * 1000)}, "additional_emails"),
    ],
)
async def test_order_that_does_not_fit_is_refused(
    server: Server, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await place(server, **changes)
    assert [fault.field for fault in refused.value.faults] == [field]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"administrator_contact_id": ContactId(1)}, "contact"),
        ({"technical_contact_id": ContactId(1)}, "contact"),
        ({"organization_id": OrganizationId(1)}, "organization"),
        ({"renewal_of_order_id": OrderId(1)}, "order"),
    ],
)
async def test_unknown_reference_is_not_found_and_nothing_is_stored(
    server: Server, changes: dict[str, Any], kind: str
) -> None:
    with pytest.raises(NotFound) as refused:
        await place(server, **changes)
    assert refused.value.kind == kind
    async with server.program.store.reading() as work:
        assert await work.changes.list_after(server.account.account.id, 0, 10) == []


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
async def test_text_that_can_not_be_stored_is_refused(each_server: Server, text: str) -> None:
    for details in (OrderDetails(email=text), OrderDetails(alternative_order_id=text)):
        with pytest.raises(InvalidInput):
            await place(each_server, details=details)


async def test_key_revoked_for_compromise_is_never_certified_again(server: Server) -> None:
    csr = new_csr()
    view = await issue(server, csr=csr)
    revoke = server.program.use.revocation.revoke
    compromised = NewRevocation(order_id=view.order.id, reason=RevocationReason.KEY_COMPROMISE)
    await revoke(await server.caller(), compromised)
    with pytest.raises(UnusableCSR, match="compromised"):
        await place(server, csr=csr)
    waiting = await place(server, csr=None)
    with pytest.raises(UnusableCSR, match="compromised"):
        await server.program.use.ordering.supply_csr(await server.caller(), waiting.order.id, csr)


async def test_csr_with_another_key_than_its_signature_is_refused(server: Server) -> None:
    good = parse_csr(make_csr(CSRSubject(common_name=NAME), (NAME,), KeySpec.P256).csr_pem)
    with pytest.raises(UnusableCSR, match="signature"):
        await place(server, csr=replace(good, signature_holds=False))


async def test_canceled_order_takes_its_validations_and_requests_along(server: Server) -> None:
    view = await place(server, NAME, "example.org")
    caller = await server.caller()
    canceled = await server.program.use.ordering.cancel(caller, view.order.id, note="changed my mind")
    assert (canceled.status, canceled.status_reason) == (S.CANCELED, "changed my mind")
    async with server.program.store.reading() as work:
        found = await work.validations.list_of_order(caller.account_id, view.order.id)
    assert {(v.status, v.reason) for v in found} == {(ValidationStatus.FAILED, "changed my mind")}
    shown = await show(server, view.order)
    assert shown.order.details.note == "changed my mind"
    assert [proof.validation for proof in shown.proofs] == [None, None]


async def test_canceling_twice_is_one_change(each_server: Server) -> None:
    server = each_server
    view = await place(server)
    caller = await server.caller()
    cancel = server.program.use.ordering.cancel
    orders = await asyncio.gather(*(cancel(caller, view.order.id) for _ in range(4)))
    assert {order.status for order in orders} == {S.CANCELED}
    history = await server.program.use.feed.history(caller, view.order.id)
    assert [change.action for change in history] == [Action.PLACE, Action.CANCEL]


async def test_issued_order_can_not_be_canceled(server: Server) -> None:
    view = await issue(server)
    with pytest.raises(Conflict, match="Unable to cancel an order that is issued"):
        await server.program.use.ordering.cancel(await server.caller(), view.order.id)


async def test_proof_outlives_the_canceled_order(server: Server) -> None:
    view = await place(server, NAME, "example.org")
    await server.prove(NAME, view.order.random_value)
    await server.work()
    await server.program.use.ordering.cancel(await server.caller(), view.order.id)
    again = await place(server, at_once=True)
    assert again.order.status is S.ISSUED


async def test_order_is_renewed_once(each_server: Server) -> None:
    server = each_server
    old = await issue(server)
    server.clock.advance(timedelta(days=300))
    results = await asyncio.gather(
        *(place(server, renewal_of_order_id=old.order.id) for _ in range(3)), return_exceptions=True
    )
    (renewal,) = [result for result in results if not isinstance(result, BaseException)]
    conflicts = [result for result in results if isinstance(result, Conflict)]
    assert [error.message for error in conflicts] == ["The order has been renewed already"] * 2
    assert (await show(server, old.order)).order.renewed_by_order_id == renewal.order.id


async def test_order_of_two_hundred_names(server: Server) -> None:
    names = [f"host{number}.example.com" for number in range(200)]
    probe = script_probe(server, *names)
    view = await place(server, *names)
    await server.work()
    assert (await show(server, view.order)).order.status is S.ISSUED
    assert len(probe.asked) == 200


async def test_stale_order_lapses_with_its_request(server: Server) -> None:
    view = await place(server)
    server.clock.advance(timedelta(days=30))
    await server.work()
    assert (await show(server, view.order)).order.status is S.REFUNDED
    history = await server.program.use.feed.history(await server.caller(), view.order.id)
    assert [(change.action, change.reason) for change in history[1:]] == [
        (Action.LAPSE, "The order lapsed: it was not completed in time"),
        (Action.REFUND, "20.00 was given back"),
    ]


async def test_issued_order_does_not_lapse(server: Server) -> None:
    view = await issue(server)
    server.clock.advance(timedelta(days=31))
    await server.work()
    assert (await show(server, view.order)).order.status is S.ISSUED


async def test_method_that_the_product_does_not_offer_is_refused(server: Server) -> None:
    product = server.program.use.catalogue.get("alphassl")
    new = replace(new_order(server), product=replace(product, methods=(DCVMethod.EMAIL,)))
    with pytest.raises(InvalidInput, match="does not offer"):
        await server.program.use.ordering.place(await server.caller(), new)


async def test_orders_of_several_accounts_that_come_together_are_each_their_own(each_server: Server) -> None:
    server = each_server
    mine, use = await server.caller(), server.program.use
    theirs = await use.accounts.authenticate_key(server.other.digicert.secret)
    callers = [mine, theirs] * 5
    wishes = [new_order(server, f"host{number}.example") for number in range(len(callers))]
    views = await asyncio.gather(
        *(use.ordering.place(caller, new) for caller, new in zip(callers, wishes, strict=True))
    )
    assert [view.order.account_id for view in views] == [caller.account_id for caller in callers]
    assert [view.order.common_name.name for view in views] == [f"host{n}.example" for n in range(10)]
    for caller in (mine, theirs):
        changes = [
            change.sequence
            for view, of in zip(views, callers, strict=True)
            if of is caller
            for change in await use.feed.history(caller, view.order.id)
        ]
        assert sorted(changes) == [1, 2, 3, 4, 5]


async def test_order_that_is_refused_does_not_spoil_those_that_come_with_it(each_server: Server) -> None:
    server = each_server
    caller, ordering = await server.caller(), server.program.use.ordering
    wishes = [
        new_order(server, "a.example"),
        new_order(server, "b.example", administrator_contact_id=ContactId(404)),
        new_order(server, "c.example"),
    ]
    results = await asyncio.gather(*(ordering.place(caller, new) for new in wishes), return_exceptions=True)
    assert isinstance(results[1], NotFound)
    assert [r.order.common_name.name for r in results if isinstance(r, OrderView)] == [
        "a.example",
        "c.example",
    ]


async def test_same_request_sent_twice_at_once_is_placed_once(each_server: Server) -> None:
    server = each_server
    caller, ordering = await server.caller(), server.program.use.ordering
    new = new_order(server, idempotency_key=parse_idempotency_key("once", b"body"))
    views = await asyncio.gather(*(ordering.place(caller, new) for _ in range(4)))
    assert len({view.order.id for view in views}) == 1
    assert all(view == views[0] for view in views)


async def test_value_is_not_looked_for_before_it_can_be_there(tmp_path: Path) -> None:
    async with running_server(tmp_path, CERTWRIGHT_DCV_FIRST_LOOK_SECONDS="5") as server:
        view = await place(server)
        await server.prove(NAME, view.order.random_value)
        await server.work()
        assert not server.dns.queries
        server.clock.advance(timedelta(seconds=5))
        await server.work()
        assert (await show(server, view.order)).order.status is S.ISSUED

        proved = await place(server)
        await server.work()
        assert (await show(server, proved.order)).order.status is S.ISSUED
