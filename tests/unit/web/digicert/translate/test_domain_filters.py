"""Filters and sorting of the list of domains."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from certwright.domain.dcv import DCVMethod, ValidationStatus
from certwright.domain.domain import DomainView
from certwright.domain.errors import InvalidInput
from certwright.domain.ids import DomainId, OrganizationId
from certwright.domain.product import ValidationLevel
from certwright.web.digicert.translate import domain_filters
from certwright.web.digicert.translate.query_string import parse_query_string
from tests.support.book import account, validation
from tests.support.clock import NOON
from tests.unit.web.digicert.translate.test_domains import domain

DAY = timedelta(days=1)


def _view(number: int, name: str, days: int | None = None, **changes: object) -> DomainView:
    made = replace(domain(id=DomainId(number), name=name, created_at=NOON + number * DAY), **changes)  # type: ignore[arg-type]  # a test's own words
    proof = validation(
        order_id=None,
        domain=name,
        proved_domain=name,
        status=ValidationStatus.VALID,
        validated_at=NOON,
        reusable_until=NOON + (days or 0) * DAY,
    )
    waiting = () if days else (validation(order_id=None, domain=name),)
    return DomainView(domain=made, organization=None, proof=proof if days else None, pending=waiting)


VIEWS = [
    _view(1, "b.example.com", days=5),
    _view(2, "a.example.org", days=45, method=DCVMethod.EMAIL, organization_id=OrganizationId(7)),
    _view(3, "c.example.com", is_active=False, levels=(ValidationLevel.EV,)),
]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [1, 2, 3]),
        ("filters[status]=active", [1, 2]),
        ("filters[status]=inactive", [3]),
        ("filters[search]=%25example.com", [1, 3]),
        ("filters[search]=example.com", []),
        ("filters[search]=B.Example.com", [1]),
        ("filters[dcv_method]=email", [2]),
        ("filters[dcv_method][0]=email&filters[dcv_method][1]=dns-txt-token", [1, 2, 3]),
        ("filters[validation]=pending", [3]),
        ("filters[validation]=ov_expiring_within_7_days", [1]),
        ("filters[validation]=ev_expiring_within_30_days", [1]),
        ("filters[validation]=ov_expiring_from_31_to_60_days", [2]),
        ("filters[validation]=shortened_by_industry_changes", []),
        ("filters[organization_id]=7", [2]),
        ("organization_id=7", [2]),
        ("container_id=1", [1, 2, 3]),
        ("container_id=2", []),
        ("filters[nothing]=1", [1, 2, 3]),
        ("sort=name", [2, 1, 3]),
        ("sort=-date_created", [3, 2, 1]),
        ("sort=is_active,-name", [3, 1, 2]),
        ("sort=nothing", [1, 2, 3]),
    ],
)
def test_selection(query: str, expected: list[int]) -> None:
    items = [tuple(part.split("=", 1)) for part in query.replace("%25", "%").split("&") if part]
    parsed = parse_query_string([(name, value) for name, value in items])
    found = domain_filters.select(VIEWS, account(), parsed, NOON)
    assert [view.domain.id for view in found] == expected


def test_method_that_is_not_known_is_refused() -> None:
    with pytest.raises(InvalidInput):
        domain_filters.select(VIEWS, account(), parse_query_string([("filters[dcv_method]", "x")]), NOON)
