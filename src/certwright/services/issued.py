"""Storing what became of certificates that a CA was asked for: the certificates themselves, or its refusal."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.certificate import CertificateKind, CertificateStatus
from certwright.domain.change import Actor, ActorKind
from certwright.domain.status import Action
from certwright.domain.webhook import EventKind, Subject
from certwright.services.announcing import announce
from certwright.services.ports import DueJob, JobKind
from certwright.services.withdrawal import give_up_reissue, withdraw

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from certwright.domain.certificate import Certificate, IssuedCertificate
    from certwright.domain.ids import AccountId
    from certwright.domain.order import Applied
    from certwright.domain.status import OrderStatus
    from certwright.services.material import Material
    from certwright.services.ports import UnitOfWork

_CA = Actor(kind=ActorKind.CA)
_ACTIONS = {
    CertificateKind.ORIGINAL: Action.ISSUE,
    CertificateKind.REISSUE: Action.ISSUE,
    CertificateKind.DUPLICATE: Action.ISSUE_DUPLICATE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A certificate that the CA made, not stored yet, and what it was made of.

    ``handed_over`` is the order's last step before it, where that was not stored either.
    """

    material: Material
    issued: IssuedCertificate
    handed_over: Applied | None = None


async def store_made(work: UnitOfWork, made: Sequence[Made], at: datetime) -> list[OrderStatus]:
    """Store new certificates with everything that follows, and return where their orders stand."""
    certificates = [_certificate(each, at) for each in made]
    await work.certificates.save(*certificates, expected=CertificateStatus.PENDING)
    await work.jobs.enqueue_all(job for each in made for job in _jobs(each, at))
    applied = [_applied(each, at) for each in made]
    await work.orders.record(*applied)
    subjects: defaultdict[AccountId, list[Subject]] = defaultdict(list)
    for each in certificates:
        subjects[each.account_id].append(Subject(order_id=each.order_id, certificate_id=each.id))
    for account_id, its in subjects.items():
        await announce(work, account_id, EventKind.CERTIFICATE_ISSUED, *its, at=at)
    return [each.order.status for each in applied]


def _certificate(made: Made, at: datetime) -> Certificate:
    issued = made.issued
    return replace(
        made.material.certificate,
        status=CertificateStatus.ISSUED,
        names=made.material.names,
        der=issued.der,
        authority_id=issued.authority_id,
        serial_number=issued.serial_number,
        sha1_thumbprint=hashlib.sha1(issued.der, usedforsecurity=False).hexdigest().upper(),
        not_before=issued.not_before,
        not_after=issued.not_after,
        issued_at=at,
    )


def _jobs(made: Made, at: datetime) -> list[DueJob]:
    """List what is to be looked at later: the certificate's end, and that of the one whose place it takes."""
    certificate = made.material.certificate
    jobs = [DueJob(JobKind.EXPIRE_CERTIFICATE, certificate.id, made.issued.not_after)]
    grace_days = made.material.product.reissue_grace_days
    if certificate.kind is CertificateKind.REISSUE and grace_days is not None:
        superseded = made.material.order.certificate_id
        jobs.append(DueJob(JobKind.REVOKE_SUPERSEDED, superseded, at + timedelta(days=grace_days)))
    return jobs


def _applied(made: Made, at: datetime) -> Applied:
    order, certificate = made.material.order, made.material.certificate
    if certificate.kind is CertificateKind.REISSUE:
        order = replace(order, certificate_id=certificate.id, pending_certificate_id=None)
    reason = f"The {certificate.kind.value} certificate {certificate.id} was issued"
    return order.apply(_ACTIONS[certificate.kind], actor=_CA, reason=reason, at=at).after(made.handed_over)


async def store_refusal(
    work: UnitOfWork, material: Material, reason: str, at: datetime, *, handed_over: Applied | None = None
) -> OrderStatus:
    """Store that the CA refused, with everything that follows, and return where the order stands."""
    order = material.order
    match material.certificate.kind:
        case CertificateKind.ORIGINAL:
            applied = order.apply(Action.REFUSE, actor=_CA, reason=reason, at=at)
            await work.orders.record(applied.after(handed_over))
            await withdraw(work, order, reason=reason, at=at)
            about = Subject(order_id=order.id, certificate_id=order.certificate_id)
            await announce(work, order.account_id, EventKind.ORDER_REJECTED, about, at=at)
            order = applied.order
        case CertificateKind.REISSUE:
            order = await give_up_reissue(work, order, actor=_CA, reason=reason, at=at)
        case CertificateKind.DUPLICATE:
            canceled = replace(material.certificate, status=CertificateStatus.CANCELED)
            await work.certificates.save(canceled, expected=CertificateStatus.PENDING)
    return order.status
