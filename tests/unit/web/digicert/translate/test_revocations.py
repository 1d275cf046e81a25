"""Revocations: reasons, comments under any name, and the request that may come back."""

from __future__ import annotations

import pytest

from certwright.domain.certificate import RevocationReason
from certwright.domain.errors import InvalidInput
from certwright.web.digicert.schemas.bodies import Revoke
from certwright.web.digicert.translate.revocations import to_revocation
from tests.support.book import order


@pytest.mark.parametrize(
    ("body", "reason", "comment"),
    [
        (Revoke(), RevocationReason.UNSPECIFIED, ""),
        (Revoke(revocation_reason="keyCompromise", comments="Lost"), RevocationReason.KEY_COMPROMISE, "Lost"),
        (Revoke(revocation_reason="key_compromise"), RevocationReason.KEY_COMPROMISE, ""),
        (Revoke(revocation_reason="affiliation_change"), RevocationReason.AFFILIATION_CHANGED, ""),
        (Revoke(comment="Replaced"), RevocationReason.UNSPECIFIED, "Replaced"),
    ],
)
def test_reasons_and_comments(body: Revoke, reason: RevocationReason, comment: str) -> None:
    wanted = to_revocation(body, order().id)
    assert (wanted.reason, wanted.comment, wanted.certificate_id) == (reason, comment, None)


@pytest.mark.parametrize("reason", ["bored", "privilegeWithdrawn", "KEYCOMPROMISE"])
def test_reasons_that_are_none(reason: str) -> None:
    with pytest.raises(InvalidInput):
        to_revocation(Revoke(revocation_reason=reason), order().id)


@pytest.mark.parametrize(("flag", "skips"), [(True, True), ("1", True), (None, False), (0, False)])
def test_approval_is_skipped_on_demand(flag: bool | str | int | None, skips: bool) -> None:
    assert to_revocation(Revoke(skip_approval=flag), order().id).skip_approval is skips
