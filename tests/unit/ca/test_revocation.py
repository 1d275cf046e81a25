from __future__ import annotations

import functools
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st

from certwright.ca.authority import KeyAlgorithm
from certwright.ca.embedded import EmbeddedCA
from certwright.ca.revocation import EmbeddedRevocationSigner
from certwright.domain.certificate import Certificate, CertificateStatus, RevocationReason, RevokedEntry
from certwright.domain.errors import InvalidInput, NotFound, Unavailable
from certwright.domain.ids import AccountId, AuthorityId, CertificateId, OrderId
from tests.support.authorities import (
    BASE_URL,
    ISSUING_ID,
    ROOT_ID,
    authorities,
    authority_records,
    issuance_request,
)
from tests.support.clock import NOON, FrozenClock
from tests.support.linting import lint_crl, lint_ocsp_response
from tests.support.openssl import openssl

if TYPE_CHECKING:
    from pathlib import Path

    from certwright.services.ports import RevocationSigner

KEYS = [KeyAlgorithm.P256, KeyAlgorithm.P384, KeyAlgorithm.RSA2048]
SIGNER: RevocationSigner = EmbeddedRevocationSigner(authorities())
ROOT, ISSUING = (x509.load_der_x509_certificate(record.certificate) for record in authority_records())


def entry(number: int, reason: RevocationReason = RevocationReason.KEY_COMPROMISE) -> RevokedEntry:
    return RevokedEntry(
        serial_number=f"{(1 << 126) + number:X}", revoked_at=NOON - timedelta(days=1), reason=reason
    )


def public_key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


@functools.cache
def leaf() -> x509.Certificate:
    ca = EmbeddedCA(authorities(), base_url=BASE_URL, clock=FrozenClock())
    return x509.load_der_x509_certificate(ca._issue(issuance_request()).der)


def ask(
    serial_number: int = 77,
    *,
    nonce: bytes | None = None,
    algorithm: hashes.HashAlgorithm | None = None,
) -> bytes:
    algorithm = algorithm or hashes.SHA1()
    sample = ocsp.OCSPRequestBuilder().add_certificate(leaf(), ISSUING, algorithm).build()
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        sample.issuer_name_hash, sample.issuer_key_hash, serial_number, algorithm
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(serialization.Encoding.DER)


def certificate(**changes: object) -> Certificate:
    issued = Certificate(
        id=CertificateId(1),
        account_id=AccountId(1),
        order_id=OrderId(1),
        status=CertificateStatus.ISSUED,
        csr=None,
        key_hash=None,
        created_at=NOON,
        names=(),
    )
    return replace(issued, **changes)  # type: ignore[arg-type]


def revoked(reason: RevocationReason = RevocationReason.SUPERSEDED) -> Certificate:
    return certificate(status=CertificateStatus.REVOKED, revoked_at=NOON, revocation_reason=reason)


def answer(request: bytes, about: Certificate | None) -> ocsp.OCSPResponse:
    der = SIGNER.sign_ocsp_response(SIGNER.parse_ocsp_request(request), about, at=NOON)
    return ocsp.load_der_ocsp_response(der)


# CRLs


def test_crl_lists_the_entries_with_their_reasons() -> None:
    entries = [entry(number, reason) for number, reason in enumerate(RevocationReason)]
    crl = x509.load_der_x509_crl(SIGNER.sign_crl(ISSUING_ID, entries, at=NOON))

    assert [f"{revoked.serial_number:X}" for revoked in crl] == [line.serial_number for line in entries]
    reasons = [list(revoked.extensions) and revoked.extensions[0].value for revoked in crl]
    assert reasons[0] == []
    assert reasons[1] == x509.CRLReason(x509.ReasonFlags.key_compromise)
    assert crl.is_signature_valid(public_key(ISSUING))
    assert crl.issuer == ISSUING.subject
    assert crl.last_update_utc == NOON
    assert crl.next_update_utc == NOON + timedelta(days=7)


def test_crl_number_grows_with_time() -> None:
    def number(at: timedelta) -> int:
        crl = x509.load_der_x509_crl(SIGNER.sign_crl(ISSUING_ID, [], at=NOON + at))
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number

    assert number(timedelta()) < number(timedelta(milliseconds=5)) < number(timedelta(days=1))


@pytest.mark.parametrize(
    "entries", [[], [entry(number, reason) for number, reason in enumerate(RevocationReason)]]
)
def test_crl_passes_the_linter(entries: list[RevokedEntry]) -> None:
    assert lint_crl(SIGNER.sign_crl(ISSUING_ID, entries, at=NOON)) == set()


def test_root_has_a_crl_of_its_own() -> None:
    crl = x509.load_der_x509_crl(SIGNER.sign_crl(ROOT_ID, [], at=NOON))

    assert crl.is_signature_valid(public_key(ROOT))
    assert lint_crl(crl.public_bytes(serialization.Encoding.DER)) == set()


def test_crl_of_an_unknown_authority_is_not_found() -> None:
    with pytest.raises(NotFound):
        SIGNER.sign_crl(AuthorityId(99), [], at=NOON)


def test_large_crl_takes_time_in_proportion() -> None:
    """Ten times the entries may take ten times as long, or twenty, but never a hundred times."""
    few, many = ([entry(number) for number in range(count)] for count in (2_000, 20_000))

    def seconds(entries: list[RevokedEntry]) -> float:
        start = time.process_time()
        SIGNER.sign_crl(ISSUING_ID, entries, at=NOON)
        return time.process_time() - start

    assert seconds(many) < 30 * min(seconds(few) for _ in range(3))


@pytest.mark.parametrize("algorithm", KEYS)
async def test_openssl_sees_a_revoked_leaf(algorithm: KeyAlgorithm, tmp_path: Path) -> None:
    ca = EmbeddedCA(authorities(algorithm), base_url=BASE_URL, clock=FrozenClock())
    signer = EmbeddedRevocationSigner(authorities(algorithm))
    good, bad = [await ca.issue(issuance_request(certificate_id=number)) for number in (1, 2)]
    line = RevokedEntry(serial_number=bad.serial_number, revoked_at=NOON, reason=RevocationReason.SUPERSEDED)
    crls = {
        "crl": signer.sign_crl(ISSUING_ID, [line], at=NOON),
        "root_crl": signer.sign_crl(ROOT_ID, [], at=NOON),
    }
    issuing, root = ca.chain(ISSUING_ID)
    for name, der in {"good": good.der, "bad": bad.der, "issuing": issuing, "root": root}.items():
        pem = x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)
        (tmp_path / name).write_bytes(pem)
    for name, der in crls.items():
        (tmp_path / name).write_bytes(x509.load_der_x509_crl(der).public_bytes(serialization.Encoding.PEM))

    options = [
        "-crl_check_all",
        "-attime",
        str(int(NOON.timestamp())),
        "-CAfile",
        "root",
        "-untrusted",
        "issuing",
    ]
    options += ["-CRLfile", "crl", "-CRLfile", "root_crl"]
    assert openssl(tmp_path, "verify", *options, "good") == "good: OK\n"
    assert "certificate revoked" in openssl(tmp_path, "verify", *options, "bad")
    assert "verify OK" in openssl(tmp_path, "crl", "-in", "crl", "-CAfile", "issuing", "-noout")


# OCSP


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
def test_request_names_the_authority_and_the_serial_number(algorithm: hashes.HashAlgorithm) -> None:
    question = SIGNER.parse_ocsp_request(ask(0xABC, algorithm=algorithm))

    assert question.authority_id == ISSUING_ID
    assert question.serial_number == "ABC"
    assert question.nonce is None


def test_issued_certificate_is_good() -> None:
    response = answer(ask(), certificate())

    assert response.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
    assert response.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert response.serial_number == 77
    assert response.this_update_utc == NOON
    assert response.next_update_utc == NOON + timedelta(days=1)
    public_key(ISSUING).verify(response.signature, response.tbs_response_bytes, ec.ECDSA(hashes.SHA256()))


def test_expired_certificate_is_still_good() -> None:
    response = answer(ask(), certificate(status=CertificateStatus.EXPIRED))

    assert response.certificate_status is ocsp.OCSPCertStatus.GOOD


def test_revoked_certificate_says_when_and_why() -> None:
    response = answer(ask(), revoked())

    assert response.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert response.revocation_time_utc == NOON
    assert response.revocation_reason is x509.ReasonFlags.superseded


def test_unspecified_reason_is_left_out() -> None:
    assert answer(ask(), revoked(RevocationReason.UNSPECIFIED)).revocation_reason is None


def test_certificate_that_was_never_issued_is_unknown() -> None:
    assert answer(ask(), None).certificate_status is ocsp.OCSPCertStatus.UNKNOWN


@pytest.mark.parametrize("nonce", [b"\x01", b"\x02" * 32, b"\x03" * 128])
def test_nonce_is_echoed(nonce: bytes) -> None:
    response = answer(ask(nonce=nonce), certificate())

    assert response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == nonce


@pytest.mark.parametrize("nonce", [b"", b"\x01" * 129])
def test_nonce_of_a_wrong_length_is_malformed(nonce: bytes) -> None:
    with pytest.raises(InvalidInput):
        SIGNER.parse_ocsp_request(ask(nonce=nonce))


def test_request_about_another_issuer_is_not_ours() -> None:
    others = EmbeddedRevocationSigner(authorities(KeyAlgorithm.P384))
    with pytest.raises(NotFound):
        others.parse_ocsp_request(ask())


@pytest.mark.parametrize("serial_number", [1, (1 << 159) - 1, 1 << 160, 1 << 2000])
def test_any_serial_number_may_be_asked_about(serial_number: int) -> None:
    response = answer(ask(serial_number), None)

    assert response.certificate_status is ocsp.OCSPCertStatus.UNKNOWN


@given(st.binary(max_size=200))
def test_random_request_never_surprises(request: bytes) -> None:
    with pytest.raises(InvalidInput):
        SIGNER.parse_ocsp_request(request)


@given(st.integers(min_value=0), st.integers(0, 255))
def test_damaged_request_is_answered_or_refused(position: int, value: int) -> None:
    request = bytearray(ask(1 << 126, nonce=b"\x05" * 16))
    request[position % len(request)] = value
    try:
        question = SIGNER.parse_ocsp_request(bytes(request))
    except (InvalidInput, NotFound):
        return
    SIGNER.sign_ocsp_response(question, None, at=NOON)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput("x"), ocsp.OCSPResponseStatus.MALFORMED_REQUEST),
        (NotFound("authority"), ocsp.OCSPResponseStatus.UNAUTHORIZED),
        (Unavailable("x"), ocsp.OCSPResponseStatus.TRY_LATER),
        (RuntimeError("x"), ocsp.OCSPResponseStatus.INTERNAL_ERROR),
    ],
)
def test_failures_have_their_own_answers(error: Exception, status: ocsp.OCSPResponseStatus) -> None:
    assert ocsp.load_der_ocsp_response(SIGNER.failed_ocsp_response(error)).response_status is status


@pytest.mark.parametrize("about", [certificate(), revoked(), revoked(RevocationReason.UNSPECIFIED), None])
def test_ocsp_response_passes_the_linter(about: Certificate | None) -> None:
    question = SIGNER.parse_ocsp_request(ask(1 << 126, nonce=b"\x07" * 32))

    assert lint_ocsp_response(SIGNER.sign_ocsp_response(question, about, at=NOON)) == set()


@pytest.mark.parametrize("algorithm", KEYS)
async def test_openssl_takes_the_answer(algorithm: KeyAlgorithm, tmp_path: Path) -> None:
    ca = EmbeddedCA(authorities(algorithm), base_url=BASE_URL, clock=FrozenClock())
    signer = EmbeddedRevocationSigner(authorities(algorithm))
    issued = await ca.issue(issuance_request())
    issuing, root = ca.chain(ISSUING_ID)
    for name, der in {"leaf": issued.der, "issuing": issuing, "root": root}.items():
        pem = x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)
        (tmp_path / name).write_bytes(pem)

    openssl(tmp_path, "ocsp", "-issuer", "issuing", "-cert", "leaf", "-reqout", "request")
    question = signer.parse_ocsp_request((tmp_path / "request").read_bytes())
    response = signer.sign_ocsp_response(question, revoked(), at=NOON)
    (tmp_path / "response").write_bytes(response)
    options = [
        "-issuer",
        "issuing",
        "-cert",
        "leaf",
        "-CAfile",
        "root",
        "-attime",
        str(int(NOON.timestamp())),
    ]
    # The command judges thisUpdate by the machine's clock and takes no -attime for it.
    printed = openssl(
        tmp_path,
        "ocsp",
        *options,
        "-no_nonce",
        "-reqin",
        "request",
        "-respin",
        "response",
        "-validity_period",
        "9" * 9,
    )

    assert question.serial_number == issued.serial_number
    assert "Response verify OK" in printed
    assert "leaf: revoked" in printed
    assert "Reason: superseded" in printed
