from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.x509.oid import NameOID

from certwright.ca.profiles import PROFILES, AuthorityURLs, build_subject
from certwright.domain.errors import IssuanceRefused
from certwright.domain.identifier import Identifier
from certwright.domain.ids import AuthorityId
from certwright.domain.product import ValidationLevel
from tests.support.authorities import SUBJECT

NAMES = (Identifier("example.com"), Identifier("www.example.com"))


def test_every_level_has_a_profile() -> None:
    assert set(PROFILES) == set(ValidationLevel)
    assert len({profile.policy for profile in PROFILES.values()}) == len(PROFILES)


def test_urls_lie_below_the_server() -> None:
    urls = AuthorityURLs.under("http://ca.example.com/", AuthorityId(5))

    assert urls == AuthorityURLs(
        certificate="http://ca.example.com/pki/5.crt",
        crl="http://ca.example.com/pki/5.crl",
        ocsp="http://ca.example.com/pki/5/ocsp",
    )


def test_dv_subject_holds_the_common_name_alone() -> None:
    assert build_subject(ValidationLevel.DV, SUBJECT, NAMES).rfc4514_string() == "CN=example.com"


def test_ov_subject_is_in_the_order_of_the_baseline_requirements() -> None:
    oids = [attribute.oid for attribute in build_subject(ValidationLevel.OV, SUBJECT, NAMES)]

    assert oids == [
        NameOID.COUNTRY_NAME,
        NameOID.STATE_OR_PROVINCE_NAME,
        NameOID.LOCALITY_NAME,
        NameOID.ORGANIZATION_NAME,
        NameOID.COMMON_NAME,
    ]


def test_organization_without_a_state_has_none_in_its_subject() -> None:
    """Singapore has no states."""
    subject = build_subject(ValidationLevel.OV, replace(SUBJECT, state="", country="SG"), NAMES)

    assert not subject.get_attributes_for_oid(NameOID.STATE_OR_PROVINCE_NAME)


@pytest.mark.parametrize("level", [ValidationLevel.OV, ValidationLevel.EV])
def test_organization_level_without_an_organization_is_refused(level: ValidationLevel) -> None:
    with pytest.raises(IssuanceRefused):
        build_subject(level, None, NAMES)


def test_value_that_is_too_long_is_refused() -> None:
    with pytest.raises(IssuanceRefused, match="64 characters"):
        build_subject(ValidationLevel.OV, replace(SUBJECT, organization="x" * 65), NAMES)


def test_longest_possible_value_is_taken() -> None:
    build_subject(ValidationLevel.OV, replace(SUBJECT, organization="x" * 64), NAMES)
