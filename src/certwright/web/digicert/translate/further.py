"""Reissues and duplicates: what clients ask for, and as they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from certwright.domain.certificate import CertificateKind, CertificateStatus
from certwright.domain.dcv import DCVMethod
from certwright.domain.product import ValidationLevel
from certwright.services.reissuing import NewCertificate
from certwright.web.digicert.errors import required
from certwright.web.digicert.schemas import further as wire
from certwright.web.digicert.schemas.bodies import OrderedCertificate
from certwright.web.digicert.schemas.orders import PlacedRequest
from certwright.web.digicert.translate import parties
from certwright.web.digicert.translate.certificate_facts import certificate_facts
from certwright.web.digicert.translate.certificates import CRLF, issued_facts
from certwright.web.digicert.translate.new_orders import parse_names, read_csr, to_ordered_names
from certwright.web.digicert.translate.numbers import is_set
from certwright.web.digicert.translate.orders import tell_domains
from certwright.web.digicert.translate.platforms import parse_platform, tell_platform
from certwright.web.digicert.translate.proofs import verification_value
from certwright.web.digicert.translate.validity import parse_certificate_days
from certwright.web.digicert.translate.words import METHOD_WORDS
from certwright.web.shared.certificate_files import csr_pem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from certwright.domain.certificate import Certificate
    from certwright.domain.order import OrderedName
    from certwright.services.order_view import OrderView
    from certwright.services.reissuing import FurtherCertificate
    from certwright.web.digicert.schemas.answers import ChainEntry

_STATUS_WORDS = {
    CertificateStatus.PENDING: "pending",
    CertificateStatus.ISSUED: "issued",
    CertificateStatus.REVOKED: "revoked",
    CertificateStatus.EXPIRED: "expired",
    CertificateStatus.CANCELED: "rejected",
}


def to_new_certificate(body: wire.FurtherCertificate, view: OrderView, *, now: datetime) -> NewCertificate:
    """Translate a request for a reissue or a duplicate.

    Raises:
        InvalidInput: something that is needed is missing, or can't be used.
    """
    certificate = body.certificate or OrderedCertificate()
    if not certificate.csr:
        raise required("certificate.csr")
    return NewCertificate(
        csr=read_csr(certificate.csr),
        names=_names(body, certificate, view),
        days=parse_certificate_days(certificate.cert_validity, order_ends_at=view.order.expires_at, now=now),
        server_platform=parse_platform(certificate.server_platform),
        comments=body.comments or "",
        skip_approval=is_set(body.skip_approval),
    )


def asked_for(
    stored: FurtherCertificate,
    view: OrderView,
    chain: list[ChainEntry],
    cname_target: str,
    *,
    sub_id: str | UnsetType = UNSET,
) -> wire.AskedFor:
    """Tell what was asked for: its request, what is to be published, or the certificate."""
    order, certificate = view.order, stored.certificate
    is_proved = view.product.private or all(proof.is_proved for proof in view.proofs)
    publishes = (
        certificate.status is CertificateStatus.PENDING
        and order.method is not DCVMethod.EMAIL
        and not (is_proved and certificate.kind is CertificateKind.REISSUE)
    )
    alias = verification_value(order, order.random_value, cname_target)
    has_domains = publishes and view.product.validation_level is not ValidationLevel.DV
    return wire.AskedFor(
        id=order.id,
        requests=[PlacedRequest(stored.request.id, stored.request.status.value)],
        certificate_id=certificate.id,
        sub_id=sub_id,
        dcv_random_value=order.random_value if publishes else UNSET,
        verification_value=alias if publishes else UNSET,
        domains=(tell_domains(view.proofs, alias) or UNSET) if has_domains else UNSET,
        certificate_chain=chain or UNSET,
    )


def certificate_info(certificate: Certificate, view: OrderView, at: datetime) -> wire.CertificateInfo:
    """Tell a certificate by itself."""
    organization = view.organization
    return wire.CertificateInfo(
        **_told(certificate, at),
        order_id=view.order.id,
        organization=parties.organization_name(organization) if organization else UNSET,
        product=parties.product_name(view.product),
    )


def sub_id_of(certificate: Certificate, duplicates: Sequence[Certificate]) -> str:
    """Return the number of a duplicate among those of its order, from 001 on."""
    return f"{[each.id for each in duplicates].index(certificate.id) + 1:03}"


def reissues(certificates: Sequence[Certificate], at: datetime) -> wire.Reissues:
    """Tell the reissues of an order."""
    return wire.Reissues([_reissue(each, at) for each in certificates])


def duplicates(certificates: Sequence[Certificate], at: datetime) -> wire.Duplicates:
    """Tell the duplicates of an order."""
    return wire.Duplicates([_duplicate(each, sub_id_of(each, certificates), at) for each in certificates])


def _names(
    body: wire.FurtherCertificate, certificate: OrderedCertificate, view: OrderView
) -> tuple[OrderedName, ...] | None:
    """Return the names with their methods: those of the current certificate keep theirs unless another is asked for."""
    known = {name.identifier: name for name in view.certificate.names}
    names = parse_names(certificate) if certificate.common_name else list(known)
    emails = body.dcv_emails or []
    if body.dcv_method:
        return to_ordered_names(view.product, names, body.dcv_method, emails)
    word = METHOD_WORDS[view.order.method]
    new = {
        name.identifier: name
        for name in to_ordered_names(
            view.product, [name for name in names if name not in known], word, emails
        )
    }
    return tuple(known.get(name) or new[name] for name in names)


def _told(certificate: Certificate, at: datetime) -> dict[str, Any]:
    """Tell what all shapes of a certificate that is not inside an order have in common."""
    return {
        **certificate_facts(certificate, at),
        "status": _STATUS_WORDS[certificate.status],
        "key_size": issued_facts(certificate.der).key_size if certificate.der else UNSET,
    }


def _csr(certificate: Certificate) -> str | UnsetType:
    return csr_pem(certificate.csr, newline=CRLF) if certificate.csr else UNSET


def _reissue(certificate: Certificate, at: datetime) -> wire.Reissue:
    return wire.Reissue(
        **_told(certificate, at),
        csr=_csr(certificate),
        server_platform=tell_platform(certificate.server_platform),
    )


def _duplicate(certificate: Certificate, sub_id: str, at: datetime) -> wire.Duplicate:
    authority_id = certificate.authority_id
    return wire.Duplicate(
        **_told(certificate, at),
        csr=_csr(certificate),
        server_platform=tell_platform(certificate.server_platform),
        ca_cert_id=f"{authority_id:016X}" if authority_id else UNSET,
        sub_id=sub_id,
    )
