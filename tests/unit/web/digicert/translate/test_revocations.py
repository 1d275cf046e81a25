"""Revocations: reasons, comments under any name, and whose they are to make."""

from __future__ import annotations

import pytest

from certwright.domain.account import ApprovalPolicy, Caller, Role
from certwright.domain.certificate import RevocationReason
from certwright.domain.errors import InvalidInput, PermissionDenied
from certwright.web.digicert.schemas.bodies import Revoke
from certwright.web.digicert.translate.revocations import check_may_revoke, parse_revocation
from tests.support.book import account, api_key


@pytest.mark.parametrize(
    ("body", "reason", "comment"),
    [
        (Revoke(), RevocationReason.UNSPECIFIED, ""),
        (Revoke(revocation_reason="keyCompromise", comments="Lost"), RevocationReason.KEY_COMPROMISE, "Lost"),
        (Revoke(comment="Replaced"), RevocationReason.UNSPECIFIED, "Replaced"),
    ],
)
def test_reasons_and_comments(body: Revoke, reason: RevocationReason, comment: str) -> None:
    revocation = parse_revocation(body)
    assert (revocation.reason, revocation.comment) == (reason, comment)


@pytest.mark.parametrize("reason", ["bored", "privilegeWithdrawn", "KEYCOMPROMISE"])
def test_reasons_that_are_none(reason: str) -> None:
    with pytest.raises(InvalidInput):
        parse_revocation(Revoke(revocation_reason=reason))


@pytest.mark.parametrize(
    ("policy", "role", "may"),
    [
        (ApprovalPolicy.NONE, Role.STANDARD, True),
        (ApprovalPolicy.ONE_STEP, Role.ADMINISTRATOR, True),
        (ApprovalPolicy.TWO_STEP, Role.ADMINISTRATOR, True),
        (ApprovalPolicy.ONE_STEP, Role.STANDARD, False),
        (ApprovalPolicy.TWO_STEP, Role.STANDARD, False),
    ],
)
def test_who_may_revoke(policy: ApprovalPolicy, role: Role, may: bool) -> None:
    caller = Caller(account=account(approval=policy), key=api_key(role=role))
    if may:
        check_may_revoke(caller)
    else:
        with pytest.raises(PermissionDenied):
            check_may_revoke(caller)
