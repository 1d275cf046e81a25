"""The dated rules: the day before a rule begins has the rule before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from certwright.domain import rules

MICROSECOND = timedelta(microseconds=1)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("begins", "validity", "age"),
    [
        ("2026-03-15", 199, 200),
        ("2027-03-15", 99, 100),
        ("2029-03-15", 46, 10),
    ],
)
def test_limits_of_certificates_and_proofs_shrink(begins: str, validity: int, age: int) -> None:
    assert rules.max_validity(day(begins)) == timedelta(days=validity)
    assert rules.max_validation_age(day(begins)) == timedelta(days=age)
    before = day(begins) - MICROSECOND
    assert rules.max_validity(before) > timedelta(days=validity)
    assert rules.max_validation_age(before) > timedelta(days=age)


def test_identity_is_validated_for_398_days_from_2026_03_15() -> None:
    assert rules.max_identity_age(day("2026-03-15")) == timedelta(days=398)
    assert rules.max_identity_age(day("2026-03-15") - MICROSECOND) == timedelta(days=825)


def test_first_and_last_rule_have_no_other_side() -> None:
    assert rules.max_validity(day("0001-01-01")) == timedelta(days=397)
    assert rules.max_validity(day("9999-12-31")) == timedelta(days=46)
