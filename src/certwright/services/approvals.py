"""Approval requests: what an account's administrators agree to before an order goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from certwright.domain.approval import RequestStatus
from certwright.domain.change import Actor
from certwright.domain.errors import Conflict, PermissionDenied
from certwright.domain.status import Action, OrderStatus
from certwright.services.ports import JobKind
from certwright.services.retrying import again_when_stale
from certwright.services.validation import withdraw_validations

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.account import Caller
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.ids import ApprovalRequestId
    from certwright.domain.order import Order
    from certwright.services.ports import Clock, Store, UnitOfWork

_WAITING = {RequestStatus.SUBMITTED, RequestStatus.PENDING}


class Approvals:
    """Lists, approves and rejects approval requests."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list_of(self, caller: Caller) -> list[ApprovalRequest]:
        """List the account's requests, newest first."""
        async with self._store.reading() as work:
            return await work.requests.list_of_account(caller.account_id)

    async def get(self, caller: Caller, request_id: ApprovalRequestId) -> ApprovalRequest:
        """Return a request of the account.

        Raises:
            NotFound: no such request in this account.
        """
        async with self._store.reading() as work:
            return await work.requests.get(caller.account_id, request_id)

    @again_when_stale
    async def approve(
        self, caller: Caller, request_id: ApprovalRequestId, *, comment: str = ""
    ) -> ApprovalRequest:
        """Agree to a request: a submitted one then waits for its second approval, a pending one goes on.

        Raises:
            NotFound: no such request in this account.
            PermissionDenied: the key is not an administrator's.
            Conflict: the request has been decided.
        """
        now = self._clock.now()
        async with self._store.writing() as work:
            request = await work.requests.get(caller.account_id, request_id)
            _check_decidable(caller, request)
            if request.status is RequestStatus.SUBMITTED:
                reviewed = replace(request, status=RequestStatus.PENDING)
                await work.requests.save(reviewed, expected=request.status)
                return reviewed
            decided = replace(
                request,
                status=RequestStatus.APPROVED,
                processor=caller.key.id,
                processor_comment=comment,
                processed_at=now,
            )
            await work.requests.save(decided, expected=request.status)
            order = await work.orders.get(caller.account_id, request.order_id)
            actor = Actor.for_key(caller.key.id)
            certificate = await work.certificates.get(caller.account_id, order.certificate_id)
            action = Action.APPROVE if certificate.csr is not None else Action.APPROVE_WITHOUT_CSR
            applied = order.apply(action, actor=actor, reason=comment or "Approved", at=now)
            await work.orders.record(applied)
            if applied.order.status is OrderStatus.PENDING:
                await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order.id, now)
            return decided

    @again_when_stale
    async def reject(
        self, caller: Caller, request_id: ApprovalRequestId, *, comment: str = ""
    ) -> ApprovalRequest:
        """Turn a request down, and its order with it.

        Raises:
            NotFound: no such request in this account.
            PermissionDenied: the key is not an administrator's.
            Conflict: the request has been decided.
        """
        now = self._clock.now()
        async with self._store.writing() as work:
            request = await work.requests.get(caller.account_id, request_id)
            _check_decidable(caller, request)
            decided = replace(
                request,
                status=RequestStatus.REJECTED,
                processor=caller.key.id,
                processor_comment=comment,
                processed_at=now,
            )
            await work.requests.save(decided, expected=request.status)
            order = await work.orders.get(caller.account_id, request.order_id)
            reason = comment or "Rejected by an approver"
            applied = order.apply(Action.REJECT, actor=Actor.for_key(caller.key.id), reason=reason, at=now)
            await work.orders.record(applied)
            await withdraw_validations(work, order, "The order was rejected")
        return decided


async def close_requests(work: UnitOfWork, order: Order, reason: str, at: datetime) -> None:
    """Reject the requests of an order that has ended before anybody decided them."""
    for request in await work.requests.list_of_order(order.account_id, order.id):
        if request.status in _WAITING:
            closed = replace(
                request, status=RequestStatus.REJECTED, processed_at=at, processor_comment=reason
            )
            await work.requests.save(closed, expected=request.status)


def _check_decidable(caller: Caller, request: ApprovalRequest) -> None:
    if not caller.is_administrator:
        raise PermissionDenied("Only an administrator's key may decide requests")
    if request.status not in _WAITING:
        raise Conflict(f"The request has been decided: it is {request.status.value}")
