"""The embedded CA's authorities: a root and the issuing CAs under it, made, stored sealed, and opened.

The root signs nothing but issuing CAs and its CRL. An issuing CA has path length 0, signs leaves, its CRL and its OCSP
answers directly, and is limited to TLS servers (BR §7.1.2.6).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certwright.ca.profiles import BACKDATED, AuthorityURLs, key_usage
from certwright.domain.certificate import AuthorityRecord
from certwright.domain.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from certwright.ca.key_envelope import Sealer
    from certwright.domain.ids import AuthorityId

SigningKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

ROOT_LIFETIME = timedelta(days=365 * 20)
ISSUING_LIFETIME = timedelta(days=365 * 10)

_ANY_POLICY = x509.ObjectIdentifier("2.5.29.32.0")


class KeyAlgorithm(StrEnum):
    """The keys that an authority may have (BR §6.1.5)."""

    P256 = "P-256"
    P384 = "P-384"
    RSA2048 = "RSA-2048"
    RSA3072 = "RSA-3072"
    RSA4096 = "RSA-4096"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """An authority with its private key open."""

    record: AuthorityRecord
    certificate: x509.Certificate
    key: SigningKey

    @property
    def id(self) -> AuthorityId:
        """The number by which certificates refer to it."""
        return self.record.id

    @property
    def is_slow(self) -> bool:
        """Whether a signature takes milliseconds (RSA) and so belongs in a thread."""
        return isinstance(self.key, rsa.RSAPrivateKey)

    @property
    def hash_algorithm(self) -> hashes.SHA256 | hashes.SHA384:
        """The hash that belongs to the key (BR §7.1.3.2): SHA-384 for P-384, SHA-256 for all others."""
        return _hash_for(self.key)

    def bare_public_key(self) -> bytes:
        """Return what the subjectPublicKey bit string holds: a point, or RSA's PKCS #1 structure."""
        key = self.key.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
        return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


class Authorities:
    """All open authorities, found by id."""

    def __init__(self, authorities: Sequence[Authority]) -> None:
        self._by_id = {authority.id: authority for authority in authorities}

    def __iter__(self) -> Iterator[Authority]:
        return iter(self._by_id.values())

    def get(self, authority_id: AuthorityId) -> Authority:
        """Return an authority.

        Raises:
            NotFound: no such authority.
        """
        if authority_id not in self._by_id:
            raise NotFound("authority")
        return self._by_id[authority_id]

    def list_issuing(self) -> list[Authority]:
        """List the issuing CAs, the newest first."""
        issuing = [authority for authority in self if authority.record.issuer_id is not None]
        return sorted(
            issuing, key=lambda authority: (authority.record.created_at, authority.id), reverse=True
        )


def open_authorities(records: Sequence[AuthorityRecord], sealer: Sealer) -> Authorities:
    """Open the sealed keys of all authorities.

    Raises:
        InvalidInput: a key can't be opened, or a record is damaged.
    """
    return Authorities([_open(record, sealer) for record in records])


def create_authorities(
    ids: Sequence[AuthorityId],
    *,
    key_algorithm: KeyAlgorithm,
    organization: str,
    country: str,
    base_url: str,
    sealer: Sealer,
    at: datetime,
) -> list[AuthorityRecord]:
    """Make a root and an issuing CA under it, in this order, with the two ids given.

    ``base_url`` is where the root's certificate and CRL will be served. RSA keys take seconds: call it in a thread.
    """
    root_id, issuing_id = ids
    root_key, issuing_key = _generate(key_algorithm), _generate(key_algorithm)
    root_name = _name(organization, country, "Root CA", root_key)
    issuing_name = _name(organization, country, "TLS CA", issuing_key)
    root = _draft(root_name, root_key, root_name, root_key, at, ROOT_LIFETIME, path_length=None)
    issuing = _draft(issuing_name, issuing_key, root_name, root_key, at, ISSUING_LIFETIME, path_length=0)
    for extension in _issuing_extensions(AuthorityURLs.under(base_url, root_id)):
        issuing = issuing.add_extension(extension, critical=False)
    return [
        _record(root_id, None, root.sign(root_key, _hash_for(root_key)), root_key, sealer, at),
        _record(issuing_id, root_id, issuing.sign(root_key, _hash_for(root_key)), issuing_key, sealer, at),
    ]


def _generate(algorithm: KeyAlgorithm) -> SigningKey:
    match algorithm:
        case KeyAlgorithm.P256:
            return ec.generate_private_key(ec.SECP256R1())
        case KeyAlgorithm.P384:
            return ec.generate_private_key(ec.SECP384R1())
        case KeyAlgorithm.RSA2048 | KeyAlgorithm.RSA3072 | KeyAlgorithm.RSA4096:
            size = int(algorithm.value.removeprefix("RSA-"))
            return rsa.generate_private_key(public_exponent=65537, key_size=size)


def _hash_for(key: SigningKey) -> hashes.SHA256 | hashes.SHA384:
    is_p384 = isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP384R1)
    return hashes.SHA384() if is_p384 else hashes.SHA256()


def _name(organization: str, country: str, role: str, key: SigningKey) -> x509.Name:
    """Name an authority; some digits of its key keep apart two installations of one organization."""
    digits = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest[:3].hex().upper()
    attributes = [(NameOID.COUNTRY_NAME, country)] if country else []
    attributes += [
        (NameOID.ORGANIZATION_NAME, organization),
        (NameOID.COMMON_NAME, f"{organization} {role} {digits}"),
    ]
    try:
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
    except ValueError as cause:
        raise InvalidInput.for_field("organization", f"The name of the CA can't be used: {cause}") from cause


def _draft(
    name: x509.Name,
    key: SigningKey,
    issuer_name: x509.Name,
    issuer_key: SigningKey,
    at: datetime,
    lifetime: timedelta,
    *,
    path_length: int | None,
) -> x509.CertificateBuilder:
    """Begin a CA certificate with what roots and issuing CAs have in common."""
    not_before = at.replace(microsecond=0) - BACKDATED
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issuer_key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_before + lifetime - timedelta(seconds=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(key_id, critical=False)
        .add_extension(issuer_key_id, critical=False)
    )


def _issuing_extensions(root_urls: AuthorityURLs) -> list[x509.ExtensionType]:
    """List what an issuing CA's certificate says beside being a CA (BR §7.1.2.6)."""
    return [
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        x509.CertificatePolicies([x509.PolicyInformation(_ANY_POLICY, None)]),
        root_urls.issuer_access(),
        root_urls.crl_distribution_points(),
    ]


def _record(
    authority_id: AuthorityId,
    issuer_id: AuthorityId | None,
    certificate: x509.Certificate,
    key: SigningKey,
    sealer: Sealer,
    at: datetime,
) -> AuthorityRecord:
    name = str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    plaintext = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return AuthorityRecord(
        id=authority_id,
        name=name,
        issuer_id=issuer_id,
        certificate=certificate.public_bytes(serialization.Encoding.DER),
        encrypted_key=sealer.seal(plaintext, owner=_owner(authority_id, name)),
        created_at=at,
    )


def _open(record: AuthorityRecord, sealer: Sealer) -> Authority:
    plaintext = sealer.open(record.encrypted_key, owner=_owner(record.id, record.name))
    try:
        certificate = x509.load_der_x509_certificate(record.certificate)
        key = serialization.load_der_private_key(plaintext, password=None)
    except (ValueError, UnsupportedAlgorithm) as cause:
        raise InvalidInput(f"The stored certificate or key of {record.name} is damaged") from cause
    if (
        not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
        or certificate.public_key() != key.public_key()
    ):
        raise InvalidInput(f"The stored key of {record.name} is not the one of its certificate")
    return Authority(record=record, certificate=certificate, key=key)


def _owner(authority_id: AuthorityId, name: str) -> str:
    return f"authority {authority_id} ({name})"
