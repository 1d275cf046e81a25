"""Approval requests: which of them filters pick, and what is left out of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from certwright.domain.account import Caller, Role
from certwright.domain.approval import ApprovalRequest, RequestKind, RequestStatus
from certwright.domain.ids import APIKeyId, ApprovalRequestId, CustomFieldId
from certwright.domain.query import Contains, CustomValueTest, OneOf, RequestQuery
from certwright.web.digicert.translate.approvals import request_row, to_query
from certwright.web.digicert.translate.orders import Surroundings
from certwright.web.digicert.translate.query_string import parse_paging, parse_query_string
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


def _query(*items: tuple[str, str], role: Role = Role.ADMINISTRATOR) -> RequestQuery:
    query = parse_query_string(items)
    return to_query(query, Caller(account=account(), key=api_key(role=role)), parse_paging(query))


def test_filters_become_a_query() -> None:
    assert _query() == RequestQuery(account_id=ACCOUNT)
    assert _query(("filters[status]", "PENDING")).statuses == frozenset({RequestStatus.PENDING})
    both = _query(("filters[status][0]", "pending"), ("filters[status][1]", "approved"))
    assert both.statuses == frozenset({RequestStatus.PENDING, RequestStatus.APPROVED})
    assert _query(("filters[type]", "nonsense")).kinds == frozenset()
    assert _query(("filters[search]", "%shop")).common_name == Contains("shop")
    assert _query(("container_id", "7")).statuses == frozenset()
    assert _query(("container_id", str(ACCOUNT)), ("limit", "5"), ("offset", "2")) == RequestQuery(
        account_id=ACCOUNT, limit=5, offset=2
    )
    fields = _query(("filters[metadata_id]", "3"), ("filters[metadata_value]", "Blue")).custom_values
    assert fields == (CustomValueTest(field_id=CustomFieldId(3), value=OneOf(("blue",))),)


def test_a_limited_user_asks_for_its_own() -> None:
    assert _query(role=Role.LIMITED).placed_by == api_key().id


def test_row_leaves_out_who_has_not_decided() -> None:
    def told(request: ApprovalRequest, **changes: Any) -> dict[str, Any]:
        row: dict[str, Any] = msgspec.to_builtins(request_row(request, order(**changes), AROUND))
        return row

    assert "processor" not in told(PENDING)
    assert told(APPROVED)["processor"]["first_name"] == "administrator"
    assert "organization" not in told(PENDING)["order"]
    assert told(PENDING, organization_id=organization().id)["order"]["organization"]["id"] == 1
