"""Revoking certificates, and telling relying parties of it by CRL and OCSP."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.approval import ApprovalRequest, RequestKind, RequestStatus
from certwright.domain.certificate import CertificateStatus, RevocationReason
from certwright.domain.change import Actor
from certwright.domain.errors import AlreadyRevoked, Conflict, InvalidInput, NotFound
from certwright.domain.ids import ApprovalRequestId
from certwright.domain.status import Action, OrderStatus
from certwright.domain.webhook import EventKind, Subject
from certwright.services.announcing import announce
from certwright.services.new_order import waiting_status
from certwright.services.ports import NumberKind
from certwright.services.retrying import again_when_stale
from certwright.services.visibility import get_order
from certwright.services.withdrawal import close_requests, give_up_waiting, without_reissue

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.account import Caller
    from certwright.domain.certificate import Certificate
    from certwright.domain.ids import AccountId, AuthorityId, CertificateId, OrderId
    from certwright.services.ports import Clock, RevocationSigner, Store, UnitOfWork

_CRL_LIFETIME = timedelta(minutes=1)
_KEPT_ON_CRL = timedelta(days=7)
"""RFC 5280 §3.3: an entry stands on a CRL issued beyond its certificate's end; ours are good for a week at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SignedCRL:
    der: bytes
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRevocation:
    """What is to be revoked and why; ``certificate_id`` of ``None`` means every certificate of the order."""

    order_id: OrderId
    certificate_id: CertificateId | None = None
    reason: RevocationReason = RevocationReason.UNSPECIFIED
    comment: str = ""
    skip_approval: bool = False


class Revocation:
    """Revokes certificates and signs CRLs and OCSP answers."""

    def __init__(self, store: Store, clock: Clock, signer: RevocationSigner) -> None:
        self._store = store
        self._clock = clock
        self._signer = signer
        self._crls: dict[AuthorityId, _SignedCRL] = {}
        self._revocations = 0

    @again_when_stale
    async def revoke(self, caller: Caller, wanted: NewRevocation) -> ApprovalRequest:
        """Revoke a certificate, or all of an order; where approval is needed, only store the request for it.

        The request comes back as approved when it has been carried out.

        Raises:
            NotFound: no such order or certificate in this account.
            Conflict: there is nothing to revoke, or a reissue is under way.
        """
        (number,) = await self._store.allot(NumberKind.REQUEST)
        now = self._clock.now()
        async with self._store.writing() as work:
            await get_order(work, caller, wanted.order_id)
            await _revocable(work, caller.account_id, wanted.order_id, wanted.certificate_id)
            waits = waiting_status(caller, skip=wanted.skip_approval)
            request = ApprovalRequest(
                id=ApprovalRequestId(number),
                account_id=caller.account_id,
                order_id=wanted.order_id,
                kind=RequestKind.REVOKE,
                status=waits or RequestStatus.APPROVED,
                requester=caller.key.id,
                created_at=now,
                comments=wanted.comment,
                certificate_id=wanted.certificate_id,
                revocation_reason=wanted.reason,
                processor=None if waits else caller.key.id,
                processed_at=None if waits else now,
            )
            await work.requests.add(request)
            if waits:
                return request
            await revoke_requested(work, request, actor=Actor.for_key(caller.key.id), at=now)
        self.forget_crls()
        return request

    async def revoke_superseded(self, certificate_id: CertificateId) -> None:
        """Revoke a certificate whose reissue has taken its place, when its grace has run out."""
        now = self._clock.now()
        async with self._store.writing() as work:
            certificate = await work.certificates.find(certificate_id)
            if certificate is not None and certificate.status is CertificateStatus.ISSUED:
                await _revoke(work, certificate, RevocationReason.SUPERSEDED, now)
        self.forget_crls()

    def forget_crls(self) -> None:
        """Sign every CRL anew when it is next asked for."""
        self._revocations += 1
        self._crls.clear()

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


async def revoke_requested(work: UnitOfWork, request: ApprovalRequest, *, actor: Actor, at: datetime) -> None:
    """Carry out an approved request: revoke one certificate, or all of the order and the order with them.

    The order stays as it is when one certificate goes, even its only one; another can be had by reissue. A compromised
    key takes all of the account's certificates with it, whatever their order (BR §4.9.1.1). Other accounts' stay: who
    sends us a CSR need not hold its key, so one customer's word must not end another's certificate.

    Raises:
        Conflict: there is nothing (left) to revoke.
    """
    certificates = await _revocable(work, request.account_id, request.order_id, request.certificate_id)
    reason = request.revocation_reason or RevocationReason.UNSPECIFIED
    for certificate in certificates:
        await _revoke(work, certificate, reason, at)
    order = await work.orders.get(request.account_id, request.order_id)
    action = Action.REVOKE_CERTIFICATE
    if request.certificate_id is None:
        action, why = Action.REVOKE, "The order is revoked"
        if order.pending_certificate_id is not None:
            order = await without_reissue(work, order, reason=why, at=at)
        await give_up_waiting(work, order, reason=why, at=at)
        await close_requests(work, order, reason=why, at=at)
    if not certificates and not order.can(action):
        # Somebody revoked the order between our two looks at it.
        raise AlreadyRevoked("The order is revoked already")
    if order.can(action):
        why = request.comments or f"Revoked: {reason.value}"
        await work.orders.record(order.apply(action, actor=actor, reason=why, at=at))
    if reason is RevocationReason.KEY_COMPROMISE:
        for key_hash in {c.key_hash for c in certificates if c.key_hash is not None}:
            await _revoke_key(work, request.account_id, key_hash, actor=actor, at=at)


async def _revoke_key(
    work: UnitOfWork, account_id: AccountId, key_hash: bytes, *, actor: Actor, at: datetime
) -> None:
    """Revoke what is left of an account's certificates with a compromised key."""
    for certificate in await work.certificates.list_issued_with_key(account_id, key_hash):
        await _revoke(work, certificate, RevocationReason.KEY_COMPROMISE, at)
        order = await work.orders.get(account_id, certificate.order_id)
        if order.can(Action.REVOKE_CERTIFICATE):
            why = "Revoked: its key was compromised"
            await work.orders.record(order.apply(Action.REVOKE_CERTIFICATE, actor=actor, reason=why, at=at))
        else:
            await work.orders.save(order)  # whoever keeps a copy of the book must hear of it


async def _revocable(
    work: UnitOfWork, account_id: AccountId, order_id: OrderId, certificate_id: CertificateId | None
) -> list[Certificate]:
    order = await work.orders.get(account_id, order_id)
    if certificate_id is not None and order.status is OrderStatus.REISSUE_PENDING:
        raise Conflict("A certificate can't be revoked while a reissue of its order is under way")
    certificates = await work.certificates.list_of_order(account_id, order_id)
    wanted = [c for c in certificates if certificate_id is None or c.id == certificate_id]
    issued = [c for c in wanted if c.status is CertificateStatus.ISSUED]
    if issued:
        return issued
    if certificate_id is None and certificates and order.can(Action.REVOKE):
        return []  # each was revoked by itself; the order is left
    if any(c.status is CertificateStatus.REVOKED for c in wanted):
        raise AlreadyRevoked(
            "The certificate is revoked already" if certificate_id else "The order is revoked already"
        )
    raise Conflict("There is no issued certificate to revoke")


async def _revoke(work: UnitOfWork, certificate: Certificate, reason: RevocationReason, at: datetime) -> None:
    revoked = replace(certificate, status=CertificateStatus.REVOKED, revoked_at=at, revocation_reason=reason)
    await work.certificates.save(revoked, expected=CertificateStatus.ISSUED)
    about = Subject(order_id=certificate.order_id, certificate_id=certificate.id)
    await announce(work, certificate.account_id, EventKind.CERTIFICATE_REVOKED, about, at=at)
