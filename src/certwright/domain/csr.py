"""Certificate signing requests (PKCS #10, RFC 2986): reading strangers' ones, judging them, and making our own.

``parse_csr`` takes what people paste: PEM with or without line breaks, or bare base64. It shows whatever a readable
CSR says, even if its key may not be used; ``check_csr`` judges.
"""

from __future__ import annotations

import base64
import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from certwright.domain.account import Secret
from certwright.domain.errors import InvalidInput, UnusableCSR
from certwright.domain.key_blocklist import KeyBlocklist
from certwright.domain.key_rules import check_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

_MAX_TEXT_BYTES = 64 * 1024  # an RSA-8192 CSR with 250 names takes 12 kB

_PEM_COLUMNS = 64

# RFC 7468 §7; "NEW" is what Microsoft's tools write. Data before and after the block is not looked at.
_PEM = re.compile(
    r"-----\s*BEGIN (?:NEW )?CERTIFICATE REQUEST\s*-----([^-]*)-----\s*END (?:NEW )?CERTIFICATE REQUEST\s*-----"
)
# Line breaks that were escaped once too often on their way through JSON or a shell.
_ESCAPED_BREAKS = re.compile(r"\\[rn]")

_PARSING_ERRORS = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)

_NO_KEYS = KeyBlocklist()

_SUBJECT_FIELDS = {
    NameOID.COMMON_NAME.dotted_string: "common_name",
    NameOID.ORGANIZATION_NAME.dotted_string: "organization",
    NameOID.ORGANIZATIONAL_UNIT_NAME.dotted_string: "organization_unit",
    NameOID.LOCALITY_NAME.dotted_string: "locality",
    NameOID.STATE_OR_PROVINCE_NAME.dotted_string: "state",
    NameOID.COUNTRY_NAME.dotted_string: "country",
    NameOID.EMAIL_ADDRESS.dotted_string: "email",
}


class KeySpec(StrEnum):
    """The keys that we make for applicants who ask us to."""

    P256 = "P-256"
    P384 = "P-384"
    RSA2048 = "RSA-2048"
    RSA3072 = "RSA-3072"
    RSA4096 = "RSA-4096"


@dataclass(frozen=True, slots=True, kw_only=True)
class CSRSubject:
    """The subject of a CSR; what is empty is left out."""

    common_name: str
    organization: str = ""
    organization_unit: str = ""
    locality: str = ""
    state: str = ""
    country: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CSR:
    """What a CSR says.

    ``key_hash`` is the SHA-256 of the SubjectPublicKeyInfo. Subject fields are empty where the CSR has none. ``names``
    are the DNS names of the SAN as they stand there. ``key_type`` is ``RSA``, ``EC``, ``ED25519``, … ``weakness`` is the
    sentence that says why nobody should certify the key or believe the signature; it is empty where nothing is wrong.
    """

    der: bytes
    key_hash: bytes
    common_name: str
    organization: str
    organization_unit: str
    locality: str
    state: str
    country: str
    email: str
    names: tuple[str, ...]
    key_type: str
    key_size: int
    signature_algorithm: str
    signature_holds: bool
    weakness: str

    def to_pem(self) -> str:
        """Return the CSR as PEM."""
        text = base64.b64encode(self.der).decode()
        rows = [text[start : start + _PEM_COLUMNS] for start in range(0, len(text), _PEM_COLUMNS)]
        return "\n".join(
            ["-----BEGIN CERTIFICATE REQUEST-----", *rows, "-----END CERTIFICATE REQUEST-----", ""]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedCSR:
    """A CSR and the private key that was made for it, both as PEM."""

    csr_pem: str
    private_key_pem: Secret


def parse_csr(text: str | bytes) -> CSR:
    """Read a CSR as PEM, as PEM without line breaks, or as base64 of its DER.

    Raises:
        UnusableCSR: it can't be read.
    """
    der = _decode(text)
    with _reading():
        request, key = _load(der)
        return CSR(
            der=der,
            key_hash=hashlib.sha256(_spki(key)).digest(),
            **_subject_fields(request.subject),
            names=_names(request),
            key_type=_key_type(key),
            key_size=getattr(key, "key_size", 0),
            signature_algorithm=request.signature_algorithm_oid._name,  # noqa: SLF001
            signature_holds=_signature_holds(request),
            weakness=_weakness(request, key),
        )


def check_csr(csr: CSR, *, blocklist: KeyBlocklist = _NO_KEYS) -> None:
    """Refuse a CSR whose sender has not shown to hold the key, or whose key may not be certified.

    Raises:
        UnusableCSR: with a sentence that says why.
    """
    if not csr.signature_holds:  # BR §3.2.1: the applicant proves possession of the private key
        raise _unusable("The CSR's signature does not match its key")
    if csr.weakness:
        raise _unusable(csr.weakness)
    if blocklist:
        with _reading():
            _, key = _load(csr.der)
        check_key(key, blocklist=blocklist)


def make_csr(subject: CSRSubject, names: Sequence[str], key_spec: KeySpec) -> GeneratedCSR:
    """Make a key and a CSR for it with the names in its SAN. An RSA key takes up to seconds: call it in a thread.

    Raises:
        InvalidInput: the common name is longer than 64 characters, the country is no code of two letters, or a name is
            not ASCII.
    """
    fields = [
        (NameOID.COUNTRY_NAME, subject.country),
        (NameOID.STATE_OR_PROVINCE_NAME, subject.state),
        (NameOID.LOCALITY_NAME, subject.locality),
        (NameOID.ORGANIZATION_NAME, subject.organization),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, subject.organization_unit),
        (NameOID.COMMON_NAME, subject.common_name),
        (NameOID.EMAIL_ADDRESS, subject.email),
    ]
    key = _generate(key_spec)
    try:
        name = x509.Name([x509.NameAttribute(oid, value) for oid, value in fields if value])
        builder = x509.CertificateSigningRequestBuilder().subject_name(name)
        if names:
            san = x509.SubjectAlternativeName([x509.DNSName(dns_name) for dns_name in names])
            builder = builder.add_extension(san, critical=False)
        csr = builder.sign(key, hashes.SHA256())
    except ValueError as cause:
        raise InvalidInput.for_field("subject", f"A CSR can't be made of this: {cause}") from cause
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return GeneratedCSR(
        csr_pem=csr.public_bytes(serialization.Encoding.PEM).decode(), private_key_pem=Secret(pem.decode())
    )


def _generate(key_spec: KeySpec) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    match key_spec:
        case KeySpec.P256:
            return ec.generate_private_key(ec.SECP256R1())
        case KeySpec.P384:
            return ec.generate_private_key(ec.SECP384R1())
        case KeySpec.RSA2048 | KeySpec.RSA3072 | KeySpec.RSA4096:
            bits = int(key_spec.value.removeprefix("RSA-"))
            return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _decode(text: str | bytes) -> bytes:
    if len(text) > _MAX_TEXT_BYTES:
        raise _unusable("The CSR is longer than 64 kB")
    try:
        plain = text.decode("ascii") if isinstance(text, bytes) else text
        block = _PEM.search(plain)
        body = block[1] if block else plain
        if "\\" in body:
            body = _ESCAPED_BREAKS.sub("", body)
        return base64.b64decode("".join(body.split()), validate=True)
    except ValueError as cause:
        raise _unusable("The CSR is neither PEM nor base64") from cause


def _load(der: bytes) -> tuple[x509.CertificateSigningRequest, CertificatePublicKeyTypes]:
    request = x509.load_der_x509_csr(der)
    return request, request.public_key()


@contextmanager
def _reading() -> Iterator[None]:
    """Translate all that the parser says of bytes that are no CSR, or of a broken part of one."""
    try:
        yield
    except _PARSING_ERRORS as cause:
        raise _unusable("The CSR can't be read: it is damaged or no certificate signing request") from cause


def _spki(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _subject_fields(subject: x509.Name) -> dict[str, str]:
    """Return the first value that is text of each field of a subject that we know."""
    found = dict.fromkeys(_SUBJECT_FIELDS.values(), "")
    for attribute in subject:
        name = _SUBJECT_FIELDS.get(attribute.oid.dotted_string)
        if name is not None and not found[name] and isinstance(attribute.value, str):
            found[name] = attribute.value
    return found


def _names(request: x509.CertificateSigningRequest) -> tuple[str, ...]:
    try:
        san = request.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(san.value.get_values_for_type(x509.DNSName))


def _key_type(key: CertificatePublicKeyTypes) -> str:
    match key:
        case rsa.RSAPublicKey():
            return "RSA"
        case ec.EllipticCurvePublicKey():
            return "EC"
        case _:
            return type(key).__name__.removesuffix("PublicKey").upper()


def _signature_holds(request: x509.CertificateSigningRequest) -> bool:
    try:
        return request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _weakness(request: x509.CertificateSigningRequest, key: CertificatePublicKeyTypes) -> str:
    try:
        digest = request.signature_hash_algorithm
        if isinstance(digest, hashes.MD5 | hashes.SHA1):
            # Such a signature may have been made for another message.
            return f"The CSR is signed with {digest.name.upper()}: use SHA-256"
        check_key(key)
    except UnsupportedAlgorithm:
        return "The CSR is signed with an algorithm that is not known"
    except UnusableCSR as refusal:
        return refusal.message
    return ""


def _unusable(message: str) -> InvalidInput:
    return UnusableCSR.for_field("csr", message)
