"""What every answer tells of a certificate, be it an order's, a reissue or a duplicate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from certwright.domain.certificate import CertificateKind, CertificateStatus
from certwright.web.digicert.schemas.orders import Validity
from certwright.web.digicert.translate.certificates import issued_facts
from certwright.web.digicert.translate.dates import tell_day, tell_instant

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.certificate import Certificate

_DEFAULT_HASH = "sha256"


def certificate_facts(certificate: Certificate, at: datetime) -> dict[str, Any]:
    """Tell what all shapes of a certificate have in common.

    Its names are its own: those of a reissue under way, which the order has already, are told when that is issued.
    """
    return {
        "id": certificate.id,
        **issuance_facts(certificate, at),
        "common_name": certificate.names[0].identifier.name,
        "dns_names": [name.identifier.name for name in certificate.names],
        "date_created": tell_instant(certificate.created_at),
        "signature_hash": signature_hash(certificate),
    }


def facts_in_order(certificate: Certificate, at: datetime) -> dict[str, Any]:
    """Tell an order's current certificate."""
    return {
        **certificate_facts(certificate, at),
        "cert_validity": _cert_validity(certificate),
        "status": _status(certificate),
    }


def issuance_facts(certificate: Certificate, at: datetime) -> dict[str, Any]:
    """Tell what only an issued certificate has."""
    issued_at, ends_at = certificate.issued_at, certificate.not_after
    return {
        "thumbprint": certificate.sha1_thumbprint or UNSET,
        "serial_number": _even(certificate.serial_number) if certificate.serial_number else UNSET,
        "date_issued": tell_instant(issued_at) if issued_at else UNSET,
        "valid_from": tell_day(certificate.not_before) if certificate.not_before else UNSET,
        "valid_till": tell_day(ends_at) if ends_at else UNSET,
        "days_remaining": max((ends_at - at).days, 0) if ends_at else UNSET,
    }


def signature_hash(certificate: Certificate) -> str:
    """Tell the hash that a certificate was signed with, or will be."""
    return issued_facts(certificate.der).signature_hash if certificate.der else _DEFAULT_HASH


def _even(serial_number: str) -> str:
    """Return a serial number in whole bytes."""
    return serial_number.zfill(len(serial_number) + len(serial_number) % 2)


def _status(certificate: Certificate) -> str | UnsetType:
    """Tell a certificate's own status, which clients prefer to the order's: from the first reissue or revocation on."""
    if certificate.status is CertificateStatus.REVOKED:
        return "revoked"
    reissued = certificate.kind is CertificateKind.REISSUE
    return "issued" if reissued and certificate.status is CertificateStatus.ISSUED else UNSET


def _cert_validity(certificate: Certificate) -> Validity:
    return Validity(years=1) if certificate.days is None else Validity(days=certificate.days)
