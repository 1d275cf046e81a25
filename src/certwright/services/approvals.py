"""Approval requests: what an account's administrators agree to before it is done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from certwright.domain.approval import WAITING, RequestKind, RequestStatus
from certwright.domain.certificate import CertificateStatus
from certwright.domain.change import Actor
from certwright.domain.errors import Conflict, PermissionDenied
from certwright.domain.status import Action
from certwright.domain.webhook import EventKind, Subject
from certwright.services.announcing import announce
from certwright.services.ports import JobKind
from certwright.services.retrying import again_when_stale
from certwright.services.revocation import revoke_requested
from certwright.services.validation import enqueue_approval_emails
from certwright.services.visibility import get_request
from certwright.services.withdrawal import give_up_reissue, withdraw

if TYPE_CHECKING:
    from certwright.domain.account import Caller
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.ids import ApprovalRequestId
    from certwright.domain.query import RequestPage, RequestQuery
    from certwright.services.ports import Clock, Store, UnitOfWork
    from certwright.services.revocation import Revocation


class Approvals:
    """Lists, approves and rejects approval requests."""

    def __init__(self, store: Store, clock: Clock, revocation: Revocation) -> None:
        self._store = store
        self._clock = clock
        self._revocation = revocation

    async def search(self, query: RequestQuery) -> RequestPage:
        """Return a page of an account's requests, newest first, and how many match in all, exactly."""
        async with self._store.reading() as work:
            return await work.requests.search(query)

    async def get(self, caller: Caller, request_id: ApprovalRequestId) -> ApprovalRequest:
        """Return a request of the account.

        Raises:
            NotFound: no such request in this account.
        """
        async with self._store.reading() as work:
            return await get_request(work, caller, request_id)

    @again_when_stale
    async def approve(
        self, caller: Caller, request_id: ApprovalRequestId, *, comment: str = ""
    ) -> ApprovalRequest:
        """Agree to a request: a submitted one then waits for its second approval, a pending one is carried out.

        Raises:
            NotFound: no such request in this account.
            PermissionDenied: the key is no approver's, or the account does not let it approve this one.
            Conflict: the request has been decided, or can no longer be carried out.
        """
        async with self._store.writing() as work:
            request = await get_request(work, caller, request_id)
            _check_decidable(caller, request)
            _check_not_own(caller, request)
            if request.status is RequestStatus.SUBMITTED:
                reviewed = replace(request, status=RequestStatus.PENDING, reviewer=caller.key.id)
                await work.requests.save(reviewed, expected=request.status)
                return reviewed
            decided = self._decided(caller, request, RequestStatus.APPROVED, comment)
            await work.requests.save(decided, expected=request.status)
            await self._carry_out(work, caller, decided)
        self._revocation.forget_crls()
        return decided

    @again_when_stale
    async def reject(
        self, caller: Caller, request_id: ApprovalRequestId, *, comment: str = ""
    ) -> ApprovalRequest:
        """Turn a request down: a new order is rejected, a reissue given up, anything else just not done.

        Raises:
            NotFound: no such request in this account.
            PermissionDenied: the key is no approver's.
            Conflict: the request has been decided.
        """
        async with self._store.writing() as work:
            request = await get_request(work, caller, request_id)
            _check_decidable(caller, request)
            decided = self._decided(caller, request, RequestStatus.REJECTED, comment)
            await work.requests.save(decided, expected=request.status)
            await self._give_up(work, caller, decided)
        return decided

    def _decided(
        self, caller: Caller, request: ApprovalRequest, status: RequestStatus, comment: str
    ) -> ApprovalRequest:
        return replace(
            request,
            status=status,
            processor=caller.key.id,
            processor_comment=comment,
            processed_at=self._clock.now(),
        )

    async def _carry_out(self, work: UnitOfWork, caller: Caller, request: ApprovalRequest) -> None:
        now = self._clock.now()
        actor = Actor.for_key(caller.key.id)
        order = await work.orders.get(caller.account_id, request.order_id)
        match request.kind:
            case RequestKind.NEW_REQUEST:
                certificate = await work.certificates.get(caller.account_id, order.certificate_id)
                action = Action.APPROVE if certificate.csr is not None else Action.APPROVE_WITHOUT_CSR
                reason = request.processor_comment or "Approved"
                await work.orders.record(order.apply(action, actor=actor, reason=reason, at=now))
                await enqueue_approval_emails(work, order, now)
                if certificate.csr is not None:
                    await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order.id, now)
            case RequestKind.REISSUE:
                await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order.id, now)
            case RequestKind.DUPLICATE:
                if request.certificate_id is not None:
                    await work.jobs.enqueue(JobKind.ADVANCE_DUPLICATE, request.certificate_id, now)
            case RequestKind.REVOKE:
                await revoke_requested(work, request, actor=actor, at=now)

    async def _give_up(self, work: UnitOfWork, caller: Caller, request: ApprovalRequest) -> None:
        now = self._clock.now()
        actor = Actor.for_key(caller.key.id)
        reason = request.processor_comment or "Rejected by an approver"
        order = await work.orders.get(caller.account_id, request.order_id)
        match request.kind:
            case RequestKind.NEW_REQUEST:
                await work.orders.record(order.apply(Action.REJECT, actor=actor, reason=reason, at=now))
                await withdraw(work, order, reason=reason, at=now)
                about = Subject(order_id=order.id, certificate_id=order.certificate_id)
                await announce(work, order.account_id, EventKind.ORDER_REJECTED, about, at=now)
            case RequestKind.REISSUE:
                await give_up_reissue(work, order, actor=actor, reason=reason, at=now)
            case RequestKind.DUPLICATE:
                if request.certificate_id is not None:
                    certificate = await work.certificates.get(caller.account_id, request.certificate_id)
                    canceled = replace(certificate, status=CertificateStatus.CANCELED)
                    await work.certificates.save(canceled, expected=CertificateStatus.PENDING)
            case RequestKind.REVOKE:
                pass


def _check_decidable(caller: Caller, request: ApprovalRequest) -> None:
    if not caller.is_approver:
        raise PermissionDenied("Only an administrator's or a manager's key may decide requests")
    if request.status not in WAITING:
        raise Conflict(f"The request has been decided: it is {request.status.value}")


def _check_not_own(caller: Caller, request: ApprovalRequest) -> None:
    """Refuse the second of two approvals by who gave the first, and any by who asked where the account wants that."""
    if caller.key.id == request.reviewer:
        raise PermissionDenied("The second approval takes somebody else", is_own_request=True)
    if caller.key.id == request.requester and not caller.account.self_approval:
        raise PermissionDenied("The account asks for the approval of somebody else", is_own_request=True)
