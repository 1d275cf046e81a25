"""Revocations: whose they are to make, and what clients say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.domain.account import ApprovalPolicy
from certwright.domain.errors import PermissionDenied
from certwright.web.digicert.errors import invalid
from certwright.web.digicert.translate.words import REVOCATION_REASONS

if TYPE_CHECKING:
    from certwright.domain.account import Caller
    from certwright.domain.certificate import RevocationReason
    from certwright.web.digicert.schemas.bodies import Revoke


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationOrder:
    """Why a certificate is to be revoked."""

    reason: RevocationReason
    comment: str


def parse_revocation(body: Revoke) -> RevocationOrder:
    """Read the reason and the comment under any of their names.

    Raises:
        InvalidInput: there is no such reason.
    """
    reason = REVOCATION_REASONS.get(body.revocation_reason or "unspecified")
    if reason is None:
        raise invalid("revocation_reason")
    return RevocationOrder(reason=reason, comment=body.comments or body.comment or "")


def check_may_revoke(caller: Caller) -> None:
    """Refuse who would need an approval; nobody is asked in an account without approvals, nor by an administrator.

    Raises:
        PermissionDenied: somebody would have to be asked.
    """
    if caller.account.approval is not ApprovalPolicy.NONE and not caller.is_administrator:
        raise PermissionDenied("A revocation by this key needs an approval")
