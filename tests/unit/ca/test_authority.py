from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certwright.ca.authority import KeyAlgorithm, create_authorities, open_authorities
from certwright.ca.key_envelope import Sealer
from certwright.domain.errors import InvalidInput, NotFound
from certwright.domain.ids import AuthorityId
from tests.support.authorities import BASE_URL, ISSUING_ID, ROOT_ID, SEALER, authorities, authority_records
from tests.support.clock import NOON
from tests.support.linting import lint_certificate

if TYPE_CHECKING:
    from certwright.domain.certificate import AuthorityRecord


def create(organization: str = "Certwright", country: str = "MY") -> list[AuthorityRecord]:
    return create_authorities(
        [ROOT_ID, ISSUING_ID],
        key_algorithm=KeyAlgorithm.P256,
        organization=organization,
        country=country,
        base_url=BASE_URL,
        sealer=SEALER,
        at=NOON,
    )


def load(record: AuthorityRecord) -> x509.Certificate:
    return x509.load_der_x509_certificate(record.certificate)


@pytest.mark.parametrize("algorithm", [KeyAlgorithm.P256, KeyAlgorithm.P384, KeyAlgorithm.RSA2048])
def test_authorities_pass_the_linter(algorithm: KeyAlgorithm) -> None:
    for record in authority_records(algorithm):
        assert lint_certificate(record.certificate) == set()


def test_root_signs_itself_and_the_issuing_ca() -> None:
    root, issuing = (load(record) for record in authority_records())

    root.verify_directly_issued_by(root)
    issuing.verify_directly_issued_by(root)


def test_issuing_ca_can_only_issue_leaves_for_tls_servers() -> None:
    issuing = load(authority_records()[1]).extensions

    assert issuing.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(
        ca=True, path_length=0
    )
    assert list(issuing.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.SERVER_AUTH
    ]
    points = issuing.get_extension_for_class(x509.CRLDistributionPoints).value
    assert [name.value for name in points[0].full_name or []] == [f"{BASE_URL}/pki/1.crl"]


def test_lifetimes() -> None:
    root, issuing = (load(record) for record in create())

    assert root.not_valid_before_utc == issuing.not_valid_before_utc == NOON - timedelta(hours=1)
    assert root.not_valid_after_utc - root.not_valid_before_utc == timedelta(days=7300) - timedelta(seconds=1)
    assert issuing.not_valid_after_utc - issuing.not_valid_before_utc == timedelta(days=3650) - timedelta(
        seconds=1
    )


def test_records_name_their_issuer() -> None:
    root, issuing = create()

    assert (root.id, root.issuer_id) == (ROOT_ID, None)
    assert (issuing.id, issuing.issuer_id) == (ISSUING_ID, ROOT_ID)
    assert root.created_at == NOON
    assert root.name == load(root).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


def test_two_installations_never_share_a_name() -> None:
    assert {record.name for record in create()}.isdisjoint(record.name for record in create())


def test_country_may_be_missing() -> None:
    assert not load(create(country="")[0]).subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)


@pytest.mark.parametrize(("organization", "country"), [("x" * 60, "MY"), ("Certwright", "Malaysia")])
def test_unfit_name_is_refused(organization: str, country: str) -> None:
    with pytest.raises(InvalidInput):
        create(organization, country)


@pytest.mark.parametrize(
    ("algorithm", "digest", "is_slow"),
    [
        (KeyAlgorithm.P256, hashes.SHA256, False),
        (KeyAlgorithm.P384, hashes.SHA384, False),
        (KeyAlgorithm.RSA2048, hashes.SHA256, True),
    ],
)
def test_opened_authority_knows_how_to_sign(
    algorithm: KeyAlgorithm, digest: type[hashes.HashAlgorithm], *, is_slow: bool
) -> None:
    authority = authorities(algorithm).get(ISSUING_ID)

    assert isinstance(authority.hash_algorithm, digest)
    assert authority.is_slow is is_slow


def test_newest_issuing_ca_comes_first() -> None:
    root, issuing = authority_records()
    newer = create_authorities(
        [AuthorityId(3), AuthorityId(4)],
        key_algorithm=KeyAlgorithm.P256,
        organization="Certwright",
        country="MY",
        base_url=BASE_URL,
        sealer=SEALER,
        at=NOON,
    )

    opened = open_authorities([root, issuing, *newer], SEALER)

    assert [authority.id for authority in opened.list_issuing()] == [4, 2]


def test_unknown_authority_is_not_found() -> None:
    with pytest.raises(NotFound):
        authorities().get(AuthorityId(9))


def test_another_key_file_does_not_open_them() -> None:
    with pytest.raises(InvalidInput, match="another key"):
        open_authorities(authority_records(), Sealer.from_key(b"x" * 32))


def test_exchanged_records_are_noticed() -> None:
    root, issuing = authority_records()

    with pytest.raises(InvalidInput):
        open_authorities([replace(issuing, encrypted_key=root.encrypted_key)], SEALER)
    with pytest.raises(InvalidInput, match="not the one of its certificate"):
        open_authorities([replace(issuing, certificate=root.certificate)], SEALER)
    with pytest.raises(InvalidInput, match="damaged"):
        open_authorities([replace(issuing, certificate=b"hello")], SEALER)
