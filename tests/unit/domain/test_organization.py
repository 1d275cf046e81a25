"""Organizations: which level a validation serves, and what stands in a subject."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from certwright.domain.organization import OrganizationValidation, ReviewStatus, Subject
from certwright.domain.product import ValidationLevel
from tests.support.book import organization
from tests.support.clock import NOON

L = ValidationLevel
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("validated", "asked", "good"),
    [
        (None, L.DV, True),
        (None, L.OV, False),
        (L.OV, L.OV, True),
        (L.OV, L.EV, False),
        (L.EV, L.OV, True),
        (L.EV, L.EV, True),
    ],
)
def test_level_is_served_by_itself_and_by_ev(
    validated: ValidationLevel | None, asked: ValidationLevel, good: bool
) -> None:
    known = organization()
    if validated is not None:
        one = OrganizationValidation(
            level=validated, status=ReviewStatus.APPROVED, submitted_at=NOON, valid_until=NOON + DAY
        )
        known = replace(known, validations=(one,))
    assert known.is_validated_for(asked, NOON) is good
    assert known.is_validated_for(asked, NOON + DAY) is (asked is L.DV)


def test_subject_says_who_and_where() -> None:
    assert organization(registration_number="123").subject() == Subject(
        organization="Example Sdn. Bhd.",
        locality="Petaling Jaya",
        state="Selangor",
        country="MY",
        registration_number="123",
    )
