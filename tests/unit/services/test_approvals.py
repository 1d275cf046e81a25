"""Approval requests: one step, two steps, by administrators only, decided once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.account import ApprovalPolicy, KeyKind, Role
from certwright.domain.approval import RequestStatus
from certwright.domain.errors import Conflict, PermissionDenied
from certwright.domain.query import RequestQuery
from certwright.domain.status import Action, OrderStatus
from tests.support.orders import NAME, new_order, place, script_probe, show

if TYPE_CHECKING:
    from certwright.services.order_view import OrderView
    from tests.support.server import Server

A, R, S = ApprovalPolicy, RequestStatus, OrderStatus


async def place_under(server: Server, policy: ApprovalPolicy, *, with_csr: bool = True) -> OrderView:
    """Place an order in an account that has a policy."""
    server.account = await server.program.use.accounts.create(f"With {policy}", approval=policy)
    return await (place(server) if with_csr else place(server, csr=None))


async def test_one_approval_sends_the_order_on(server: Server) -> None:
    view = await place_under(server, A.ONE_STEP)
    (request,) = view.requests
    assert (view.order.status, request.status) == (S.NEEDS_APPROVAL, R.PENDING)
    script_probe(server, NAME)
    await server.work()
    assert (await show(server, view.order)).order.status is S.NEEDS_APPROVAL

    caller = await server.caller()
    decided = await server.program.use.approvals.approve(caller, request.id, comment="fine")
    assert (decided.status, decided.processor, decided.processor_comment) == (
        R.APPROVED,
        caller.key.id,
        "fine",
    )
    assert decided == await server.program.use.approvals.get(caller, request.id)
    await server.work()
    assert (await show(server, view.order)).order.status is S.ISSUED


async def test_two_approvals_are_needed_for_two_steps(server: Server) -> None:
    view = await place_under(server, A.TWO_STEP)
    (request,) = view.requests
    caller, approve = await server.caller(), server.program.use.approvals.approve
    assert request.status is R.SUBMITTED
    assert (await approve(caller, request.id)).status is R.PENDING
    with pytest.raises(PermissionDenied, match="takes somebody else") as refused:
        await approve(caller, request.id)
    assert refused.value.is_own_request
    assert (await show(server, view.order)).order.status is S.NEEDS_APPROVAL
    assert (await approve(await server.second_caller(), request.id)).status is R.APPROVED
    assert (await show(server, view.order)).order.status is S.PENDING


async def test_approved_order_without_csr_waits_for_it(server: Server) -> None:
    view = await place_under(server, A.ONE_STEP, with_csr=False)
    await server.program.use.approvals.approve(await server.caller(), view.requests[0].id)
    assert (await show(server, view.order)).order.status is S.NEEDS_CSR


async def test_rejected_request_ends_the_order(server: Server) -> None:
    view = await place_under(server, A.ONE_STEP)
    caller = await server.caller()
    decided = await server.program.use.approvals.reject(caller, view.requests[0].id, comment="too dear")
    assert (decided.status, decided.processor_comment) == (R.REJECTED, "too dear")
    shown = await show(server, view.order)
    assert (shown.order.status, shown.order.status_reason) == (S.REJECTED, "too dear")
    assert all(proof.validation is None for proof in shown.proofs)


async def test_decided_request_is_decided(server: Server) -> None:
    view = await place_under(server, A.ONE_STEP)
    caller, approvals = await server.caller(), server.program.use.approvals
    await approvals.approve(caller, view.requests[0].id)
    for decide in (approvals.approve, approvals.reject):
        with pytest.raises(Conflict, match="it is approved"):
            await decide(caller, view.requests[0].id)


async def test_of_many_deciding_at_once_one_is_heard(each_server: Server) -> None:
    server = each_server
    view = await place_under(server, A.ONE_STEP)
    caller, approvals = await server.caller(), server.program.use.approvals
    results = await asyncio.gather(
        *(decide(caller, view.requests[0].id) for decide in (approvals.approve, approvals.reject) * 3),
        return_exceptions=True,
    )
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert all(isinstance(result, Conflict) for result in results if isinstance(result, BaseException))
    history = await server.program.use.feed.history(caller, view.order.id)
    assert len(history) == 2


async def test_only_administrators_decide(server: Server) -> None:
    view = await place_under(server, A.ONE_STEP)
    use = server.program.use
    new = await use.accounts.create_key(view.order.account_id, KeyKind.DIGICERT, "robot", Role.STANDARD)
    caller = await use.accounts.authenticate_key(new.secret)
    for decide in (use.approvals.approve, use.approvals.reject):
        with pytest.raises(PermissionDenied):
            await decide(caller, view.requests[0].id)
    page = await use.approvals.search(RequestQuery(account_id=caller.account_id))
    assert [found.request.status for found in page.items] == [R.PENDING]


@pytest.mark.parametrize("end", ["cancel", "lapse"])
async def test_request_of_an_ended_order_is_closed(server: Server, end: str) -> None:
    view = await place_under(server, A.TWO_STEP)
    caller, use = await server.caller(), server.program.use
    if end == "cancel":
        await use.ordering.cancel(caller, view.order.id)
    else:
        server.clock.advance(timedelta(days=30))
        await server.work()
    (request,) = (await show(server, view.order)).requests
    assert (request.status, request.processed_at) == (R.REJECTED, server.clock.now())
    with pytest.raises(Conflict, match="has been decided"):
        await use.approvals.approve(caller, request.id)


async def test_administrator_may_skip_the_approval(server: Server) -> None:
    server.account = await server.program.use.accounts.create("Strict", approval=A.TWO_STEP)
    new = new_order(server, skip_approval=True)
    view = await server.program.use.ordering.place(await server.caller(), new)
    assert (view.order.status, view.requests[0].status) == (S.PENDING, R.APPROVED)


async def test_approver_is_the_actor_of_the_change(server: Server) -> None:
    view = await place_under(server, A.ONE_STEP)
    caller = await server.caller()
    await server.program.use.approvals.approve(caller, view.requests[0].id)
    change = (await server.program.use.feed.history(caller, view.order.id))[-1]
    assert (change.action, str(change.actor), change.reason) == (
        Action.APPROVE,
        f"key:{caller.key.id}",
        "Approved",
    )
