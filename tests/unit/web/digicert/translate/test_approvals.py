"""Approval requests: which of them filters pick, and what is left out of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from certwright.domain.approval import ApprovalRequest, RequestKind, RequestStatus
from certwright.domain.ids import APIKeyId, ApprovalRequestId
from certwright.web.digicert.translate.approvals import request_row, select
from certwright.web.digicert.translate.orders import Surroundings
from certwright.web.digicert.translate.query_string import parse_query_string
from tests.support.book import ACCOUNT, account, api_key, order, organization
from tests.support.catalogue import CATALOGUE
from tests.support.clock import NOON

AROUND = Surroundings(
    account=account(),
    keys={api_key().id: api_key()},
    organizations={organization().id: organization()},
    catalogue=CATALOGUE,
    at=NOON,
)
PENDING = ApprovalRequest(
    id=ApprovalRequestId(1),
    account_id=ACCOUNT,
    order_id=order().id,
    kind=RequestKind.NEW_REQUEST,
    status=RequestStatus.PENDING,
    requester=APIKeyId(1001),
    created_at=NOON,
)
APPROVED = replace(PENDING, id=ApprovalRequestId(2), status=RequestStatus.APPROVED, processor=APIKeyId(1001))


def test_requests_are_picked_by_status_and_type() -> None:
    def picked(*items: tuple[str, str]) -> list[int]:
        return [each.id for each in select([APPROVED, PENDING], parse_query_string(items))]

    assert picked() == [2, 1]
    assert picked(("filters[status]", "pending")) == [1]
    assert picked(("filters[status][0]", "pending"), ("filters[status][1]", "approved")) == [2, 1]
    assert picked(("filters[type]", "new_request")) == [2, 1]
    assert picked(("filters[type]", "revoke")) == []


def test_row_leaves_out_who_has_not_decided() -> None:
    def told(request: ApprovalRequest, **changes: Any) -> dict[str, Any]:
        row: dict[str, Any] = msgspec.to_builtins(request_row(request, order(**changes), AROUND))
        return row

    assert "processor" not in told(PENDING)
    assert told(APPROVED)["processor"]["first_name"] == "administrator"
    assert "organization" not in told(PENDING)["order"]
    assert told(PENDING, organization_id=organization().id)["order"]["organization"]["id"] == 1
