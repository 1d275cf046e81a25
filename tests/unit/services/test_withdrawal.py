"""What an order leaves behind that ends without a certificate: nothing that still waits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.account import ApprovalPolicy
from certwright.domain.approval import RequestStatus
from certwright.domain.dcv import ValidationStatus
from certwright.domain.errors import IssuanceRefused
from tests.support.orders import NAME, fault_ca, place, script_caa, script_probe

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
    assert all(each.status is not ValidationStatus.PENDING for each in validations)
    decided = RequestStatus.APPROVED if end == "refuse" else RequestStatus.REJECTED
    assert [request.status for request in requests] == [decided]
    assert (await use.billing.balance(caller.account_id)).cents == 0
