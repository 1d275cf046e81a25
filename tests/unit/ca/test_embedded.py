from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from certwright.ca.authority import Authorities, KeyAlgorithm
from certwright.ca.embedded import EmbeddedCA
from certwright.domain import rules
from certwright.domain.errors import InvalidInput, IssuanceRefused, NotFound
from certwright.domain.ids import AuthorityId
from certwright.domain.organization import Subject
from certwright.domain.product import ValidationLevel
from tests.support.authorities import BASE_URL, ISSUING_ID, ROOT_ID, authorities, issuance_request
from tests.support.clock import NOON, FrozenClock
from tests.support.linting import lint_certificate
from tests.support.openssl import openssl

if TYPE_CHECKING:
    from pathlib import Path

    from certwright.domain.certificate import IssuanceRequest

KEYS = [KeyAlgorithm.P256, KeyAlgorithm.P384, KeyAlgorithm.RSA2048]


def make_ca(
    algorithm: KeyAlgorithm = KeyAlgorithm.P256,
    *,
    clock: FrozenClock | None = None,
    max_validity: timedelta | None = None,
) -> EmbeddedCA:
    return EmbeddedCA(
        authorities(algorithm), base_url=BASE_URL, clock=clock or FrozenClock(), max_validity=max_validity
    )


async def issue(request: IssuanceRequest, ca: EmbeddedCA | None = None) -> x509.Certificate:
    return x509.load_der_x509_certificate((await (ca or make_ca()).issue(request)).der)


def common_names(certificate: x509.Certificate) -> list[str]:
    return [str(a.value) for a in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


@pytest.mark.parametrize("algorithm", KEYS)
async def test_leaf_is_trusted_by_the_chain(algorithm: KeyAlgorithm) -> None:
    ca = make_ca(algorithm)
    leaf = await issue(issuance_request("www.example.com", "*.example.net"), ca)
    issuing, root = map(x509.load_der_x509_certificate, ca.chain(ISSUING_ID))

    verifier = (
        PolicyBuilder().store(Store([root])).time(NOON).build_server_verifier(x509.DNSName("a.example.net"))
    )
    chain = verifier.verify(leaf, [issuing])

    assert chain == [leaf, issuing, root]


@pytest.mark.parametrize("algorithm", KEYS)
async def test_openssl_verifies_the_chain(algorithm: KeyAlgorithm, tmp_path: Path) -> None:
    ca = make_ca(algorithm)
    leaf = await issue(issuance_request(), ca)
    issuing, root = map(x509.load_der_x509_certificate, ca.chain(ISSUING_ID))
    for name, certificate in (("leaf", leaf), ("issuing", issuing), ("root", root)):
        (tmp_path / name).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    options = ["-x509_strict", "-purpose", "sslserver", "-verify_hostname", "example.com"]
    options += ["-attime", str(int(NOON.timestamp())), "-CAfile", "root", "-untrusted", "issuing"]
    assert openssl(tmp_path, "verify", *options, "leaf") == "leaf: OK\n"


@pytest.mark.parametrize("level", list(ValidationLevel))
@pytest.mark.parametrize("key", [KeyAlgorithm.P256, KeyAlgorithm.RSA2048])
async def test_leaf_passes_the_linter(level: ValidationLevel, key: KeyAlgorithm) -> None:
    leaf = await make_ca().issue(issuance_request(level=level, key=key, days=400))

    assert lint_certificate(leaf.der) == set()


async def test_dv_leaf_says_what_the_profile_promises() -> None:
    leaf = await issue(issuance_request("www.example.com", "example.com"))
    extensions = leaf.extensions

    assert common_names(leaf) == ["www.example.com"]
    assert len(leaf.subject.rdns) == 1
    san = extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert san.value.get_values_for_type(x509.DNSName) == ["www.example.com", "example.com"]
    assert not san.critical
    usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    points = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert [name.value for name in points[0].full_name or []] == [f"{BASE_URL}/pki/2.crl"]
    access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert {a.access_method: a.access_location.value for a in access} == {
        AuthorityInformationAccessOID.OCSP: f"{BASE_URL}/pki/2/ocsp",
        AuthorityInformationAccessOID.CA_ISSUERS: f"{BASE_URL}/pki/2.crt",
    }
    policies = extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [p.policy_identifier.dotted_string for p in policies] == ["2.23.140.1.2.1"]


async def test_ev_subject_names_the_registered_organization() -> None:
    leaf = await issue(issuance_request(level=ValidationLevel.EV))

    attributes = {a.oid: a.value for a in leaf.subject}
    assert attributes[NameOID.ORGANIZATION_NAME] == "Example Sdn. Bhd."
    assert attributes[NameOID.SERIAL_NUMBER] == "202601000001"
    assert attributes[NameOID.JURISDICTION_COUNTRY_NAME] == "MY"
    assert attributes[NameOID.BUSINESS_CATEGORY] == "Private Organization"


async def test_common_name_is_the_first_name_that_fits() -> None:
    leaf = await issue(issuance_request("a" * 60 + ".example.com", "example.com"))

    assert common_names(leaf) == ["example.com"]


async def test_without_a_fitting_name_the_san_is_critical() -> None:
    leaf = await make_ca().issue(issuance_request("a" * 60 + ".example.com", days=400))
    certificate = x509.load_der_x509_certificate(leaf.der)

    assert not certificate.subject.rdns
    assert certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).critical
    assert lint_certificate(leaf.der) == set()


async def test_validity_stays_below_the_dated_limit() -> None:
    issued = await make_ca().issue(issuance_request(days=1000))

    assert issued.not_before == NOON - timedelta(hours=1)
    whole = issued.not_after - issued.not_before + timedelta(seconds=1)
    assert whole == rules.max_validity(NOON) == timedelta(days=199)


async def test_operator_may_set_another_limit() -> None:
    issued = await make_ca(max_validity=timedelta(days=825)).issue(issuance_request(days=2000))

    assert issued.not_after - issued.not_before == timedelta(days=825) - timedelta(seconds=1)


async def test_leaf_never_outlives_its_issuer() -> None:
    ca = make_ca(clock=FrozenClock(NOON + timedelta(days=365 * 9 - 10)))
    issuing = x509.load_der_x509_certificate(ca.chain(ISSUING_ID)[0])

    issued = await ca.issue(issuance_request(days=365 * 10))

    assert issued.not_after == issuing.not_valid_after_utc


async def test_answer_agrees_with_the_certificate() -> None:
    issued = await make_ca().issue(issuance_request())
    certificate = x509.load_der_x509_certificate(issued.der)

    assert issued.authority_id == ISSUING_ID
    assert issued.serial_number == f"{certificate.serial_number:X}"
    assert issued.not_before == certificate.not_valid_before_utc
    assert issued.not_after == certificate.not_valid_after_utc


async def test_request_made_again_keeps_its_serial_number() -> None:
    """A worker killed between signing and committing leaves no second serial number behind."""
    first = await make_ca().issue(issuance_request())
    again = await make_ca(clock=FrozenClock(NOON + timedelta(minutes=5))).issue(issuance_request())

    assert first.serial_number == again.serial_number
    assert len(first.serial_number) == 32


async def test_every_certificate_has_a_serial_number_of_its_own() -> None:
    ca = make_ca()

    serials = {(await ca.issue(issuance_request(certificate_id=i))).serial_number for i in range(50)}
    serials.add((await ca.issue(issuance_request("other.example.com", certificate_id=1))).serial_number)

    assert len(serials) == 51


async def test_serial_numbers_of_neighbors_begin_alike_and_go_on_apart() -> None:
    """What is issued together lies together in an index."""
    ca = make_ca()

    serials = [
        (await ca.issue(issuance_request(certificate_id=i))).serial_number for i in (256, 300, 511, 512)
    ]

    # Of the 127 bits the first is always set, and 32 are shared: all of the first eight digits, and half of the ninth.
    assert len({serial[:8] for serial in serials[:3]}) == 1
    assert len({serial[:8] for serial in serials}) == 2
    assert len({serial[9:] for serial in serials}) == 4


async def test_expired_wish_is_refused() -> None:
    with pytest.raises(IssuanceRefused):
        await make_ca().issue(issuance_request(days=0))


@pytest.mark.parametrize(
    ("level", "changes"),
    [
        (ValidationLevel.EV, {"registration_number": ""}),
        (ValidationLevel.OV, {"organization": "x" * 65}),
        (ValidationLevel.OV, {"country": "Malaysia"}),
    ],
)
async def test_unfit_organization_is_refused(level: ValidationLevel, changes: dict[str, str]) -> None:
    fields = {
        "organization": "Example",
        "locality": "Ipoh",
        "state": "Perak",
        "country": "MY",
        "registration_number": "1",
    }
    subject = Subject(**(fields | changes))

    with pytest.raises(IssuanceRefused):
        await make_ca().issue(issuance_request(level=level, subject=subject))


def test_chain_of_an_unknown_authority_is_not_found() -> None:
    with pytest.raises(NotFound):
        make_ca().chain(AuthorityId(99))


def test_only_issuing_authorities_are_listed() -> None:
    assert make_ca().authority_ids() == (ISSUING_ID,)
    assert len(make_ca().chain(ROOT_ID)) == 1


def test_needs_an_issuing_authority() -> None:
    with pytest.raises(InvalidInput):
        EmbeddedCA(Authorities([]), base_url=BASE_URL, clock=FrozenClock())


def test_is_ready_until_its_own_certificate_ends() -> None:
    assert make_ca().is_ready()
    assert not make_ca(clock=FrozenClock(NOON + timedelta(days=365 * 10))).is_ready()
