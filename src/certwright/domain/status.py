"""The status machine of an order: its statuses, its actions, and one table ``(status, action) -> status``.

    needs_approval ─approve─► pending ─prove─► validating ─submit─► processing ─issue─► issued ─expire─► expired
          └─reject─► rejected    └───────────submit────────────────────▲  └─refuse─► rejected
    needs_csr ─supply_csr─► pending;   canceled ─refund─► refunded;   issued ─reissue─► reissue_pending ─issue─► issued

``order.place`` and ``Order.apply`` are the only readers of ``STARTS`` and ``TRANSITIONS`` that assign anything.
"""

from __future__ import annotations

from enum import StrEnum


class OrderStatus(StrEnum):
    """Where an order stands; the comment says who has the next move."""

    NEEDS_APPROVAL = "needs_approval"  # an approver
    NEEDS_CSR = "needs_csr"  # the applicant
    PENDING = "pending"  # the applicant (proof of control), or the organization check
    VALIDATING = "validating"  # the applicant and the worker: some names proved, not all
    PROCESSING = "processing"  # the CA
    ISSUED = "issued"  # nobody
    REISSUE_PENDING = "reissue_pending"  # as pending
    REJECTED = "rejected"  # nobody
    CANCELED = "canceled"  # nobody (or a refund)
    REFUNDED = "refunded"  # nobody
    REVOKED = "revoked"  # nobody
    EXPIRED = "expired"  # nobody


class Action(StrEnum):
    """What can happen to an order."""

    PLACE = "place"
    APPROVE = "approve"
    APPROVE_WITHOUT_CSR = "approve_without_csr"
    REJECT = "reject"
    SUPPLY_CSR = "supply_csr"
    PROVE = "prove"
    SUBMIT = "submit"
    ISSUE = "issue"
    REFUSE = "refuse"
    CANCEL = "cancel"
    LAPSE = "lapse"
    REFUND = "refund"
    REISSUE = "reissue"
    CANCEL_REISSUE = "cancel_reissue"
    CANCEL_LATE_REISSUE = "cancel_late_reissue"
    ISSUE_DUPLICATE = "issue_duplicate"
    REVOKE_CERTIFICATE = "revoke_certificate"
    REVOKE = "revoke"
    EXPIRE = "expire"


_S, _A = OrderStatus, Action

TRANSITIONS: dict[tuple[OrderStatus, Action], OrderStatus] = {
    (_S.NEEDS_APPROVAL, _A.APPROVE): _S.PENDING,
    (_S.NEEDS_APPROVAL, _A.APPROVE_WITHOUT_CSR): _S.NEEDS_CSR,
    (_S.NEEDS_APPROVAL, _A.REJECT): _S.REJECTED,
    (_S.NEEDS_APPROVAL, _A.CANCEL): _S.CANCELED,
    (_S.NEEDS_APPROVAL, _A.LAPSE): _S.CANCELED,
    (_S.NEEDS_CSR, _A.SUPPLY_CSR): _S.PENDING,
    (_S.NEEDS_CSR, _A.CANCEL): _S.CANCELED,
    (_S.NEEDS_CSR, _A.LAPSE): _S.CANCELED,
    (_S.PENDING, _A.PROVE): _S.VALIDATING,
    (_S.PENDING, _A.SUBMIT): _S.PROCESSING,
    (_S.PENDING, _A.CANCEL): _S.CANCELED,
    (_S.PENDING, _A.LAPSE): _S.CANCELED,
    (_S.PENDING, _A.REJECT): _S.REJECTED,
    (_S.VALIDATING, _A.SUBMIT): _S.PROCESSING,
    (_S.VALIDATING, _A.CANCEL): _S.CANCELED,
    (_S.VALIDATING, _A.LAPSE): _S.CANCELED,
    (_S.VALIDATING, _A.REJECT): _S.REJECTED,
    (_S.PROCESSING, _A.ISSUE): _S.ISSUED,
    (_S.PROCESSING, _A.REFUSE): _S.REJECTED,
    (_S.ISSUED, _A.REISSUE): _S.REISSUE_PENDING,
    (_S.ISSUED, _A.REVOKE): _S.REVOKED,
    (_S.ISSUED, _A.EXPIRE): _S.EXPIRED,
    (_S.REISSUE_PENDING, _A.ISSUE): _S.ISSUED,
    (_S.REISSUE_PENDING, _A.CANCEL_REISSUE): _S.ISSUED,
    (_S.REISSUE_PENDING, _A.REVOKE): _S.REVOKED,
    (_S.REISSUE_PENDING, _A.CANCEL_LATE_REISSUE): _S.EXPIRED,
    (_S.REISSUE_PENDING, _A.ISSUE_DUPLICATE): _S.REISSUE_PENDING,
    (_S.ISSUED, _A.ISSUE_DUPLICATE): _S.ISSUED,
    (_S.ISSUED, _A.REVOKE_CERTIFICATE): _S.ISSUED,
    (_S.EXPIRED, _A.REISSUE): _S.REISSUE_PENDING,
    (_S.CANCELED, _A.REFUND): _S.REFUNDED,
}

STARTS = frozenset({_S.NEEDS_APPROVAL, _S.NEEDS_CSR, _S.PENDING})
"""The statuses in which an order may begin."""

OPEN = frozenset({_S.NEEDS_APPROVAL, _S.NEEDS_CSR, _S.PENDING, _S.VALIDATING, _S.PROCESSING})
"""The statuses of an order that has not had a certificate yet and may still get one."""

AWAITING_PROOF = frozenset({_S.PENDING, _S.VALIDATING})
"""The statuses in which the worker looks for proof of control."""

UNDER_WAY = AWAITING_PROOF | {_S.PROCESSING, _S.REISSUE_PENDING}
"""The statuses in which the worker carries an order on to a certificate."""
