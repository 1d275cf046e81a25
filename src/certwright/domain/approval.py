"""Approval requests: what an account's approvers are asked to agree to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.certificate import RevocationReason
    from certwright.domain.ids import AccountId, APIKeyId, ApprovalRequestId, CertificateId, OrderId


class RequestKind(StrEnum):
    """What is to be approved."""

    NEW_REQUEST = "new_request"
    REISSUE = "reissue"
    DUPLICATE = "duplicate"
    REVOKE = "revoke"


class RequestStatus(StrEnum):
    """Where a request stands: ``submitted`` waits for the first of two approvals, ``pending`` for the last."""

    SUBMITTED = "submitted"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


WAITING = frozenset({RequestStatus.SUBMITTED, RequestStatus.PENDING})
"""The statuses of a request that nobody has decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest:
    """A request of an order; one whose approval was skipped is stored as approved at once.

    ``certificate_id`` is the certificate to be made or revoked; ``None`` revokes all of the order's. ``reviewer`` gave the
    first of two approvals, ``processor`` decided.
    """

    id: ApprovalRequestId
    account_id: AccountId
    order_id: OrderId
    kind: RequestKind
    status: RequestStatus
    requester: APIKeyId
    created_at: datetime
    comments: str = ""
    certificate_id: CertificateId | None = None
    revocation_reason: RevocationReason | None = None
    reviewer: APIKeyId | None = None
    processor: APIKeyId | None = None
    processor_comment: str = ""
    processed_at: datetime | None = None

    @property
    def makes_a_certificate(self) -> bool:
        """Whether a certificate waits for the approval."""
        return self.kind is not RequestKind.REVOKE
