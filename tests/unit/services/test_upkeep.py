"""What the worker does unasked: refunds within the period, ends, revocations after the grace."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.account import ApprovalPolicy
from certwright.domain.approval import RequestStatus
from certwright.domain.certificate import CertificateStatus, RevocationReason
from certwright.domain.ledger import TransactionKind
from certwright.domain.status import Action, OrderStatus
from certwright.services.ports import JobKind
from certwright.services.reissuing import NewCertificate
from certwright.services.revocation import NewRevocation
from tests.support.orders import NAME, issue, new_csr, ordered, place, show

if TYPE_CHECKING:
    from certwright.domain.order import Order
    from tests.support.server import Server

C, S = CertificateStatus, OrderStatus
DAY = timedelta(days=1)


async def cents(server: Server) -> int:
    return (await server.program.use.billing.balance(server.account.account.id)).cents


async def ask_for(server: Server, kind: JobKind, subject_id: int) -> None:
    async with server.program.store.writing() as work:
        await work.jobs.enqueue(kind, subject_id, server.clock.now())
    await server.work()


async def test_every_kind_of_job_has_its_handler(server: Server) -> None:
    assert set(server.program.worker._handlers) == set(JobKind)


@pytest.mark.parametrize("kind", JobKind)
async def test_job_about_nothing_does_nothing(
    server: Server, kind: JobKind, caplog: pytest.LogCaptureFixture
) -> None:
    await ask_for(server, kind, 999_999)
    assert caplog.records == []


@pytest.mark.parametrize(("days", "status", "left"), [(30, S.REFUNDED, 0), (31, S.CANCELED, -2000)])
async def test_canceled_order_is_refunded_within_the_period_alone(
    each_server: Server, days: int, status: OrderStatus, left: int
) -> None:
    server = each_server
    server.account = await server.program.use.accounts.create("Patient")
    view = await place(server, csr=None)
    # Orders lapse after thirty days; this one is looked at by nobody until it is canceled.
    server.clock.advance(days * DAY)
    await server.program.use.ordering.cancel(await server.caller(), view.order.id)
    await server.work()
    assert (await show(server, view.order)).order.status is status
    assert await cents(server) == left


async def test_period_ends_with_the_cancellation_not_with_the_refund(server: Server) -> None:
    """The worker may have been away for a while."""
    view = await place(server)
    await server.program.use.ordering.cancel(await server.caller(), view.order.id)
    server.clock.advance(60 * DAY)
    await server.work()
    assert (await show(server, view.order)).order.status is S.REFUNDED


async def test_refund_is_booked_once(server: Server) -> None:
    view = await place(server)
    await server.program.use.ordering.cancel(await server.caller(), view.order.id)
    for _ in range(3):
        await ask_for(server, JobKind.REFUND_ORDER, view.order.id)
    booked = await server.program.use.billing.list_of_order(view.order.account_id, view.order.id)
    assert [each.kind for each in booked] == [TransactionKind.ORDER, TransactionKind.REFUND]
    history = await server.program.use.feed.history(await server.caller(), view.order.id)
    assert [change.action for change in history] == [Action.PLACE, Action.CANCEL, Action.REFUND]


async def test_rejected_order_is_refunded_and_stays_rejected(server: Server) -> None:
    server.account = await server.program.use.accounts.create("Strict", approval=ApprovalPolicy.ONE_STEP)
    view = await place(server)
    await server.program.use.approvals.reject(await server.caller(), view.requests[0].id)
    await server.work()
    assert (await show(server, view.order)).order.status is S.REJECTED
    assert await cents(server) == 0


async def test_issued_order_is_not_refunded(server: Server) -> None:
    view = await issue(server)
    await ask_for(server, JobKind.REFUND_ORDER, view.order.id)
    assert await cents(server) == -2000


async def test_certificate_ends_and_its_order_with_it(server: Server) -> None:
    view = await issue(server, certificate_days=10)
    server.clock.advance(10 * DAY)
    await server.work()
    done = await show(server, view.order)
    assert (done.order.status, done.certificate.status) == (S.EXPIRED, C.EXPIRED)


async def test_order_ends_with_a_certificate_that_was_revoked_by_itself(server: Server) -> None:
    view = await issue(server, certificate_days=10)
    wanted = NewRevocation(order_id=view.order.id, certificate_id=view.certificate.id)
    await server.program.use.revocation.revoke(await server.caller(), wanted)
    server.clock.advance(10 * DAY)
    await server.work()
    done = await show(server, view.order)
    assert (done.order.status, done.certificate.status) == (S.EXPIRED, C.REVOKED)


async def test_revoked_order_takes_its_reissue_along(server: Server) -> None:
    server.account = await server.program.use.accounts.create("Strict", approval=ApprovalPolicy.ONE_STEP)
    view = await issue(server, skip_approval=True)
    use, caller = server.program.use, await server.caller()
    new = NewCertificate(csr=new_csr(), names=ordered(NAME, "new.example.org"))
    waiting = await use.reissuing.reissue(caller, view.order.id, new)
    await use.revocation.revoke(caller, NewRevocation(order_id=view.order.id, skip_approval=True))
    await server.work()
    done = await show(server, view.order)
    assert (done.order.status, done.order.pending_certificate_id) == (S.REVOKED, None)
    request = await use.approvals.get(caller, waiting.request.id)
    pending = await use.delivery.get(caller, waiting.certificate.id)
    assert (request.status, pending.status) == (RequestStatus.REJECTED, C.CANCELED)
    assert await cents(server) == -2000


async def test_superseded_certificate_is_revoked_after_its_grace(server: Server) -> None:
    view = await issue(server)
    await ask_for(server, JobKind.REVOKE_SUPERSEDED, view.certificate.id)
    certificate = (await show(server, view.order)).certificate
    assert (certificate.status, certificate.revocation_reason) == (C.REVOKED, RevocationReason.SUPERSEDED)


async def test_lapse_of_an_order_that_went_on_is_forgotten(server: Server) -> None:
    view = await issue(server)
    await ask_for(server, JobKind.LAPSE_ORDER, view.order.id)
    assert (await status_of(server, view.order)) is S.ISSUED


async def status_of(server: Server, order: Order) -> OrderStatus:
    return (await show(server, order)).order.status


async def test_run_out_tokens_are_purged_every_hour(server: Server) -> None:
    key = server.account.webnic
    await server.program.use.accounts.log_in(key.key.username or "", key.secret)
    handler = server.program.worker._handlers[JobKind.PURGE]
    assert await handler(0) == timedelta(hours=1)
