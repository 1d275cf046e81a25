"""Requests: which of them a certificate waits for, and which nobody has decided."""

from __future__ import annotations

import pytest

from certwright.domain.approval import WAITING, ApprovalRequest, RequestKind, RequestStatus
from certwright.domain.ids import APIKeyId, ApprovalRequestId, OrderId
from tests.support.book import ACCOUNT
from tests.support.clock import NOON


@pytest.mark.parametrize("kind", RequestKind)
def test_only_a_revocation_makes_no_certificate(kind: RequestKind) -> None:
    request = ApprovalRequest(
        id=ApprovalRequestId(1),
        account_id=ACCOUNT,
        order_id=OrderId(1),
        kind=kind,
        status=RequestStatus.PENDING,
        requester=APIKeyId(1),
        created_at=NOON,
    )
    assert request.makes_a_certificate is (kind is not RequestKind.REVOKE)


def test_decided_requests_wait_for_nobody() -> None:
    assert set(RequestStatus) - WAITING == {RequestStatus.APPROVED, RequestStatus.REJECTED}
