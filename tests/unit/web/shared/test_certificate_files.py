"""Certificates in files: what is written can be read again by another library's eyes."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from certwright.domain.errors import InvalidInput
from certwright.web.shared import certificate_files as files
from tests.support.authorities import authority_records, csr_der

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

ROOT, ISSUING = (record.certificate for record in authority_records())


def key_pem(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.fixture
def pair() -> tuple[bytes, bytes]:
    """A key and a certificate for it, self-signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Bücher")])
    root = x509.load_der_x509_certificate(ROOT)
    certificate = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=1,
        not_valid_before=root.not_valid_before_utc,
        not_valid_after=root.not_valid_after_utc,
    ).sign(key, hashes.SHA256())
    return key_pem(key), certificate.public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_pem_holds_the_certificates_in_order(newline: str) -> None:
    text = files.pem([ISSUING, ROOT], newline=newline)
    read = x509.load_pem_x509_certificates(text.encode())
    assert [one.public_bytes(serialization.Encoding.DER) for one in read] == [ISSUING, ROOT]
    assert max(map(len, text.splitlines())) == 64
    assert text.count("\n") == text.count(newline)
    assert text.endswith(f"-----END CERTIFICATE-----{newline}")


def test_csr_is_armored_as_such() -> None:
    text = files.csr_pem(csr_der())
    assert x509.load_pem_x509_csr(text.encode()).public_bytes(serialization.Encoding.DER) == csr_der()


def test_pkcs7_bundle_holds_all() -> None:
    read = pkcs7.load_pem_pkcs7_certificates(files.pkcs7_pem([ISSUING, ROOT]).encode())
    assert {one.public_bytes(serialization.Encoding.DER) for one in read} == {ISSUING, ROOT}


def test_pfx_opens_with_its_password(pair: tuple[bytes, bytes]) -> None:
    key, leaf = pair
    content = files.pfx(leaf, [ISSUING, ROOT], private_key_pem=key, password="pässword")
    read = pkcs12.load_pkcs12(content, "pässword".encode())
    assert read.cert is not None
    assert read.cert.certificate.public_bytes(serialization.Encoding.DER) == leaf
    assert len(read.additional_certs) == 2
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_pkcs12(content, b"other")


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"junk",
        key_pem(ec.generate_private_key(ec.SECP256R1())),
        key_pem(ed25519.Ed25519PrivateKey.generate()),
        key_pem(x25519.X25519PrivateKey.generate()),
    ],
)
def test_key_that_is_none_or_another_ones_is_refused(pair: tuple[bytes, bytes], key: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        files.pfx(pair[1], [], private_key_pem=key, password="x")
    assert refused.value.faults[0].field == "privateKey"


def test_pfx_needs_a_password(pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(InvalidInput, match="password"):
        files.pfx(pair[1], [], private_key_pem=pair[0], password="")


def test_archive_holds_the_named_files() -> None:
    content = files.zip_files({"a.crt": b"one", "b/ü.crt": b"two"})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "a.crt": b"one",
            "b/ü.crt": b"two",
        }


def test_common_name_of_the_subject(pair: tuple[bytes, bytes]) -> None:
    assert files.subject_common_name(pair[1]) == "Bücher"
    assert files.subject_common_name(ROOT).startswith("Certwright")
