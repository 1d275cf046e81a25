"""Certificates of the order book, what is asked of a CA, and what a CA answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.identifier import Identifier
    from certwright.domain.ids import AccountId, AuthorityId, CertificateId, OrderId
    from certwright.domain.order import OrderedName
    from certwright.domain.organization import Subject
    from certwright.domain.product import ValidationLevel


class CertificateStatus(StrEnum):
    """Where a certificate stands, beside the status of its order."""

    PENDING = "pending"
    ISSUED = "issued"
    REVOKED = "revoked"
    EXPIRED = "expired"
    CANCELED = "canceled"  # given up before it was issued


class CertificateKind(StrEnum):
    """How a certificate came under its order."""

    ORIGINAL = "original"
    REISSUE = "reissue"  # takes the place of the order's current certificate when it is issued
    DUPLICATE = "duplicate"  # stands beside it


class RevocationReason(StrEnum):
    """The reasons a TLS certificate may be revoked for (RFC 5280 §5.3.1, BR §7.2.2), by their X.509 names."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate asked for or made under an order.

    Ids are allotted with the order, so a certificate exists before it is issued; ``der`` and everything read from it
    are ``None`` until then. ``names`` are those asked for, the common name first, and ``days`` caps the life below what
    the rules allow. ``serial_number`` is upper-case hex without colons; the thumbprints are hex over the DER.
    ``key_hash`` is the SHA-256 of the CSR's SubjectPublicKeyInfo, by which compromised keys are refused. ``server_platform``
    numbers the server software it is meant for, where somebody has said.
    """

    id: CertificateId
    account_id: AccountId
    order_id: OrderId
    status: CertificateStatus
    csr: bytes | None
    key_hash: bytes | None
    created_at: datetime
    names: tuple[OrderedName, ...]
    kind: CertificateKind = CertificateKind.ORIGINAL
    days: int | None = None
    server_platform: int | None = None
    der: bytes | None = None
    authority_id: AuthorityId | None = None
    serial_number: str | None = None
    sha1_thumbprint: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    issued_at: datetime | None = None
    revoked_at: datetime | None = None
    revocation_reason: RevocationReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherCertificates:
    """How many certificates were issued under an order behind its first one, and when it was last reissued."""

    reissues: int = 0
    duplicates: int = 0
    last_reissued_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuanceRequest:
    """All that a CA back end needs to make a certificate.

    ``certificate_id`` makes the request idempotent: asking twice for the same one never gives two certificates.
    ``csr`` is DER whose signature and key have been checked. ``names`` holds the common name first and goes into the
    SAN whole. ``subject`` is the validated organization (OV, EV) or ``None`` (DV).
    """

    certificate_id: CertificateId
    csr: bytes
    names: tuple[Identifier, ...]
    validation_level: ValidationLevel
    not_after: datetime
    subject: Subject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCertificate:
    """What a CA back end made: the leaf as DER and the authority that signed it."""

    der: bytes
    authority_id: AuthorityId
    serial_number: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedEntry:
    """A line of a CRL: serial number in upper-case hex, when and why."""

    serial_number: str
    revoked_at: datetime
    reason: RevocationReason


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRecord:
    """A CA's certificate and its encrypted private key, as stored.

    ``encrypted_key`` is an envelope that only the CA back end can open. ``issuer_id`` is ``None`` for a root.
    """

    id: AuthorityId
    name: str
    issuer_id: AuthorityId | None
    certificate: bytes
    encrypted_key: bytes
    created_at: datetime
