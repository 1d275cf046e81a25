"""Reissues, which take the place of the current certificate, and duplicates, which stand beside it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.account import ApprovalPolicy
from certwright.domain.approval import RequestStatus
from certwright.domain.certificate import CertificateKind, CertificateStatus
from certwright.domain.errors import Conflict, InvalidInput, IssuanceRefused
from certwright.domain.status import Action, OrderStatus
from certwright.services.idempotency import note_answered, parse_idempotency_key
from certwright.services.reissuing import NewCertificate
from tests.support.orders import NAME, fault_ca, issue, new_csr, ordered, show

if TYPE_CHECKING:
    from certwright.services.order_view import OrderView
    from certwright.services.reissuing import FurtherCertificate
    from tests.support.server import Server

C, R, S = CertificateStatus, RequestStatus, OrderStatus
MORE = ordered(NAME, "new.example.org")
DAY = timedelta(days=1)


async def reissue(server: Server, view: OrderView, **changes: Any) -> FurtherCertificate:
    new = NewCertificate(**{"csr": new_csr(), **changes})
    return await server.program.use.reissuing.reissue(await server.caller(), view.order.id, new)


async def duplicate(server: Server, view: OrderView, **changes: Any) -> FurtherCertificate:
    new = NewCertificate(**{"csr": new_csr(), **changes})
    return await server.program.use.reissuing.duplicate(await server.caller(), view.order.id, new)


async def cents(server: Server) -> int:
    return (await server.program.use.billing.balance(server.account.account.id)).cents


async def statuses(server: Server, view: OrderView) -> list[CertificateStatus]:
    async with server.program.store.reading() as work:
        found = await work.certificates.list_of_order(view.order.account_id, view.order.id)
    return [certificate.status for certificate in found]


async def test_reissue_that_lacks_nothing_is_issued_at_once(each_server: Server) -> None:
    old = await issue(each_server)
    done = await reissue(each_server, old)
    assert (done.order.status, done.certificate.status, done.request.status) == (
        S.ISSUED,
        C.ISSUED,
        R.APPROVED,
    )
    assert done.order.certificate_id == done.certificate.id != old.certificate.id
    assert done.order.pending_certificate_id is None
    assert await statuses(each_server, old) == [C.ISSUED, C.ISSUED]


async def test_old_certificate_stays_until_the_new_one_is_out(each_server: Server) -> None:
    server = each_server
    old = await issue(server)
    waiting = await reissue(server, old, names=MORE)
    assert (waiting.order.status, waiting.certificate.status) == (S.REISSUE_PENDING, C.PENDING)
    shown = await show(server, old.order)
    assert (shown.certificate.id, shown.certificate.status) == (old.certificate.id, C.ISSUED)
    assert shown.order.names == MORE

    await server.prove("new.example.org", waiting.order.random_value)
    await server.work()
    done = await show(server, old.order)
    assert (done.order.status, done.certificate.id) == (S.ISSUED, waiting.certificate.id)
    assert done.certificate.names == MORE
    history = await server.program.use.feed.history(await server.caller(), old.order.id)
    assert [change.action for change in history][-2:] == [Action.REISSUE, Action.ISSUE]


async def test_canceled_reissue_gives_back_names_and_money(each_server: Server) -> None:
    server = each_server
    old = await issue(server)
    before = await cents(server)
    waiting = await reissue(server, old, names=MORE)
    assert await cents(server) == before - 800
    caller, cancel = await server.caller(), server.program.use.ordering.cancel
    await cancel(caller, old.order.id)
    await server.work()
    done = await show(server, old.order)
    assert (done.order.status, done.order.names, done.order.certificate_id) == (
        S.ISSUED,
        old.order.names,
        old.certificate.id,
    )
    assert done.order.pending_certificate_id is None
    assert await statuses(server, old) == [C.ISSUED, C.CANCELED]
    assert await cents(server) == before
    # What is proved too late changes nothing any more.
    await server.prove("new.example.org", waiting.order.random_value)
    await server.work()
    assert await statuses(server, old) == [C.ISSUED, C.CANCELED]
    assert await cents(server) == before


async def test_reissue_that_the_ca_refuses_is_given_up(server: Server) -> None:
    async def refuse() -> None:
        raise IssuanceRefused("no")

    old = await issue(server)
    fault_ca(server, before=refuse)
    done = await reissue(server, old)
    assert (done.order.status, done.order.status_reason, done.certificate.status) == (
        S.ISSUED,
        "no",
        C.CANCELED,
    )


@pytest.mark.parametrize("canceled", [True, False])
async def test_reissue_after_the_certificate_has_run_out(server: Server, *, canceled: bool) -> None:
    """The order lasts longer than its certificate."""
    old = await issue(server, certificate_days=10)
    server.clock.advance(11 * DAY)
    await server.work()
    assert (await show(server, old.order)).order.status is S.EXPIRED
    late = await reissue(server, old, names=MORE)
    assert late.order.status is S.REISSUE_PENDING
    if canceled:
        await server.program.use.ordering.cancel(await server.caller(), old.order.id)
    else:
        await server.prove("new.example.org", late.order.random_value)
    await server.work()
    done = (await show(server, old.order)).order
    assert (done.status, done.names) == ((S.EXPIRED, old.order.names) if canceled else (S.ISSUED, MORE))


async def test_certificate_that_runs_out_during_its_reissue(server: Server) -> None:
    old = await issue(server, certificate_days=10)
    waiting = await reissue(server, old, names=MORE)
    server.clock.advance(11 * DAY)
    await server.work()
    assert await statuses(server, old) == [C.EXPIRED, C.PENDING]
    await server.prove("new.example.org", waiting.order.random_value)
    server.clock.advance(DAY)
    await server.work()
    assert (await show(server, old.order)).order.status is S.ISSUED


async def test_order_that_has_run_out_is_not_reissued(server: Server) -> None:
    old = await issue(server)
    server.clock.advance(366 * DAY)
    await server.work()
    with pytest.raises(Conflict, match="has run out"):
        await reissue(server, old)


async def test_one_reissue_at_a_time(each_server: Server) -> None:
    old = await issue(each_server)
    results = await asyncio.gather(
        *(reissue(each_server, old, names=MORE) for _ in range(4)), return_exceptions=True
    )
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert all(isinstance(result, Conflict) for result in results if isinstance(result, BaseException))
    assert await statuses(each_server, old) == [C.ISSUED, C.PENDING]


async def test_same_idempotency_key_makes_one_reissue(each_server: Server) -> None:
    """Whether the second request comes at the same moment or later."""
    old = await issue(each_server)
    key = parse_idempotency_key("again", b"body")
    made = await asyncio.gather(
        *(reissue(each_server, old, names=MORE, idempotency_key=key) for _ in range(4))
    )
    later = await reissue(each_server, old, names=MORE, idempotency_key=key)
    assert len({each.certificate.id for each in (*made, later)}) == 1
    assert await statuses(each_server, old) == [C.ISSUED, C.PENDING]


async def test_repeated_request_is_answered_with_what_it_made(each_server: Server) -> None:
    """Also when other certificates of the kind have been made since."""
    old = await issue(each_server)
    for ask in (reissue, duplicate):
        keys = [parse_idempotency_key(f"{ask.__name__} {number}", b"body") for number in (1, 2)]
        made = [(await ask(each_server, old, idempotency_key=key)).certificate for key in keys]
        again = [(await ask(each_server, old, idempotency_key=key)).certificate for key in keys]
        assert [each.id for each in again] == [each.id for each in made]
        assert made[0].id != made[1].id
    assert len(await statuses(each_server, old)) == 5


async def test_key_of_an_older_version_is_answered_with_the_last_certificate(server: Server) -> None:
    old = await issue(server)
    key = parse_idempotency_key("key", b"body")
    made = await reissue(server, old, idempotency_key=key)
    async with server.program.store.writing() as work:
        await work.answered.remove(old.order.account_id, [key.text])
        await note_answered(work, await server.caller(), key, old.order.id)
    assert (await reissue(server, old, idempotency_key=key)).certificate == made.certificate


async def test_name_that_was_paid_for_is_not_charged_again(each_server: Server) -> None:
    """Dropped by one reissue, it, or another one in its place, comes back with a later one."""
    server = each_server
    old = await issue(server, NAME, "example.org")
    before = await cents(server)
    other = ordered(NAME, "new.example.com")
    for names in (ordered(NAME), old.order.names, ordered(NAME), other):
        done = await reissue(server, old, names=names)
        if done.order.status is S.REISSUE_PENDING:
            await server.prove(names[-1].identifier.fqdn, done.order.random_value)
            await server.work()
    assert (await show(server, old.order)).order.names == other
    assert await cents(server) == before
    given_up = await reissue(server, old, names=ordered(NAME, "new.example.com", "one.more.example"))
    assert (given_up.order.status, await cents(server)) == (S.REISSUE_PENDING, before - 800)
    await server.program.use.ordering.cancel(await server.caller(), old.order.id)
    await server.work()
    await reissue(server, old, names=ordered(NAME, "new.example.com", "another.example"))
    assert await cents(server) == before - 800  # what was given up and given back is not paid for


async def test_duplicate_beside_a_reissue_has_the_names_of_the_current_certificate(server: Server) -> None:
    """Those of the reissue may be given up yet, and are given back what they cost."""
    old = await issue(server)
    await reissue(server, old, names=MORE)
    assert (await duplicate(server, old)).certificate.names == old.order.names
    with pytest.raises(InvalidInput, match=r"new\.example\.org"):
        await duplicate(server, old, names=MORE)


async def test_duplicate_stands_beside_the_current_certificate(each_server: Server) -> None:
    server = each_server
    old = await issue(server, NAME, "example.org")
    before = await cents(server)
    done = await duplicate(server, old, names=ordered("example.org"))
    assert (done.order.status, done.certificate.status) == (S.ISSUED, C.ISSUED)
    shown = await show(server, old.order)
    assert (shown.certificate.id, shown.further.duplicates) == (old.certificate.id, 1)
    assert await cents(server) == before
    found = await server.program.use.reissuing.list_of(
        await server.caller(), old.order.id, CertificateKind.DUPLICATE
    )
    assert found == [done.certificate]
    with pytest.raises(InvalidInput, match=r"other\.example"):
        await duplicate(server, old, names=ordered("other.example"))


async def test_value_to_publish_is_the_one_that_is_looked_for(server: Server) -> None:
    """However many certificates of the order wait at once."""
    old = await issue(server)
    server.clock.advance(201 * DAY)  # beyond the life of a proof
    await server.work()
    server.dns.publish(f"_dnsauth.{NAME}", "TXT")
    first = await reissue(server, old)
    second = await duplicate(server, old)
    third = await duplicate(server, old)
    assert {each.certificate.status for each in (first, second, third)} == {C.PENDING}
    order = (await show(server, old.order)).order
    await server.prove(NAME, order.random_value)
    server.clock.advance(DAY)
    await server.work()
    assert await statuses(server, old) == [C.EXPIRED, C.ISSUED, C.ISSUED, C.ISSUED]


@pytest.mark.parametrize("ask", [reissue, duplicate])
async def test_two_approvals_are_needed_for_two_steps(server: Server, ask: Any) -> None:
    server.account = await server.program.use.accounts.create("Strict", approval=ApprovalPolicy.TWO_STEP)
    old = await issue(server, skip_approval=True)
    waiting = await ask(server, old)
    approve = server.program.use.approvals.approve
    seen = [waiting.request.status]
    for caller in (await server.caller(), await server.second_caller()):
        await server.work()
        assert await statuses(server, old) == [C.ISSUED, C.PENDING]
        seen.append((await approve(caller, waiting.request.id)).status)
    await server.work()
    assert seen == [R.SUBMITTED, R.PENDING, R.APPROVED]
    assert await statuses(server, old) == [C.ISSUED, C.ISSUED]


@pytest.mark.parametrize("ask", [reissue, duplicate])
async def test_rejected_request_leaves_the_order_as_it_was(server: Server, ask: Any) -> None:
    server.account = await server.program.use.accounts.create("Strict", approval=ApprovalPolicy.ONE_STEP)
    old = await issue(server, skip_approval=True)
    waiting = await ask(server, old)
    await server.program.use.approvals.reject(await server.caller(), waiting.request.id)
    await server.work()
    done = await show(server, old.order)
    assert (done.order.status, done.certificate.id) == (S.ISSUED, old.certificate.id)
    assert await statuses(server, old) == [C.ISSUED, C.CANCELED]
