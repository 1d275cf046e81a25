"""Organizations from their words and back, and what a search of them asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from certwright.domain.ids import AccountId
from certwright.domain.organization import OrganizationValidation, ReviewStatus, Standing
from certwright.domain.product import ValidationLevel
from certwright.domain.query import Contains, OneOf, OrganizationPage, OrganizationQuery
from certwright.web.webnic.schemas.organizations import (
    CreateOrganizationRequest,
    OrganizationSearchRequest,
)
from certwright.web.webnic.translate.faults import InvalidFields, InvalidParameters
from certwright.web.webnic.translate.organizations import (
    new_organization,
    organization_answer,
    organization_query,
    organization_status,
    parse_level,
    search_answer,
)
from tests.support.book import organization
from tests.support.clock import NOON
from tests.wire.webnic.given import COMPANY

YEAR = timedelta(days=365)


def _query(**body: Any) -> OrganizationQuery:
    return organization_query(AccountId(7), msgspec.convert(body, OrganizationSearchRequest), NOON)


def _validation(level: ValidationLevel, status: ReviewStatus, **changes: Any) -> OrganizationValidation:
    return OrganizationValidation(level=level, status=status, submitted_at=NOON, **changes)


def test_what_was_sent_comes_back() -> None:
    new = new_organization(msgspec.convert(COMPANY, CreateOrganizationRequest))
    stored = organization(
        12,
        name=new.name,
        address=new.address,
        phone=new.phone,
        assumed_name=new.assumed_name,
        registration_number=new.registration_number,
        contact=new.contact,
    )
    answer = msgspec.to_builtins(organization_answer(stored, NOON))
    assert {key: answer[key] for key in COMPANY} == COMPANY
    assert (answer["organizationId"], answer["status"], answer["validations"]) == ("12", "initial", [])


def test_null_is_nothing() -> None:
    new = new_organization(CreateOrganizationRequest())
    assert (new.name, new.address.country, new.contact) == ("", "", None)


def test_levels() -> None:
    assert parse_level("ov") is ValidationLevel.OV
    with pytest.raises(InvalidFields):
        parse_level("DV")


def test_search_words() -> None:
    everything = _query()
    assert (everything.names, everything.standings, everything.offset, everything.limit) == (
        (),
        None,
        0,
        1000,
    )
    query = _query(
        filters=[
            {"field": "name", "value": "Sdn"},
            {"field": "name", "operator": "EQUAL", "value": "Example, Sdn. Bhd."},
            {"field": "status", "value": "active,pending"},
            {"field": "status", "operator": "LIKE", "value": "pend"},
        ],
        pagination={"page": 2, "pageSize": 10},
    )
    assert query.names == (Contains("sdn"), OneOf(("example, sdn. bhd.",)))
    assert query.standings == frozenset({Standing.PENDING})
    assert (query.offset, query.limit) == (10, 10)
    assert (
        _query(filters=[{"field": "status", "value": word} for word in ("active", "expired")]).standings
        == frozenset()
    )
    with pytest.raises(InvalidParameters):
        _query(filters=[{"field": "city", "value": "x"}])


def test_page() -> None:
    request = msgspec.convert({"pagination": {"page": 2, "pageSize": 2}}, OrganizationSearchRequest)
    page = OrganizationPage(items=(organization(3),), total=3)
    answer = search_answer(request, page, NOON)
    assert (answer.page_size, answer.total_pages, answer.total_items) == (2, 2, 3)
    assert [item.organization_id for item in answer.items] == ["3"]


def test_reason_of_a_rejection_is_told_and_evidence_of_an_approval_is_not() -> None:
    found = organization(
        validations=(
            _validation(
                ValidationLevel.OV, ReviewStatus.APPROVED, valid_until=NOON + YEAR, evidence="passport 5"
            ),
            _validation(ValidationLevel.EV, ReviewStatus.REJECTED, evidence="not registered"),
        )
    )
    status = organization_status(found, NOON)
    assert status.status == "active"
    assert [(v.type, v.status, v.reason) for v in status.validations] == [
        ("OV", "active", ""),
        ("EV", "rejected", "not registered"),
    ]
    later = organization_status(found, NOON + YEAR)
    assert (later.status, later.validations[0].status) == ("rejected", "expired")


def test_submitted_one_is_pending() -> None:
    found = organization(validations=(_validation(ValidationLevel.OV, ReviewStatus.PENDING),))
    assert organization_status(found, NOON).validations[0].status == "pending"
