"""The embedded CA: issues leaves with keys of its own, in process.

A certificate is named by its request: the serial number is a keyed hash over everything asked for, so a request that is
made again after a crash, or by two workers at once, can't lead to two serial numbers. Nothing is linted here; the
profiles are linted by the tests.
"""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from certwright.ca.profiles import BACKDATED, AuthorityURLs, LeafDrafts, build_subject
from certwright.domain import rules
from certwright.domain.certificate import IssuedCertificate
from certwright.domain.errors import InvalidInput, IssuanceRefused

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from certwright.ca.authority import Authorities, Authority
    from certwright.domain.certificate import IssuanceRequest
    from certwright.domain.ids import AuthorityId
    from certwright.services.ports import Clock

_SERIAL_BITS = 126
_SHARED_BITS = 32
_TOGETHER = 256
"""So many certificates that follow one another have serial numbers that begin alike. What is issued together then lies
together in the index of all serial numbers, of which fewer pages are read and written; more of them would spare no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    not_before: datetime
    not_after: datetime


class EmbeddedCA:
    """Issues with the newest issuing CA; implements the port ``CABackend``.

    ``base_url`` is the server's own and goes into every leaf. ``max_validity`` replaces the limit of the Baseline
    Requirements where the operator's clients need no public trust.
    """

    def __init__(
        self, authorities: Authorities, *, base_url: str, clock: Clock, max_validity: timedelta | None = None
    ) -> None:
        issuing = authorities.list_issuing()
        if not issuing:
            raise InvalidInput("There is no issuing CA among the stored authorities")
        self._authorities = authorities
        self._issuer = issuing[0]
        self._drafts = LeafDrafts(self._issuer.certificate, AuthorityURLs.under(base_url, self._issuer.id))
        self._serial_key = _serial_key(self._issuer)
        self._clock = clock
        self._max_validity = max_validity

    async def issue(self, request: IssuanceRequest) -> IssuedCertificate:
        """Make a certificate; the same request never gets two serial numbers.

        Raises:
            IssuanceRefused: the CSR can't be read, the organization lacks something, or no time is left to be valid in.
        """
        if self._issuer.is_slow:
            return await asyncio.to_thread(self._issue, request)
        return self._issue(request)

    def chain(self, authority_id: AuthorityId) -> tuple[bytes, ...]:
        """Return an authority's certificate and those above it, the root last.

        Raises:
            NotFound: no such authority.
        """
        record = self._authorities.get(authority_id).record
        above = () if record.issuer_id is None else self.chain(record.issuer_id)
        return (record.certificate, *above)

    def authority_ids(self) -> tuple[AuthorityId, ...]:
        """List the issuing CAs, the present one first."""
        return tuple(authority.id for authority in self._authorities.list_issuing())

    def is_ready(self) -> bool:
        """Whether the issuing CA can sign: its key is open, so only its own end is in the way."""
        return self._clock.now() < self._issuer.certificate.not_valid_after_utc

    def _issue(self, request: IssuanceRequest) -> IssuedCertificate:
        public_key = _public_key(request.csr)
        subject = build_subject(request.validation_level, request.subject, request.names)
        span = self._span(request.not_after)
        serial_number = self._serial_number(request)
        draft = self._drafts.draft(
            request.validation_level, request.names, public_key, subject_is_empty=not subject.rdns
        )
        certificate = (
            draft.subject_name(subject)
            .public_key(public_key)
            .serial_number(serial_number)
            .not_valid_before(span.not_before)
            .not_valid_after(span.not_after)
            .sign(self._issuer.key, self._issuer.hash_algorithm)
        )
        return IssuedCertificate(
            der=certificate.public_bytes(serialization.Encoding.DER),
            authority_id=self._issuer.id,
            serial_number=f"{serial_number:X}",
            not_before=span.not_before,
            not_after=span.not_after,
        )

    def _span(self, wanted: datetime) -> _Span:
        """Fit the validity between the present, the wish, the dated limit and the issuing CA's own end."""
        now = self._clock.now().replace(microsecond=0)
        not_before = max(now - BACKDATED, self._issuer.certificate.not_valid_before_utc)
        limit = self._max_validity or rules.max_validity(now)
        # RFC 5280 §4.1.2.5: the last second belongs to the validity, so it counts against the limit.
        latest = not_before + limit - timedelta(seconds=1)
        not_after = min(wanted.replace(microsecond=0), latest, self._issuer.certificate.not_valid_after_utc)
        if not_after <= now:
            raise IssuanceRefused("The certificate would have expired before it was issued")
        return _Span(not_before=not_before, not_after=not_after)

    def _serial_number(self, request: IssuanceRequest) -> int:
        """Derive the serial number, always 32 hex digits.

        It has 126 unpredictable bits: 32 that it shares with its neighbors, and 94 of its own (BR §7.1: 64 at least).
        """
        asked = (
            request.certificate_id,
            request.csr,
            request.names,
            request.validation_level,
            request.subject,
        )
        shared = self._derive_bits(str(request.certificate_id // _TOGETHER), _SHARED_BITS)
        own_bits = _SERIAL_BITS - _SHARED_BITS
        return (1 << _SHARED_BITS | shared) << own_bits | self._derive_bits(repr(asked), own_bits)

    def _derive_bits(self, text: str, count: int) -> int:
        digest = hmac.digest(self._serial_key, text.encode(), "sha256")
        return int.from_bytes(digest) >> (8 * len(digest) - count)


def _serial_key(authority: Authority) -> bytes:
    """Derive a secret of the authority's own from its private key, so that nobody can foresee its serial numbers."""
    private_key = authority.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"certwright serial numbers").derive(
        private_key
    )


def _public_key(csr: bytes) -> CertificatePublicKeyTypes:
    try:
        return x509.load_der_x509_csr(csr).public_key()
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as cause:
        raise IssuanceRefused("The certificate signing request can't be read") from cause
