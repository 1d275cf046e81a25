"""From proof of control to the certificate: once, whoever asks and whatever fails on the way."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from certwright.domain.certificate import CertificateStatus
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import Conflict, IssuanceRefused, StaleRecord, Unavailable
from certwright.domain.ids import OrderId
from certwright.domain.product import ValidationLevel
from certwright.domain.status import Action, OrderStatus
from certwright.services.issuance import Issuance
from tests.support.orders import (
    NAME,
    fault_ca,
    issue,
    new_csr,
    ordered,
    organization,
    place,
    script_caa,
    script_probe,
    show,
)
from tests.support.server import running_server

if TYPE_CHECKING:
    from pathlib import Path

    from certwright.domain.change import StatusChange
    from certwright.domain.order import Order
    from tests.support.orders import FaultyCA
    from tests.support.server import Server

S = OrderStatus
NAMES = [f"host{number}.example.com" for number in range(12)]


async def history(server: Server, order: Order) -> list[StatusChange]:
    return await server.program.use.feed.history(await server.caller(), order.id)


async def actions(server: Server, order: Order) -> list[Action]:
    return [change.action for change in await history(server, order)]


async def advance(server: Server, order_id: OrderId) -> OrderStatus | None:
    return await server.program.issuance.advance(order_id)


async def test_proved_order_is_issued(each_server: Server) -> None:
    view = await issue(each_server, NAME, "example.org")
    assert (view.order.status, view.certificate.status) == (S.ISSUED, CertificateStatus.ISSUED)
    assert await actions(each_server, view.order) == [Action.PLACE, Action.SUBMIT, Action.ISSUE]
    leaf = x509.load_der_x509_certificate(view.certificate.der or b"")
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [NAME, "example.org"]
    assert view.certificate.serial_number == f"{leaf.serial_number:X}"


async def test_unknown_order_is_no_error(server: Server) -> None:
    assert await advance(server, OrderId(1)) is None


async def test_some_names_proved_is_validating_and_the_reason_names_the_next(server: Server) -> None:
    view = await place(server, "a.example", "b.example", "c.example")
    await server.prove("b.example", view.order.random_value)
    await server.work()
    shown = await show(server, view.order)
    order = shown.order
    assert order.status is S.VALIDATING
    assert "a.example" in shown.status_reason
    assert "1 more" in shown.status_reason

    for name in ("a.example", "c.example"):
        await server.prove(name, order.random_value)
    server.clock.advance(timedelta(minutes=1))
    await server.work()
    assert (await show(server, order)).order.status is S.ISSUED
    assert await actions(server, order) == [Action.PLACE, Action.PROVE, Action.SUBMIT, Action.ISSUE]


async def test_nothing_proved_stays_pending_and_writes_no_change(server: Server) -> None:
    view = await place(server)
    for _ in range(3):
        await server.work()
        server.clock.advance(timedelta(hours=1))
    shown = await show(server, view.order)
    order = shown.order
    assert (order, shown.status_reason.partition(":")[0]) == (
        view.order,
        f"Waits for proof of control of {NAME}",
    )
    assert await actions(server, order) == [Action.PLACE]


async def test_refusal_of_the_ca_rejects_the_order(server: Server) -> None:
    async def refuse() -> None:
        raise IssuanceRefused("Not for this name")

    fault_ca(server, before=refuse)
    view = await issue(server)
    assert (view.order.status, view.order.status_reason) == (S.REJECTED, "Not for this name")
    assert view.certificate.der is None
    assert (await history(server, view.order))[-1].actor.kind == "ca"


async def test_ca_that_is_away_is_asked_again_until_it_answers(server: Server) -> None:
    async def away() -> None:
        if len(ca.asked) <= 3:
            raise Unavailable("The CA does not answer")

    ca = fault_ca(server, before=away)
    view = await issue(server)
    assert view.order.status is S.PROCESSING
    with pytest.raises(Conflict):
        await server.program.use.ordering.cancel(await server.caller(), view.order.id)
    for _ in range(6):
        server.clock.advance(timedelta(minutes=2))
        await server.work()
    assert (await show(server, view.order)).order.status is S.ISSUED
    assert len({request.certificate_id for request in ca.asked}) == 1


async def test_process_killed_between_signing_and_storing_issues_once(each_server: Server) -> None:
    """The certificate that nobody stored never left the process; the next run asks for the same one."""
    server = each_server

    async def die_once() -> None:
        if len(ca.asked) == 1:
            raise asyncio.CancelledError

    ca = fault_ca(server, after=die_once)
    view = await place(server)
    await server.prove(NAME, view.order.random_value)
    with pytest.raises(asyncio.CancelledError):
        await advance(server, view.order.id)
    assert (await show(server, view.order)).order.status is S.PENDING
    assert await actions(server, view.order) == [Action.PLACE]

    await server.work()
    done = await show(server, view.order)
    assert (done.order.status, len(ca.asked)) == (S.ISSUED, 2)
    assert await actions(server, view.order) == [Action.PLACE, Action.SUBMIT, Action.ISSUE]


async def test_order_canceled_while_the_ca_works_is_not_issued(each_server: Server) -> None:
    server = each_server

    async def cancel() -> None:
        await server.program.use.ordering.cancel(await server.caller(), view.order.id)

    ca = fault_ca(server, after=cancel)
    view = await place(server)
    await server.prove(NAME, view.order.random_value)
    with pytest.raises(StaleRecord):
        await advance(server, view.order.id)
    await server.work()
    done = await show(server, view.order)
    assert (done.order.status, done.certificate.status) == (S.REFUNDED, CertificateStatus.CANCELED)
    assert (done.certificate.der, len(ca.asked)) == (None, 1)
    assert await actions(server, view.order) == [Action.PLACE, Action.CANCEL, Action.REFUND]


async def test_many_at_once_issue_once(each_server: Server) -> None:
    server = each_server
    view = await place(server)
    await server.prove(NAME, view.order.random_value)
    ca = fault_ca(server, after=lambda: asyncio.sleep(0))
    results = await asyncio.gather(
        *(advance(server, view.order.id) for _ in range(6)), return_exceptions=True
    )
    assert all(isinstance(result, StaleRecord | OrderStatus) for result in results), results
    await server.work()
    assert (await show(server, view.order)).order.status is S.ISSUED
    assert len(ca.asked) == 1
    assert await actions(server, view.order) == [Action.PLACE, Action.SUBMIT, Action.ISSUE]


async def test_order_canceled_while_names_are_looked_at_is_not_issued(each_server: Server) -> None:
    server = each_server
    view = await place(server)

    async def cancel() -> None:
        await server.program.use.ordering.cancel(await server.caller(), view.order.id)

    probe = script_probe(server, NAME)
    probe.meanwhile = cancel
    ca = fault_ca(server)
    with pytest.raises(StaleRecord):
        await advance(server, view.order.id)
    await server.work()
    done = await show(server, view.order)
    assert (done.order.status, done.certificate.status, ca.asked) == (
        S.REFUNDED,  # what was charged came back meanwhile
        CertificateStatus.CANCELED,
        [],
    )
    assert await actions(server, view.order) == [Action.PLACE, Action.CANCEL, Action.REFUND]


async def test_private_product_needs_no_proof(server: Server) -> None:
    known = await organization(server)
    await server.program.use.organizations.approve(known.id, ValidationLevel.OV)
    probe = script_probe(server)
    view = await place(server, product="private_ssl_plus", organization_id=known.id)
    assert view.proofs[0].validation is None
    await server.work()
    assert (await show(server, view.order)).order.status is S.ISSUED
    assert probe.asked == []


async def test_caa_that_forbids_keeps_the_order_waiting_and_says_why(server: Server) -> None:
    caa = script_caa(server, "b.example")
    view = await issue(server, "a.example", "b.example")
    assert view.order.status is S.PENDING
    assert view.order.status_reason == "CAA of b.example names another CA"

    caa.forbidden.clear()
    server.clock.advance(timedelta(hours=1))
    await server.work()
    assert (await show(server, view.order)).order.status is S.ISSUED


async def test_order_waits_for_its_organization_and_goes_on_by_itself(server: Server) -> None:
    known = await organization(server)
    view = await issue(server, product="true-businessid", organization_id=known.id)
    assert view.order.status is S.PENDING
    assert view.order.status_reason == "Waits for the validation of Example Sdn. Bhd. for OV certificates"

    await server.program.use.organizations.approve(known.id, ValidationLevel.OV)
    await server.work()
    done = await show(server, view.order)
    assert done.order.status is S.ISSUED
    subject = x509.load_der_x509_certificate(done.certificate.der or b"").subject
    assert [a.value for a in subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)] == [known.name]


async def test_unvalidated_organization_of_a_dv_order_reaches_no_certificate(server: Server) -> None:
    known = await organization(server)
    ca = fault_ca(server)
    view = await issue(server, organization_id=known.id)
    assert view.order.status is S.ISSUED
    assert [request.subject for request in ca.asked] == [None]


@pytest.mark.parametrize(("days", "expected"), [(30, 30), (None, 199), (900, 199)])
async def test_certificate_lives_as_long_as_asked_and_allowed(
    server: Server, days: int | None, expected: int
) -> None:
    view = await issue(server, certificate_days=days, term_years=3)
    end = view.certificate.not_after
    assert end is not None
    assert (
        timedelta(0) <= server.clock.now() + timedelta(days=expected) - end <= timedelta(hours=1, seconds=1)
    )  # backdated


async def test_certificate_does_not_outlive_its_order(tmp_path: Path) -> None:
    async with running_server(tmp_path, CERTWRIGHT_CA_MAX_VALIDITY_DAYS="3000") as server:
        view = await place(server)
        server.clock.advance(timedelta(days=25))
        script_probe(server, NAME)
        await server.work()
        done = await show(server, view.order)
        end = done.certificate.not_after
        assert end is not None
        assert timedelta(0) <= done.order.expires_at - end <= timedelta(seconds=1)


async def test_certificate_expires_and_its_order_with_it(server: Server) -> None:
    view = await issue(server)
    assert view.certificate.not_after is not None
    server.clock.advance(view.certificate.not_after - server.clock.now() - timedelta(seconds=1))
    await server.work()
    assert (await show(server, view.order)).order.status is S.ISSUED
    server.clock.advance(timedelta(seconds=1))
    await server.work()
    done = await show(server, view.order)
    assert (done.order.status, done.certificate.status) == (S.EXPIRED, CertificateStatus.EXPIRED)


async def test_proof_of_another_method_is_what_caa_is_asked_about(server: Server) -> None:
    """RFC 8657 binds the method by which control was really proved."""
    await issue(server)
    caa = script_caa(server)
    asked: list[DCVMethod] = []
    real = caa.check

    async def note(identifier: object, *, method: DCVMethod) -> object:
        asked.append(method)
        return await real(identifier, method=method)  # type: ignore[arg-type]  # passed on as it came

    caa.check = note  # type: ignore[method-assign, assignment]  # a spy on a double
    await place(server, names=ordered(NAME, method=DCVMethod.WEBSITE), csr=new_csr())
    await server.work()
    assert asked == [DCVMethod.DNS_TXT]


async def test_orders_carried_on_together_share_their_transactions(each_server: Server) -> None:
    server = each_server
    script_probe(server, *NAMES)
    script_caa(server)
    views = [await place(server, name) for name in NAMES]
    await asyncio.gather(*(advance(server, view.order.id) for view in views))
    for view in views:
        done = await show(server, view.order)
        assert done.order.status is S.ISSUED
        assert await actions(server, done.order) == [Action.PLACE, Action.SUBMIT, Action.ISSUE]
        leaf = x509.load_der_x509_certificate(done.certificate.der or b"")
        assert leaf.subject.rfc4514_string() == f"CN={view.order.common_name}"
    changes = [change for view in views for change in await history(server, view.order)]
    assert sorted(change.sequence for change in changes) == list(range(1, 3 * len(views) + 1))


async def test_order_that_somebody_else_changed_does_not_spoil_those_beside_it(each_server: Server) -> None:
    """All three are read together; then the first is canceled before they are submitted together."""
    server = each_server
    views = [await place(server, name) for name in NAMES[:3]]
    canceled, *others = (view.order for view in views)
    looked = 0

    async def cancel() -> None:
        nonlocal looked
        looked += 1
        if looked == len(views):
            await server.program.use.ordering.cancel(await server.caller(), canceled.id)
            all_looked.set()
        await all_looked.wait()

    all_looked = asyncio.Event()
    script_probe(server, *NAMES).meanwhile = cancel
    script_caa(server)
    results = await asyncio.gather(
        *(advance(server, view.order.id) for view in views), return_exceptions=True
    )
    assert isinstance(results[0], StaleRecord)
    assert results[1:] == [S.ISSUED, S.ISSUED]
    assert (await show(server, canceled)).order.status is S.CANCELED
    for order in others:
        assert await actions(server, order) == [Action.PLACE, Action.SUBMIT, Action.ISSUE]


async def test_two_processes_that_carry_on_the_same_orders_issue_each_once(each_server: Server) -> None:
    """On PostgreSQL; SQLite wants one process, and takes two all the same."""
    server = each_server
    script_probe(server, *NAMES)
    script_caa(server)
    views = [await place(server, name) for name in NAMES]
    known = server.program.issuance
    other = Issuance(server.program.store, server.clock, known._catalogue, known._readiness, known._ca)
    await asyncio.gather(
        *(issuance.advance(view.order.id) for view in views for issuance in (known, other)),
        return_exceptions=True,
    )
    await server.work()
    for view in views:
        assert (await show(server, view.order)).order.status is S.ISSUED
        assert await actions(server, view.order) == [Action.PLACE, Action.SUBMIT, Action.ISSUE]


async def with_a_ca_away(server: Server) -> tuple[Order, FaultyCA]:
    """Place an order and have it submitted to a CA that does not answer."""

    async def away() -> None:
        raise Unavailable("The CA does not answer")

    ca = fault_ca(server, before=away)
    view = await issue(server)
    assert view.order.status is S.PROCESSING
    return view.order, ca


async def test_caa_is_asked_again_after_the_ca_was_away(server: Server) -> None:
    order, ca = await with_a_ca_away(server)
    caa = script_caa(server, NAME)
    ca.before = None
    asked = len(ca.asked)
    server.clock.advance(timedelta(hours=9))
    await server.work()
    waiting = (await show(server, order)).order
    assert (waiting.status, waiting.status_reason) == (S.PROCESSING, f"CAA of {NAME} names another CA")
    assert len(ca.asked) == asked

    caa.forbidden.clear()
    server.clock.advance(timedelta(hours=1))
    await server.work()
    assert (await show(server, order)).order.status is S.ISSUED


async def test_age_of_proof_is_judged_again_after_the_ca_was_away(server: Server) -> None:
    order, ca = await with_a_ca_away(server)
    ca.before = None
    server.dns.publish(f"_dnsauth.{NAME}", "TXT")
    server.clock.advance(timedelta(days=201))
    await server.work()
    waiting = await show(server, order)
    assert waiting.order.status is S.PROCESSING
    assert f"Waits for proof of control of {NAME}" in waiting.status_reason

    (proof,) = waiting.proofs
    assert proof.validation is not None
    await server.prove(NAME, proof.validation.random_value)
    server.clock.advance(timedelta(hours=1))
    await server.work()
    assert (await show(server, order)).order.status is S.ISSUED
