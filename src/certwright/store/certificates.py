"""Certificates as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.certificate import (
    Certificate,
    CertificateKind,
    CertificateStatus,
    FurtherCertificates,
    RevocationReason,
    RevokedEntry,
)
from certwright.domain.errors import NotFound, StaleRecord
from certwright.domain.ids import AccountId, AuthorityId, CertificateId, OrderId
from certwright.store.engine import (
    listed,
    placeholders,
    to_instant,
    to_instant_or_none,
    to_stored,
    to_stored_or_none,
)
from certwright.store.groups import in_any_group
from certwright.store.names import decode_names, encode_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from certwright.store.engine import Bindable, Connection, Row

COLUMNS = (
    "id",
    "account_id",
    "order_id",
    "status",
    "csr",
    "key_hash",
    "created_at",
    "names",
    "kind",
    "days",
    "der",
    "authority_id",
    "serial_number",
    "sha1_thumbprint",
    "not_before",
    "not_after",
    "issued_at",
    "revoked_at",
    "revocation_reason",
    "server_platform",
)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM certificates"
_UPDATE = (
    f"UPDATE certificates SET {', '.join(f'{column} = ${n}' for n, column in enumerate(COLUMNS[3:], start=3))} "
    "WHERE id = $1 AND status = $2 RETURNING id"
)
OF_ANY_AUTHORITY = "IN (SELECT id FROM authorities)"
"""What a look for a serial number has to say of its ``authority_id``: the index begins with that."""

_NOTE_COMPROMISED = "INSERT INTO compromised_keys (key_hash) VALUES ($1) ON CONFLICT (key_hash) DO NOTHING"


class SQLCertificates:
    """Certificates in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, *certificates: Certificate) -> None:
        """Store new certificates."""
        await self._connection.insert("certificates", COLUMNS, map(_to_row, certificates))
        await self._note_compromised(certificates)

    async def save(self, *certificates: Certificate, expected: str) -> None:
        """Store changed certificates whose stored status must still be the expected one."""
        by_id = sorted(certificates, key=lambda certificate: certificate.id)
        rows = ((each.id, expected, *_to_row(each)[3:]) for each in by_id)
        if len(await self._connection.fetch_many(_UPDATE, rows)) != len(certificates):
            raise StaleRecord("The certificate has been changed by somebody else")
        await self._note_compromised(certificates)

    async def _note_compromised(self, certificates: Iterable[Certificate]) -> None:
        keys = {
            each.key_hash
            for each in certificates
            if each.revocation_reason is RevocationReason.KEY_COMPROMISE and each.key_hash is not None
        }
        await self._connection.execute_many(_NOTE_COMPROMISED, ((key,) for key in sorted(keys)))

    async def get(self, account_id: AccountId, certificate_id: CertificateId) -> Certificate:
        """Return a certificate of the account."""
        certificate = await self._first("id = $1 AND account_id = $2", certificate_id, account_id)
        if certificate is None:
            raise NotFound("certificate")
        return certificate

    async def find(self, certificate_id: CertificateId) -> Certificate | None:
        """Return a certificate of any account."""
        return await self._first("id = $1", certificate_id)

    async def find_anywhere(self, certificate_ids: Collection[CertificateId]) -> list[Certificate]:
        """List those of the certificates that there are, in any account."""
        return [
            certificate_from_row(row)
            for some in listed(certificate_ids)
            for row in await self._connection.fetch(
                f"{_SELECT} WHERE id IN ({placeholders(len(some))})", *some
            )
        ]

    async def find_several(
        self, account_id: AccountId, certificate_ids: Collection[CertificateId]
    ) -> list[Certificate]:
        """List those of the certificates that are in the account."""
        return [
            certificate_from_row(row)
            for some in listed(certificate_ids)
            for row in await self._connection.fetch(
                f"{_SELECT} WHERE account_id = $1 AND id IN ({placeholders(len(some), start=2)})",
                account_id,
                *some,
            )
        ]

    async def find_by_serial_number(self, account_id: AccountId, serial_number: str) -> Certificate | None:
        """Return the account's certificate with a serial number."""
        return await self._first(
            f"account_id = $1 AND serial_number = $2 AND authority_id {OF_ANY_AUTHORITY}",
            account_id,
            serial_number,
        )

    async def find_issued(self, authority_id: AuthorityId, serial_number: str) -> Certificate | None:
        """Return the certificate that an authority issued under a serial number."""
        return await self._first("authority_id = $1 AND serial_number = $2", authority_id, serial_number)

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[Certificate]:
        """List all certificates of an order, oldest first."""
        rows = await self._connection.fetch(
            f"{_SELECT} WHERE order_id = $1 AND account_id = $2 ORDER BY id", order_id, account_id
        )
        return [certificate_from_row(row) for row in rows]

    async def count_further(
        self, account_id: AccountId, order_ids: Sequence[OrderId]
    ) -> Mapping[OrderId, FurtherCertificates]:
        """Count the reissues and duplicates that were issued under orders."""
        if not order_ids:
            return {}
        rows = await self._connection.fetch(
            "SELECT order_id, sum(CASE kind WHEN 'reissue' THEN 1 ELSE 0 END), "
            "sum(CASE kind WHEN 'duplicate' THEN 1 ELSE 0 END), "
            "max(CASE kind WHEN 'reissue' THEN issued_at ELSE NULL END) FROM certificates "
            f"WHERE account_id = $1 AND order_id IN ({placeholders(len(order_ids), start=2)}) "
            "AND kind <> 'original' AND issued_at IS NOT NULL GROUP BY order_id",
            account_id,
            *order_ids,
        )
        return {
            OrderId(row[0]): FurtherCertificates(
                reissues=int(row[1]), duplicates=int(row[2]), last_reissued_at=to_instant_or_none(row[3])
            )
            for row in rows
        }

    async def list_revoked(self, authority_id: AuthorityId, at: datetime) -> list[RevokedEntry]:
        """List an authority's revoked certificates that have not run out."""
        rows = await self._connection.fetch(
            "SELECT serial_number, revoked_at, revocation_reason FROM certificates "
            "WHERE authority_id = $1 AND not_after > $2 AND revoked_at IS NOT NULL ORDER BY revoked_at, id",
            authority_id,
            to_stored(at),
        )
        return [
            RevokedEntry(serial_number=row[0], revoked_at=to_instant(row[1]), reason=RevocationReason(row[2]))
            for row in rows
        ]

    async def list_issued_with_key(self, account_id: AccountId, key_hash: bytes) -> list[Certificate]:
        """List the account's certificates with a key that are issued and not revoked, oldest first."""
        # The status stands in the text, for only so can a planner tell that the index has all of them.
        rows = await self._connection.fetch(
            f"{_SELECT} WHERE {in_any_group('id', 'certificates')} AND key_hash = $1 AND status = 'issued' "
            "AND account_id = $2 ORDER BY id",
            key_hash,
            account_id,
        )
        return [certificate_from_row(row) for row in rows]

    async def find_compromised(self, key_hashes: Collection[bytes]) -> set[bytes]:
        """Return those of the keys with which a certificate was revoked for key compromise."""
        return {
            row[0]
            for some in listed(key_hashes)
            for row in await self._connection.fetch(
                f"SELECT key_hash FROM compromised_keys WHERE key_hash IN ({placeholders(len(some))})", *some
            )
        }

    async def _first(self, condition: str, *values: Bindable) -> Certificate | None:
        rows = await self._connection.fetch(f"{_SELECT} WHERE {condition}", *values)
        return certificate_from_row(rows[0]) if rows else None


def certificate_from_row(row: Row) -> Certificate:
    """Make a certificate of the values of ``COLUMNS``."""
    return Certificate(
        id=CertificateId(row[0]),
        account_id=AccountId(row[1]),
        order_id=OrderId(row[2]),
        status=CertificateStatus(row[3]),
        csr=row[4],
        key_hash=row[5],
        created_at=to_instant(row[6]),
        names=decode_names(row[7]),
        kind=CertificateKind(row[8]),
        days=row[9],
        der=row[10],
        authority_id=None if row[11] is None else AuthorityId(row[11]),
        serial_number=row[12],
        sha1_thumbprint=row[13],
        not_before=to_instant_or_none(row[14]),
        not_after=to_instant_or_none(row[15]),
        issued_at=to_instant_or_none(row[16]),
        revoked_at=to_instant_or_none(row[17]),
        revocation_reason=None if row[18] is None else RevocationReason(row[18]),
        server_platform=row[19],
    )


def _to_row(certificate: Certificate) -> tuple[Bindable, ...]:
    return (
        certificate.id,
        certificate.account_id,
        certificate.order_id,
        certificate.status.value,
        certificate.csr,
        certificate.key_hash,
        to_stored(certificate.created_at),
        encode_names(certificate.names),
        certificate.kind.value,
        certificate.days,
        certificate.der,
        certificate.authority_id,
        certificate.serial_number,
        certificate.sha1_thumbprint,
        to_stored_or_none(certificate.not_before),
        to_stored_or_none(certificate.not_after),
        to_stored_or_none(certificate.issued_at),
        to_stored_or_none(certificate.revoked_at),
        certificate.revocation_reason.value if certificate.revocation_reason else None,
        certificate.server_platform,
    )
