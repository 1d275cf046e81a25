"""Approval requests as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.approval import ApprovalRequest, RequestKind, RequestStatus
from certwright.domain.certificate import RevocationReason
from certwright.domain.errors import NotFound, StaleRecord
from certwright.domain.ids import AccountId, APIKeyId, ApprovalRequestId, CertificateId, OrderId
from certwright.store.engine import placeholders, to_instant, to_instant_or_none, to_stored, to_stored_or_none

if TYPE_CHECKING:
    from certwright.store.engine import Bindable, Connection, Row

_COLUMNS = (
    "id, account_id, order_id, kind, status, requester, created_at, comments, certificate_id, revocation_reason, "
    "processor, processor_comment, processed_at"
)


class SQLApprovalRequests:
    """Approval requests in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, request: ApprovalRequest) -> None:
        """Store a new request."""
        await self._connection.execute(
            f"INSERT INTO approval_requests ({_COLUMNS}) VALUES ({placeholders(13)})",
            request.id,
            request.account_id,
            request.order_id,
            request.kind.value,
            request.status.value,
            request.requester,
            to_stored(request.created_at),
            request.comments,
            request.certificate_id,
            request.revocation_reason.value if request.revocation_reason else None,
            request.processor,
            request.processor_comment,
            to_stored_or_none(request.processed_at),
        )

    async def save(self, request: ApprovalRequest, *, expected: str) -> None:
        """Store a changed request whose stored status must still be the expected one."""
        changed = await self._connection.execute(
            "UPDATE approval_requests SET status = $3, processor = $4, processor_comment = $5, processed_at = $6 "
            "WHERE id = $1 AND status = $2",
            request.id,
            expected,
            request.status.value,
            request.processor,
            request.processor_comment,
            to_stored_or_none(request.processed_at),
        )
        if changed != 1:
            raise StaleRecord("The request has been decided by somebody else")

    async def get(self, account_id: AccountId, request_id: ApprovalRequestId) -> ApprovalRequest:
        """Return a request of the account."""
        found = await self._list("id = $1 AND account_id = $2", request_id, account_id)
        if not found:
            raise NotFound("request")
        return found[0]

    async def list_of_account(self, account_id: AccountId) -> list[ApprovalRequest]:
        """List an account's requests, newest first."""
        return await self._list("account_id = $1 ORDER BY id DESC", account_id)

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[ApprovalRequest]:
        """List an order's requests, oldest first."""
        return await self._list("order_id = $1 AND account_id = $2 ORDER BY id", order_id, account_id)

    async def _list(self, condition: str, *values: Bindable) -> list[ApprovalRequest]:
        rows = await self._connection.fetch(
            f"SELECT {_COLUMNS} FROM approval_requests WHERE {condition}", *values
        )
        return [_from_row(row) for row in rows]


def _from_row(row: Row) -> ApprovalRequest:
    return ApprovalRequest(
        id=ApprovalRequestId(row[0]),
        account_id=AccountId(row[1]),
        order_id=OrderId(row[2]),
        kind=RequestKind(row[3]),
        status=RequestStatus(row[4]),
        requester=APIKeyId(row[5]),
        created_at=to_instant(row[6]),
        comments=row[7],
        certificate_id=None if row[8] is None else CertificateId(row[8]),
        revocation_reason=None if row[9] is None else RevocationReason(row[9]),
        processor=None if row[10] is None else APIKeyId(row[10]),
        processor_comment=row[11],
        processed_at=to_instant_or_none(row[12]),
    )
