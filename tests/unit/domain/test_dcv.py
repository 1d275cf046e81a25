"""What a proof covers, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from certwright.domain import rules
from certwright.domain.dcv import (
    DCVMethod,
    ProbeResult,
    Validation,
    ValidationStatus,
    constructed_emails,
    dns_names,
    generate_random_value,
)
from certwright.domain.identifier import Identifier
from tests.support.book import validation
from tests.support.clock import NOON

M = DCVMethod
DAY = timedelta(days=1)


def valid(method: DCVMethod = M.DNS_TXT, proved: str = "example.com", at: datetime = NOON) -> Validation:
    return validation(
        method=method,
        domain="www.example.com",
        status=ValidationStatus.VALID,
        proved_domain=proved,
        validated_at=at,
        reusable_until=at + rules.max_validation_age(at),
    )


@pytest.mark.parametrize(
    ("method", "proved", "name", "covered"),
    [
        (M.DNS_TXT, "example.com", "example.com", True),
        (M.DNS_TXT, "example.com", "*.example.com", True),
        (M.DNS_CNAME, "example.com", "a.b.example.com", True),
        (M.EMAIL, "example.com", "www.example.com", True),
        (M.DNS_TXT, "www.example.com", "example.com", False),
        (M.DNS_TXT, "example.com", "badexample.com", False),
        (M.DNS_TXT, "example.com", "example.com.evil.test", False),
        (M.WEBSITE, "www.example.com", "www.example.com", True),
        (M.WEBSITE, "www.example.com", "*.www.example.com", False),
        (M.WEBSITE, "example.com", "www.example.com", False),
        (M.WEBSITE, "example.com", "*.example.com", False),
    ],
)
def test_proof_reaches_what_its_method_reaches(
    method: DCVMethod, proved: str, name: str, covered: bool
) -> None:
    assert valid(method, proved).covers(Identifier(name), NOON) is covered


def test_proof_covers_nothing_before_it_is_given_or_after_it_has_run_out() -> None:
    name, proof = Identifier("example.com"), valid()
    limit = rules.max_validation_age(NOON)
    assert proof.covers(name, NOON + limit / 2)
    assert not replace(proof, status=ValidationStatus.PENDING).covers(name, NOON)
    assert not replace(proof, status=ValidationStatus.FAILED).covers(name, NOON)
    assert not replace(proof, reusable_until=NOON + DAY).covers(name, NOON + DAY)
    assert not validation(domain="example.com").covers(name, NOON)


@pytest.mark.parametrize(("day", "old", "new"), [("2027-03-15", 200, 100), ("2029-03-15", 100, 10)])
def test_proof_is_no_older_than_the_rules_of_the_day_of_use_allow(day: str, old: int, new: int) -> None:
    """BR §4.2.1 counts back from the use: a proof of the day before falls under the new rule too."""
    begins = datetime.fromisoformat(day).replace(tzinfo=UTC)
    proof = valid(at=begins - DAY)
    assert proof.reusable_until == begins + (old - 1) * DAY
    assert proof.covers(Identifier("example.com"), begins + (new - 2) * DAY)
    assert not proof.covers(Identifier("example.com"), begins + (new - 1) * DAY)


def test_proof_by_mail_ends_with_the_method() -> None:
    end = rules.EMAIL_METHODS_END_AT
    proof = valid(M.EMAIL, at=end - DAY)
    assert proof.covers(Identifier("example.com"), end - timedelta(seconds=1))
    assert not proof.covers(Identifier("example.com"), end)
    assert valid(M.DNS_TXT, at=end - DAY).covers(Identifier("example.com"), end)


def test_random_values_are_long_and_never_alike() -> None:
    values = {generate_random_value() for _ in range(100)}
    assert len(values) == 100
    assert all(len(value) == 32 and value.isalnum() and value == value.lower() for value in values)


def test_records_stand_below_the_underscore_label_first() -> None:
    assert dns_names("example.com") == ("_dnsauth.example.com", "example.com")


def test_five_mailboxes_at_the_name_and_each_parent() -> None:
    addresses = constructed_emails(Identifier("*.www.example.com"))
    assert len(addresses) == 10
    assert addresses[0] == "admin@www.example.com"
    assert addresses[-1] == "postmaster@example.com"


def test_every_method_is_described_in_words() -> None:
    assert len({method.description for method in M}) == len(M)


def test_result_is_a_proof_if_it_names_where() -> None:
    assert ProbeResult(proved_domain="example.com").is_proved
    assert not ProbeResult(reason="nothing there").is_proved
