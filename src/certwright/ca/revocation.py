"""Signs CRLs (RFC 5280 §5) and OCSP answers (RFC 6960) with the keys of the embedded CA's authorities.

A CRL is complete and says nothing of expired certificates. OCSP answers are signed by the authority that issued the
certificate in question, at the time of asking, so a responder certificate is not needed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from certwright.domain.certificate import RevocationReason
from certwright.domain.errors import InvalidInput, NotFound, Unavailable
from certwright.services.ports import OCSPQuestion

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from certwright.ca.authority import Authorities, Authority
    from certwright.domain.certificate import Certificate, RevokedEntry
    from certwright.domain.ids import AuthorityId

CRL_LIFETIME = timedelta(days=7)
"""BR §4.9.7: ten days at most for the CRL of an issuing CA."""

OCSP_LIFETIME = timedelta(days=1)
"""BR §4.9.10: from eight hours to ten days."""

_MAX_NONCE_BYTES = 128  # RFC 9654 §2.1

_REASONS = {
    RevocationReason.KEY_COMPROMISE: x509.ReasonFlags.key_compromise,
    RevocationReason.AFFILIATION_CHANGED: x509.ReasonFlags.affiliation_changed,
    RevocationReason.SUPERSEDED: x509.ReasonFlags.superseded,
    RevocationReason.CESSATION_OF_OPERATION: x509.ReasonFlags.cessation_of_operation,
    RevocationReason.PRIVILEGE_WITHDRAWN: x509.ReasonFlags.privilege_withdrawn,
}
"""RFC 5280 §5.3.1 and BR §7.2.2: ``unspecified`` is told by saying nothing."""

_REASON_EXTENSIONS: dict[RevocationReason, list[x509.Extension[x509.ExtensionType]]] = {
    reason: [x509.Extension(x509.CRLReason.oid, critical=False, value=x509.CRLReason(flag))]
    for reason, flag in _REASONS.items()
}

# The hashes by which a request may name the issuer (RFC 5019 §2.1.1 wants SHA-1; newer clients send SHA-256).
_ISSUER_HASHES = (hashes.SHA1(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512())  # noqa: S303


class EmbeddedRevocationSigner:
    """Implements the port ``RevocationSigner`` for all open authorities, roots included."""

    def __init__(self, authorities: Authorities) -> None:
        self._authorities = authorities
        self._by_hashes = {
            _issuer_hashes(authority, algorithm): authority.id
            for authority in authorities
            for algorithm in _ISSUER_HASHES
        }

    def sign_crl(self, authority_id: AuthorityId, entries: Sequence[RevokedEntry], *, at: datetime) -> bytes:
        """Sign a complete CRL as DER; its number is the time in milliseconds, so it only grows.

        Raises:
            NotFound: no such authority.
        """
        authority = self._authorities.get(authority_id)
        this_update = at.replace(microsecond=0)
        # The list goes in whole: adding entries one at a time takes time that grows with the square of their number.
        builder = x509.CertificateRevocationListBuilder(
            issuer_name=authority.certificate.subject,
            last_update=this_update,
            next_update=this_update + CRL_LIFETIME,
            revoked_certificates=[_revoked(entry) for entry in entries],
        )
        crl = (
            builder.add_extension(_key_identifier(authority), critical=False)
            .add_extension(x509.CRLNumber(int(at.timestamp() * 1000)), critical=False)
            .sign(authority.key, authority.hash_algorithm)
        )
        return crl.public_bytes(serialization.Encoding.DER)

    def parse_ocsp_request(self, request: bytes) -> OCSPQuestion:
        """Read an OCSP request that asks about one certificate, as all clients send it (RFC 5019 §2.1.1).

        Raises:
            InvalidInput: it can't be parsed, asks about several certificates, or its nonce has no allowed length.
            NotFound: it asks about another issuer's certificate.
        """
        try:
            parsed = ocsp.load_der_ocsp_request(request)
            nonce = _nonce(parsed)
            hashes_asked = (parsed.hash_algorithm.name, parsed.issuer_name_hash, parsed.issuer_key_hash)
            serial_number = parsed.serial_number
        except (
            ValueError,
            TypeError,
            NotImplementedError,
            UnsupportedAlgorithm,
            x509.DuplicateExtension,
        ) as cause:
            raise InvalidInput("The OCSP request can't be read") from cause
        if serial_number < 0:  # RFC 5280 §4.1.2.2; an answer could not repeat it
            raise InvalidInput("The OCSP request asks about a negative serial number")
        if hashes_asked not in self._by_hashes:
            raise NotFound("authority")
        return OCSPQuestion(
            authority_id=self._by_hashes[hashes_asked],
            serial_number=f"{serial_number:X}",
            request=request,
            nonce=nonce,
        )

    def sign_ocsp_response(
        self, question: OCSPQuestion, certificate: Certificate | None, *, at: datetime
    ) -> bytes:
        """Answer good, revoked, or (``None``: never issued) unknown, as DER, with the request's nonce if it had one."""
        authority = self._authorities.get(question.authority_id)
        asked = ocsp.load_der_ocsp_request(question.request)
        this_update = at.replace(microsecond=0)
        revoked_at = None if certificate is None else certificate.revoked_at
        reason = None if certificate is None else certificate.revocation_reason
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=asked.issuer_name_hash,
                issuer_key_hash=asked.issuer_key_hash,
                serial_number=asked.serial_number,
                algorithm=asked.hash_algorithm,
                cert_status=_status(certificate),
                this_update=this_update,
                next_update=this_update + OCSP_LIFETIME,
                revocation_time=revoked_at and revoked_at.replace(microsecond=0),
                revocation_reason=_REASONS.get(reason) if revoked_at and reason else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, authority.certificate)
        )
        if question.nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(question.nonce), critical=False)
        response = builder.sign(authority.key, authority.hash_algorithm)
        return response.public_bytes(serialization.Encoding.DER)

    def failed_ocsp_response(self, error: Exception) -> bytes:
        """Answer an unreadable request or one for another issuer (RFC 6960 §2.3), as DER; such answers are unsigned."""
        match error:
            case InvalidInput():
                status = ocsp.OCSPResponseStatus.MALFORMED_REQUEST
            case NotFound():
                status = ocsp.OCSPResponseStatus.UNAUTHORIZED
            case Unavailable():
                status = ocsp.OCSPResponseStatus.TRY_LATER
            case _:
                status = ocsp.OCSPResponseStatus.INTERNAL_ERROR
        response = ocsp.OCSPResponseBuilder.build_unsuccessful(status)
        return response.public_bytes(serialization.Encoding.DER)


def _revoked(entry: RevokedEntry) -> x509.RevokedCertificate:
    return x509.RevokedCertificateBuilder(
        serial_number=int(entry.serial_number, 16),
        revocation_date=entry.revoked_at.replace(microsecond=0),
        extensions=_REASON_EXTENSIONS.get(entry.reason, []),
    ).build()


def _key_identifier(authority: Authority) -> x509.AuthorityKeyIdentifier:
    own = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _issuer_hashes(issuer: Authority, algorithm: hashes.HashAlgorithm) -> tuple[str, bytes, bytes]:
    """Name an issuer as a CertID does (RFC 6960 §4.1.1): by its name and by its key without the SPKI around it."""
    name = issuer.certificate.subject.public_bytes()
    return algorithm.name, _digest(algorithm, name), _digest(algorithm, issuer.bare_public_key())


def _digest(algorithm: hashes.HashAlgorithm, value: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(value)
    return digest.finalize()


def _nonce(request: ocsp.OCSPRequest) -> bytes | None:
    try:
        nonce = request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return None
    if not 1 <= len(nonce) <= _MAX_NONCE_BYTES:
        raise ValueError("nonce length")  # RFC 9654 §2.1: malformedRequest
    return nonce


def _status(certificate: Certificate | None) -> ocsp.OCSPCertStatus:
    if certificate is None:
        return ocsp.OCSPCertStatus.UNKNOWN
    return ocsp.OCSPCertStatus.GOOD if certificate.revoked_at is None else ocsp.OCSPCertStatus.REVOKED
