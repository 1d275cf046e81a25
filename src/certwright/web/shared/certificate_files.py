"""Certificates and CSRs in the file forms that clients ask for; all functions take DER."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from certwright.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LINE_LENGTH = 64  # RFC 7468 §2


def pem(ders: Iterable[bytes], *, newline: str = "\n") -> str:
    """Return certificates as PEM, one after the other."""
    return "".join(_armor(der, "CERTIFICATE", newline) for der in ders)


def csr_pem(der: bytes, *, newline: str = "\n") -> str:
    """Return a certificate signing request as PEM."""
    return _armor(der, "CERTIFICATE REQUEST", newline)


def pkcs7_pem(ders: Iterable[bytes], *, newline: str = "\n") -> str:
    """Return certificates as one PEM-armored PKCS#7 bundle without signers (RFC 2315 §9)."""
    certificates = [x509.load_der_x509_certificate(der) for der in ders]
    bundle = pkcs7.serialize_certificates(certificates, serialization.Encoding.DER)
    return _armor(bundle, "PKCS7", newline)


def pfx(leaf: bytes, chain: Iterable[bytes], *, private_key_pem: bytes, password: str) -> bytes:
    """Return a password-protected PKCS#12 file with the key, the certificate and its chain.

    Raises:
        InvalidInput: the key can't be read or is not the certificate's, or the password is empty.
    """
    if not password:
        raise InvalidInput.for_field("pfxPassword", "A PFX file needs a password")
    try:
        key = serialization.load_pem_private_key(private_key_pem, password=None)
        return pkcs12.serialize_key_and_certificates(
            name=None,
            key=key,  # type: ignore[arg-type]  # keys that pkcs12 does not know make it raise TypeError, caught below
            cert=x509.load_der_x509_certificate(leaf),
            cas=[x509.load_der_x509_certificate(der) for der in chain],
            encryption_algorithm=serialization.BestAvailableEncryption(password.encode()),
        )
    except (ValueError, TypeError) as cause:
        raise InvalidInput.for_field(
            "privateKey", "The private key can't be read or is not the certificate's"
        ) from cause


def zip_files(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of named files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def subject_common_name(der: bytes) -> str:
    """Return the common name of a certificate's subject, or an empty text."""
    names = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def _armor(der: bytes, label: str, newline: str) -> str:
    body = base64.b64encode(der).decode()
    lines = [body[i : i + _LINE_LENGTH] for i in range(0, len(body), _LINE_LENGTH)]
    return newline.join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
