"""Revoking certificates, and telling relying parties of it by CRL and OCSP."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.certificate import CertificateStatus, RevocationReason
from certwright.domain.change import Actor
from certwright.domain.errors import Conflict, InvalidInput, NotFound
from certwright.domain.status import Action
from certwright.services.retrying import again_when_stale

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.account import Caller
    from certwright.domain.certificate import Certificate
    from certwright.domain.ids import AuthorityId, CertificateId
    from certwright.services.ports import Clock, RevocationSigner, Store


_CRL_LIFETIME = timedelta(minutes=1)
_KEPT_ON_CRL = timedelta(days=7)
"""RFC 5280 §3.3: an entry stands on a CRL issued beyond its certificate's end; ours are good for a week at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SignedCRL:
    der: bytes
    signed_at: datetime


class Revocation:
    """Revokes certificates and signs CRLs and OCSP answers."""

    def __init__(self, store: Store, clock: Clock, signer: RevocationSigner) -> None:
        self._store = store
        self._clock = clock
        self._signer = signer
        self._crls: dict[AuthorityId, _SignedCRL] = {}
        self._revocations = 0

    @again_when_stale
    async def revoke(
        self,
        caller: Caller,
        certificate_id: CertificateId,
        *,
        reason: RevocationReason = RevocationReason.UNSPECIFIED,
        comment: str = "",
    ) -> Certificate:
        """Revoke an issued certificate; the order goes with it when it is the order's current one.

        Raises:
            NotFound: no such certificate in this account.
            Conflict: it is not issued, or revoked already.
        """
        now = self._clock.now()
        async with self._store.writing() as work:
            certificate = await work.certificates.get(caller.account_id, certificate_id)
            if certificate.status is not CertificateStatus.ISSUED:
                raise Conflict(f"Unable to revoke a certificate that is {certificate.status.value}")
            revoked = replace(
                certificate, status=CertificateStatus.REVOKED, revoked_at=now, revocation_reason=reason
            )
            await work.certificates.save(revoked, expected=CertificateStatus.ISSUED)
            order = await work.orders.get(caller.account_id, certificate.order_id)
            if order.certificate_id == certificate.id and order.can(Action.REVOKE):
                why = comment or f"Revoked: {reason.value}"
                actor = Actor.for_key(caller.key.id)
                await work.orders.record(order.apply(Action.REVOKE, actor=actor, reason=why, at=now))
        self._revocations += 1
        self._crls.clear()
        return revoked

    async def crl(self, authority_id: AuthorityId) -> bytes:
        """Return an authority's complete CRL as DER.

        It is signed anew after each revocation here, and at least every minute for those made by other processes.

        Raises:
            NotFound: no such authority.
        """
        now = self._clock.now()
        known, seen = self._crls.get(authority_id), self._revocations
        if known is None or now - known.signed_at >= _CRL_LIFETIME:
            async with self._store.reading() as work:
                entries = await work.certificates.list_revoked(authority_id, now - _KEPT_ON_CRL)
            known = _SignedCRL(der=self._signer.sign_crl(authority_id, entries, at=now), signed_at=now)
            if seen == self._revocations:  # else somebody revoked while we read
                self._crls[authority_id] = known
        return known.der

    async def answer_ocsp(self, request: bytes) -> bytes:
        """Answer an OCSP request with DER; a request that can't be answered gets OCSP's own error (RFC 6960 §2.3)."""
        try:
            question = self._signer.parse_ocsp_request(request)
        except (InvalidInput, NotFound) as error:
            return self._signer.failed_ocsp_response(error)
        async with self._store.reading() as work:
            certificate = await work.certificates.find_issued(question.authority_id, question.serial_number)
        return self._signer.sign_ocsp_response(question, certificate, at=self._clock.now())
