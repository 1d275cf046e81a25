"""What an order leaves behind that ends without a certificate: nothing that still waits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.account import ApprovalPolicy
from certwright.domain.approval import RequestStatus
from certwright.domain.certificate import CertificateKind, CertificateStatus
from certwright.domain.dcv import ValidationStatus
from certwright.domain.errors import Conflict, IssuanceRefused
from certwright.domain.status import OrderStatus
from certwright.services.reissuing import NewCertificate
from certwright.services.revocation import NewRevocation
from tests.support.orders import (
    NAME,
    fault_ca,
    issue,
    new_csr,
    ordered,
    place,
    script_caa,
    script_probe,
    show,
)

if TYPE_CHECKING:
    from tests.support.server import Server


@pytest.mark.parametrize("end", ["cancel", "reject", "lapse", "refuse"])
async def test_nothing_waits_after_the_end(server: Server, end: str) -> None:
    server.account = await server.program.use.accounts.create("Strict", approval=ApprovalPolicy.ONE_STEP)
    use, caller = server.program.use, await server.caller()
    view = await place(server, NAME, "example.org", skip_approval=end == "refuse")
    if end == "cancel":
        await use.ordering.cancel(caller, view.order.id)
    elif end == "reject":
        await use.approvals.reject(caller, view.requests[0].id)
    elif end == "lapse":
        server.clock.advance(timedelta(days=30))
    else:

        async def refuse() -> None:
            raise IssuanceRefused("no")

        script_probe(server, NAME, "example.org")
        script_caa(server)
        fault_ca(server, before=refuse)
    await server.work()
    async with server.program.store.reading() as work:
        validations = await work.validations.list_of_order(caller.account_id, view.order.id)
        requests = await work.requests.list_of_order(caller.account_id, view.order.id)
        certificates = await work.certificates.list_of_order(caller.account_id, view.order.id)
    assert [certificate.status for certificate in certificates] == [CertificateStatus.CANCELED]
    assert all(each.status is not ValidationStatus.PENDING for each in validations)
    decided = RequestStatus.APPROVED if end == "refuse" else RequestStatus.REJECTED
    assert [request.status for request in requests] == [decided]
    assert (await use.billing.balance(caller.account_id)).cents == 0


@pytest.mark.parametrize("end", ["revoke", "expire", "late reissue", "unnoticed"])
async def test_duplicate_that_waits_ends_with_its_order(server: Server, end: str) -> None:
    """The request for it can't be approved any more, and its job is not kept."""
    server.account = await server.program.use.accounts.create("Strict", approval=ApprovalPolicy.ONE_STEP)
    use, caller = server.program.use, await server.caller()
    view = await issue(server, certificate_days=10, skip_approval=True)
    if end == "late reissue":
        server.clock.advance(timedelta(days=11))
        await server.work()
        new = NewCertificate(csr=new_csr(), skip_approval=True, names=ordered(NAME, "new.example.org"))
        await use.reissuing.reissue(caller, view.order.id, new)
    waiting = await use.reissuing.duplicate(caller, view.order.id, NewCertificate(csr=new_csr()))
    if end == "late reissue":
        await use.ordering.cancel(caller, view.order.id)
    elif end == "expire":
        server.clock.advance(timedelta(days=11))
    else:
        await use.revocation.revoke(caller, NewRevocation(order_id=view.order.id, skip_approval=True))
    if end == "unnoticed":  # as an older version left it
        async with server.program.store.writing() as work:
            await work.certificates.save(waiting.certificate, expected=CertificateStatus.CANCELED)
            rejected = (await work.requests.list_of_order(caller.account_id, view.order.id))[1]
            await work.requests.save(waiting.request, expected=rejected.status)
        assert await server.program.issuance.advance_duplicate(waiting.certificate.id)
    await server.work()
    found = await use.reissuing.list_of(caller, view.order.id, CertificateKind.DUPLICATE)
    assert [each.status for each in found] == [CertificateStatus.CANCELED]
    with pytest.raises(Conflict, match="has been decided"):
        await use.approvals.approve(caller, waiting.request.id)
    server.clock.advance(timedelta(hours=1))
    await server.work()  # its job looks once more
    server.clock.advance(timedelta(hours=1))
    assert await server.work() == 0


async def test_order_whose_certificate_ran_out_during_its_reissue_can_be_revoked(server: Server) -> None:
    use, caller = server.program.use, await server.caller()
    view = await issue(server, certificate_days=10)
    new = NewCertificate(csr=new_csr(), names=ordered(NAME, "new.example.org"))
    await use.reissuing.reissue(caller, view.order.id, new)
    server.clock.advance(timedelta(days=11))
    await server.work()
    await use.revocation.revoke(caller, NewRevocation(order_id=view.order.id))
    done = (await show(server, view.order)).order
    assert (done.status, done.pending_certificate_id, done.names) == (
        OrderStatus.REVOKED,
        None,
        view.order.names,
    )


async def test_order_does_not_come_back_to_a_revoked_certificate_that_ran_out(server: Server) -> None:
    use, caller = server.program.use, await server.caller()
    view = await issue(server, certificate_days=10)
    wanted = NewRevocation(order_id=view.order.id, certificate_id=view.certificate.id)
    await use.revocation.revoke(caller, wanted)
    server.clock.advance(timedelta(days=11))
    await server.work()
    new = NewCertificate(csr=new_csr(), names=ordered(NAME, "new.example.org"))
    await use.reissuing.reissue(caller, view.order.id, new)
    assert (await use.ordering.cancel(caller, view.order.id)).status is OrderStatus.EXPIRED
