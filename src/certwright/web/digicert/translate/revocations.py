"""Revocations: what clients say of them, and the request that comes back where somebody has to agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from certwright.services.revocation import NewRevocation
from certwright.web.digicert.errors import invalid
from certwright.web.digicert.schemas.orders import RevocationRequest
from certwright.web.digicert.translate import parties
from certwright.web.digicert.translate.dates import tell_instant
from certwright.web.digicert.translate.numbers import is_set
from certwright.web.digicert.translate.words import REVOCATION_REASONS

if TYPE_CHECKING:
    from certwright.domain.account import Caller
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.ids import CertificateId, OrderId
    from certwright.web.digicert.schemas.bodies import Revoke


def to_revocation(
    body: Revoke, order_id: OrderId, certificate_id: CertificateId | None = None
) -> NewRevocation:
    """Translate a revocation; its reason and its comment have more than one name.

    Raises:
        InvalidInput: there is no such reason.
    """
    reason = REVOCATION_REASONS.get(body.revocation_reason or "unspecified")
    if reason is None:
        raise invalid("revocation_reason")
    return NewRevocation(
        order_id=order_id,
        certificate_id=certificate_id,
        reason=reason,
        comment=body.comments or body.comment or "",
        skip_approval=is_set(body.skip_approval),
    )


def revocation_request(request: ApprovalRequest, caller: Caller) -> RevocationRequest:
    """Tell the request for a revocation that its caller has just made."""
    return RevocationRequest(
        id=request.id,
        date=tell_instant(request.created_at),
        type=request.kind.value,
        status=request.status.value,
        requester=parties.user(caller.key.id, {caller.key.id: caller.key}),
        comments=request.comments or UNSET,
    )
