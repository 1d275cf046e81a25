"""What every CA back end promises, run over all of them."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from certwright.ca.authority import KeyAlgorithm
from certwright.ca.embedded import EmbeddedCA
from certwright.domain.csr import parse_csr
from certwright.domain.errors import IssuanceRefused, NotFound
from certwright.domain.ids import AuthorityId
from certwright.domain.product import ValidationLevel
from tests.support.authorities import BASE_URL, authorities, issuance_request
from tests.support.clock import NOON, FrozenClock

if TYPE_CHECKING:
    from certwright.domain.certificate import IssuanceRequest
    from certwright.services.ports import CABackend


def embedded(algorithm: KeyAlgorithm) -> CABackend:
    return EmbeddedCA(authorities(algorithm), base_url=BASE_URL, clock=FrozenClock())


@pytest.fixture(params=["embedded P-256", "embedded RSA-2048"])
def ca(request: pytest.FixtureRequest) -> CABackend:
    match request.param:
        case "embedded P-256":
            return embedded(KeyAlgorithm.P256)
        case "embedded RSA-2048":
            return embedded(KeyAlgorithm.RSA2048)
        case other:
            raise AssertionError(other)


async def issue(ca: CABackend, request: IssuanceRequest) -> x509.Certificate:
    return x509.load_der_x509_certificate((await ca.issue(request)).der)


async def test_certificate_holds_the_key_and_all_names_of_the_request(ca: CABackend) -> None:
    request = issuance_request("www.example.com", "example.com", "*.example.net")
    leaf = await issue(ca, request)

    key = leaf.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert hashlib.sha256(key).digest() == parse_csr(base64.b64encode(request.csr)).key_hash
    san = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(san.get_values_for_type(x509.DNSName)) == {"www.example.com", "example.com", "*.example.net"}


async def test_answer_repeats_what_the_certificate_says(ca: CABackend) -> None:
    issued = await ca.issue(issuance_request())
    leaf = x509.load_der_x509_certificate(issued.der)

    assert int(issued.serial_number, 16) == leaf.serial_number
    assert issued.serial_number == issued.serial_number.upper().lstrip("0")
    assert issued.not_before == leaf.not_valid_before_utc
    assert issued.not_after == leaf.not_valid_after_utc


async def test_certificate_is_valid_now_and_no_longer_than_asked(ca: CABackend) -> None:
    issued = await ca.issue(issuance_request(days=30))

    assert issued.not_before <= NOON < issued.not_after <= NOON + timedelta(days=30)


async def test_chain_leads_from_the_leaf_to_a_root(ca: CABackend) -> None:
    issued = await ca.issue(issuance_request())
    chain = [x509.load_der_x509_certificate(der) for der in (issued.der, *ca.chain(issued.authority_id))]

    for certificate, issuer in zip(chain, [*chain[1:], chain[-1]], strict=True):
        certificate.verify_directly_issued_by(issuer)


async def test_issuing_authority_is_listed(ca: CABackend) -> None:
    issued = await ca.issue(issuance_request())

    assert issued.authority_id in ca.authority_ids()


async def test_same_request_never_has_two_serial_numbers(ca: CABackend) -> None:
    first, again = [await ca.issue(issuance_request()) for _ in range(2)]

    assert first.serial_number == again.serial_number


async def test_two_requests_have_two_serial_numbers(ca: CABackend) -> None:
    first, second = [await ca.issue(issuance_request(certificate_id=number)) for number in (1, 2)]

    assert first.serial_number != second.serial_number


async def test_organization_stands_in_the_subject_from_ov_on(ca: CABackend) -> None:
    dv = await issue(ca, issuance_request(level=ValidationLevel.DV))
    ov = await issue(ca, issuance_request(level=ValidationLevel.OV))

    organizations = [leaf.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME) for leaf in (dv, ov)]
    assert [len(found) for found in organizations] == [0, 1]


async def test_hopeless_request_is_refused(ca: CABackend) -> None:
    with pytest.raises(IssuanceRefused):
        await ca.issue(issuance_request(days=-1))


def test_chain_of_an_unknown_authority_is_not_found(ca: CABackend) -> None:
    with pytest.raises(NotFound):
        ca.chain(AuthorityId(99))


def test_is_ready(ca: CABackend) -> None:
    assert ca.is_ready()
