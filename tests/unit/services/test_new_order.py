"""A new order before it is stored: in which status it begins, and whether anybody has to be asked."""

from __future__ import annotations

import pytest

from certwright.domain.account import ApprovalPolicy, Caller, Role
from certwright.domain.approval import RequestStatus
from certwright.domain.ids import ApprovalRequestId, CertificateId, OrderId, ProductKey
from certwright.domain.product import Price, Product, ValidationLevel
from certwright.domain.status import OrderStatus
from certwright.services.new_order import (
    FIRST_REASON,
    NewOrder,
    build_certificate,
    build_order,
    build_request,
)
from tests.support.book import account, api_key, names
from tests.support.clock import NOON
from tests.support.orders import new_csr

A, R, S = ApprovalPolicy, RequestStatus, OrderStatus
PRODUCT = Product(
    key=ProductKey("p"),
    name_id="p",
    name="P",
    provider="P",
    validation_level=ValidationLevel.DV,
    price=Price(base=0),  # type: ignore[arg-type]  # the price plays no part
)


@pytest.mark.parametrize(
    ("policy", "role", "skip", "with_csr", "status", "request_status"),
    [
        (A.NONE, Role.STANDARD, False, True, S.PENDING, R.APPROVED),
        (A.NONE, Role.STANDARD, False, False, S.NEEDS_CSR, R.APPROVED),
        (A.ONE_STEP, Role.STANDARD, False, True, S.NEEDS_APPROVAL, R.PENDING),
        (A.TWO_STEP, Role.ADMINISTRATOR, False, False, S.NEEDS_APPROVAL, R.SUBMITTED),
        (A.ONE_STEP, Role.ADMINISTRATOR, True, True, S.PENDING, R.APPROVED),
        (A.TWO_STEP, Role.ADMINISTRATOR, True, False, S.NEEDS_CSR, R.APPROVED),
        (A.ONE_STEP, Role.STANDARD, True, True, S.NEEDS_APPROVAL, R.PENDING),
    ],
)
def test_order_begins_where_policy_and_csr_put_it(
    policy: ApprovalPolicy,
    role: Role,
    skip: bool,
    with_csr: bool,
    status: OrderStatus,
    request_status: RequestStatus,
) -> None:
    caller = Caller(account=account(approval=policy), key=api_key(role=role))
    csr = new_csr() if with_csr else None
    new = NewOrder(product=PRODUCT, names=names("a.example"), term_years=1, csr=csr, skip_approval=skip)
    order = build_order(caller, new, OrderId(1), CertificateId(2), NOON)
    request = build_request(caller, order, new, ApprovalRequestId(3), NOON)
    certificate = build_certificate(order, new)

    assert (order.status, request.status) == (status, request_status)
    assert status in FIRST_REASON
    assert (request.processed_at is None) is (request.processor is None) is (status is S.NEEDS_APPROVAL)
    assert (certificate.id, certificate.order_id) == (order.certificate_id, order.id)
    assert (certificate.csr is not None) is with_csr
