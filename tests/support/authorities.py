"""Authorities, requests and CSRs for tests of the CA; keys are made once a process."""

from __future__ import annotations

import functools
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from certwright.ca.authority import (
    Authorities,
    KeyAlgorithm,
    SigningKey,
    create_authorities,
    open_authorities,
)
from certwright.ca.key_envelope import Sealer
from certwright.domain.certificate import AuthorityRecord, IssuanceRequest
from certwright.domain.identifier import Identifier
from certwright.domain.ids import AuthorityId, CertificateId
from certwright.domain.organization import Subject
from certwright.domain.product import ValidationLevel
from tests.support.clock import NOON

BASE_URL = "http://ca.example.com:8080"
ROOT_ID = AuthorityId(1)
ISSUING_ID = AuthorityId(2)
SEALER = Sealer.from_key(bytes(32))
SUBJECT = Subject(
    organization="Example Sdn. Bhd.",
    locality="Petaling Jaya",
    state="Selangor",
    country="MY",
    registration_number="202601000001",
)


def authority_records(algorithm: KeyAlgorithm = KeyAlgorithm.P256) -> tuple[AuthorityRecord, ...]:
    """Return a root and an issuing CA made a year before noon, the same ones at every call."""
    return _made(algorithm)


@functools.cache
def _made(algorithm: KeyAlgorithm) -> tuple[AuthorityRecord, ...]:
    return tuple(
        create_authorities(
            [ROOT_ID, ISSUING_ID],
            key_algorithm=algorithm,
            organization="Certwright",
            country="MY",
            base_url=BASE_URL,
            sealer=SEALER,
            at=NOON - timedelta(days=365),
        )
    )


def authorities(algorithm: KeyAlgorithm = KeyAlgorithm.P256) -> Authorities:
    return open_authorities(authority_records(algorithm), SEALER)


@functools.cache
def leaf_key(algorithm: KeyAlgorithm = KeyAlgorithm.P256) -> SigningKey:
    if algorithm is KeyAlgorithm.RSA2048:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def csr_der(algorithm: KeyAlgorithm = KeyAlgorithm.P256) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "www.example.com")])
    csr = (
        x509.CertificateSigningRequestBuilder().subject_name(name).sign(leaf_key(algorithm), hashes.SHA256())
    )
    return csr.public_bytes(serialization.Encoding.DER)


def issuance_request(
    *names: str,
    level: ValidationLevel = ValidationLevel.DV,
    key: KeyAlgorithm = KeyAlgorithm.P256,
    days: int = 90,
    certificate_id: int = 7,
    subject: Subject | None = None,
) -> IssuanceRequest:
    return IssuanceRequest(
        certificate_id=CertificateId(certificate_id),
        csr=csr_der(key),
        names=tuple(Identifier(name) for name in names or ("www.example.com", "example.com")),
        validation_level=level,
        not_after=NOON + timedelta(days=days),
        subject=subject or (None if level is ValidationLevel.DV else SUBJECT),
    )
