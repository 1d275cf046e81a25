from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from certwright.domain.csr import CSRSubject, KeySpec, check_csr, make_csr, parse_csr
from certwright.domain.errors import CertwrightError, InvalidInput, UnusableCSR
from certwright.domain.key_blocklist import parse_key_blocklist

SUBJECT = CSRSubject(
    common_name="www.example.com",
    organization="Example Sdn. Bhd.",
    organization_unit="IT",
    locality="Petaling Jaya",
    state="Selangor",
    country="MY",
    email="admin@example.com",
)
PEM = make_csr(SUBJECT, ["www.example.com", "example.com"], KeySpec.P256).csr_pem


def resigned(der: bytes) -> bytes:
    """Break the signature: its last byte belongs to it in every CSR."""
    return der[:-1] + bytes([der[-1] ^ 1])


def test_reads_every_field() -> None:
    csr = parse_csr(PEM)

    assert csr.common_name == "www.example.com"
    assert csr.organization == "Example Sdn. Bhd."
    assert csr.organization_unit == "IT"
    assert csr.locality == "Petaling Jaya"
    assert csr.state == "Selangor"
    assert csr.country == "MY"
    assert csr.email == "admin@example.com"
    assert csr.names == ("www.example.com", "example.com")
    assert (csr.key_type, csr.key_size) == ("EC", 256)
    assert csr.signature_algorithm == "ecdsa-with-SHA256"
    assert csr.signature_holds


def test_key_hash_is_the_sha256_of_the_spki() -> None:
    key = x509.load_pem_x509_csr(PEM.encode()).public_key()
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    assert parse_csr(PEM).key_hash == hashlib.sha256(spki).digest()


@pytest.mark.parametrize(
    "text",
    [
        PEM,
        PEM.encode(),
        PEM.replace("\n", "\r\n"),
        PEM.replace("\n", ""),
        PEM.replace("\n", " "),
        PEM.replace("\n", "\\n"),
        PEM.replace("\n", "\\r\\n"),
        PEM.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
        "Certificate Request:\n    Data:\n" + PEM + "\nthanks!",
        "".join(PEM.splitlines()[1:-1]),
        "\n".join(PEM.splitlines()[1:-1]),
    ],
    ids=[
        "pem",
        "bytes",
        "crlf",
        "one line",
        "spaces",
        "\\n",
        "\\r\\n",
        "NEW",
        "text around",
        "base64",
        "base64 lines",
    ],
)
def test_reads_every_spelling(text: str | bytes) -> None:
    assert parse_csr(text) == parse_csr(PEM)


def test_pem_is_what_openssl_writes() -> None:
    assert parse_csr(PEM).to_pem() == PEM


def test_bare_csr_has_empty_fields() -> None:
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    signed = request.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    csr = parse_csr(signed.public_bytes(serialization.Encoding.PEM))

    assert (csr.common_name, csr.email, csr.names) == ("", "", ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "hello",
        "-----BEGIN CERTIFICATE REQUEST-----",
        "AAAA",
        "\u00e9",
        "x" * 70_000,
        PEM[:200],
        b"\xff\xfe",
    ],
)
def test_what_is_no_csr_is_unusable(text: str | bytes) -> None:
    with pytest.raises(UnusableCSR) as caught:
        parse_csr(text)
    assert caught.value.faults[0].field == "csr"


def test_certificate_is_no_csr() -> None:
    with pytest.raises(UnusableCSR):
        parse_csr(PEM.replace("CERTIFICATE REQUEST", "CERTIFICATE"))


@given(st.binary(max_size=400))
def test_random_der_never_surprises(der: bytes) -> None:
    with pytest.raises(CertwrightError):
        parse_csr(base64.b64encode(der))


@given(st.text(max_size=200))
def test_random_text_never_surprises(text: str) -> None:
    with pytest.raises(CertwrightError):
        parse_csr(text)


@given(st.integers(min_value=0), st.integers(0, 255))
def test_damaged_csr_never_surprises(position: int, value: int) -> None:
    der = bytearray(parse_csr(PEM).der)
    der[position % len(der)] = value
    try:
        check_csr(parse_csr(base64.b64encode(bytes(der))))
    except UnusableCSR:
        return
    assert bytes(der) == parse_csr(PEM).der


def test_good_csr_passes() -> None:
    check_csr(parse_csr(PEM))


def test_signature_of_another_key_is_refused() -> None:
    csr = parse_csr(base64.b64encode(resigned(parse_csr(PEM).der)))

    assert not csr.signature_holds
    with pytest.raises(UnusableCSR, match="does not match"):
        check_csr(csr)


def test_disallowed_key_can_be_read_but_not_used() -> None:
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    signed = request.sign(ed25519.Ed25519PrivateKey.generate(), None)
    csr = parse_csr(signed.public_bytes(serialization.Encoding.PEM))

    assert (csr.key_type, csr.key_size) == ("ED25519", 0)
    with pytest.raises(UnusableCSR, match="RSA key or an EC key"):
        check_csr(csr)


def test_sha1_signature_is_refused() -> None:
    """Made by ``openssl req -new -sha1`` with a P-256 key."""
    csr = parse_csr(
        "MIHQMHgCAQAwFjEUMBIGA1UEAwwLZXhhbXBsZS5jb20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASTpso+udJvQl9mf+l32J1fDoCm"
        "++01qHxDsxcuhdlmZ/taWDQNquJVgSPkEShIfcWH61ccvDJ03oqaq9NhVECOoAAwCQYHKoZIzj0EAQNJADBGAiEAq91lyUgXbyoiOeTq"
        "+lQvxbTWI0DhEf0Mvph+JZokm60CIQDYQ8WsKz+KzAzAvFCpNcnOtpKSVeGo02Ihpx0XgQDY5w=="
    )

    assert csr.signature_algorithm == "ecdsa-with-SHA1"
    with pytest.raises(UnusableCSR):
        check_csr(csr)


def test_blocked_key_is_refused() -> None:
    blocklist = parse_key_blocklist([parse_csr(PEM).key_hash.hex()])

    with pytest.raises(UnusableCSR, match="publicly known"):
        check_csr(parse_csr(PEM), blocklist=blocklist)


@pytest.mark.parametrize("key_spec", [KeySpec.P256, KeySpec.P384, KeySpec.RSA2048])
def test_made_csr_is_usable_and_holds_its_key(key_spec: KeySpec) -> None:
    made = make_csr(SUBJECT, ["www.example.com"], key_spec)
    key = serialization.load_pem_private_key(made.private_key_pem.reveal().encode(), password=None)
    csr = parse_csr(made.csr_pem)

    check_csr(csr)
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    assert x509.load_der_x509_csr(csr.der).public_key() == key.public_key()
    assert f"{csr.key_size}" in key_spec.value or key_spec is KeySpec.P256
    assert "PRIVATE KEY" not in repr(made)


@pytest.mark.parametrize(
    "subject",
    [
        CSRSubject(common_name="a" * 65),
        CSRSubject(common_name="example.com", country="Malaysia"),
        CSRSubject(common_name="\ud800"),
    ],
)
def test_csr_can_not_be_made_of_malformed_fields(subject: CSRSubject) -> None:
    with pytest.raises(InvalidInput):
        make_csr(subject, [], KeySpec.P256)


def test_csr_can_not_be_made_of_unicode_names() -> None:
    with pytest.raises(InvalidInput):
        make_csr(SUBJECT, ["b\u00fccher.example"], KeySpec.P256)
