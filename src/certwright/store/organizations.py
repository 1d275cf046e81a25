"""Organizations and their validations as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from certwright.domain.errors import NotFound
from certwright.domain.ids import AccountId, OrganizationId
from certwright.domain.organization import (
    Address,
    Organization,
    OrganizationContact,
    OrganizationStatus,
    OrganizationValidation,
    ReviewStatus,
)
from certwright.domain.product import ValidationLevel
from certwright.domain.query import OrganizationPage
from certwright.store.engine import (
    listed,
    placeholders,
    to_instant,
    to_instant_or_none,
    to_stored,
    to_stored_or_none,
)
from certwright.store.organization_search import Where, name_key, review_key, validated_until_key

if TYPE_CHECKING:
    from collections.abc import Collection

    from certwright.domain.query import OrganizationQuery
    from certwright.store.engine import Bindable, Connection, Row

_SELECT = (
    "SELECT id, account_id, name, address, phone, status, assumed_name, registration_number, contact, created_at "
    "FROM organizations"
)
_AT_ONCE = 1000


class SQLOrganizations:
    """Organizations in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, organization: Organization) -> None:
        """Store a new organization."""
        await self._connection.execute(
            "INSERT INTO organizations "
            "(id, account_id, name, address, phone, status, assumed_name, registration_number, contact, created_at, "
            "name_key, review, validated_until) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            organization.id,
            organization.account_id,
            organization.name,
            msgspec.json.encode(organization.address).decode(),
            organization.phone,
            organization.status.value,
            organization.assumed_name,
            organization.registration_number,
            _contact_text(organization),
            to_stored(organization.created_at),
            name_key(organization),
            review_key(organization),
            validated_until_key(organization),
        )

    async def save(self, organization: Organization) -> None:
        """Store an organization's changed contact and status."""
        await self._connection.execute(
            "UPDATE organizations SET status = $2, contact = $3 WHERE id = $1",
            organization.id,
            organization.status.value,
            _contact_text(organization),
        )

    async def get(self, account_id: AccountId, organization_id: OrganizationId) -> Organization:
        """Return an organization of the account."""
        found = await self._list("WHERE id = $1 AND account_id = $2", organization_id, account_id)
        if not found:
            raise NotFound("organization")
        return found[0]

    async def find(self, organization_id: OrganizationId) -> Organization | None:
        """Return an organization of any account."""
        found = await self._list("WHERE id = $1", organization_id)
        return found[0] if found else None

    async def find_several(
        self, account_id: AccountId, organization_ids: Collection[OrganizationId]
    ) -> list[Organization]:
        """List those of the organizations that are in the account."""
        return [
            organization
            for some in listed(organization_ids)
            for organization in await self._list(
                f"WHERE account_id = $1 AND id IN ({placeholders(len(some), start=2)})", account_id, *some
            )
        ]

    async def list_of_account(self, account_id: AccountId) -> list[Organization]:
        """List an account's organizations by id."""
        return await self._list("WHERE account_id = $1 ORDER BY id", account_id)

    async def list_all(self) -> list[Organization]:
        """List the organizations of all accounts by id."""
        return await self._list("ORDER BY id")

    async def set_validation(
        self, organization_id: OrganizationId, validation: OrganizationValidation
    ) -> None:
        """Store a validation in place of an earlier one of the same level."""
        await self._connection.execute(
            "INSERT INTO organization_validations "
            "(organization_id, level, status, submitted_at, decided_at, valid_until, evidence) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (organization_id, level) DO UPDATE SET "
            "status = excluded.status, submitted_at = excluded.submitted_at, decided_at = excluded.decided_at, "
            "valid_until = excluded.valid_until, evidence = excluded.evidence",
            organization_id,
            validation.level.value,
            validation.status.value,
            to_stored(validation.submitted_at),
            to_stored_or_none(validation.decided_at),
            to_stored_or_none(validation.valid_until),
            validation.evidence,
        )
        organization = await self.find(organization_id)
        if organization is not None:
            await self._connection.execute(
                "UPDATE organizations SET review = $2, validated_until = $3 WHERE id = $1",
                organization_id,
                review_key(organization),
                validated_until_key(organization),
            )

    async def search(self, query: OrganizationQuery) -> OrganizationPage:
        """Return a page of what matches, newest first, and how many match in all."""
        where = Where(query)
        counted = await self._connection.fetch(
            f"SELECT count(*) FROM organizations {where.text}", *where.values
        )
        total: int = counted[0][0]
        if query.offset >= total:
            return OrganizationPage(items=(), total=total)
        limit, offset = where.bind(query.limit), where.bind(query.offset)
        page = f"{where.text} ORDER BY id DESC LIMIT {limit} OFFSET {offset}"
        return OrganizationPage(items=tuple(await self._list(page, *where.values)), total=total)

    async def _list(self, condition: str, *values: Bindable) -> list[Organization]:
        rows = await self._connection.fetch(f"{_SELECT} {condition}", *values)
        found: list[Organization] = []
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            validations = await self._validations([row[0] for row in some])
            found += [_from_row(row, tuple(validations.get(row[0], ()))) for row in some]
        return found

    async def _validations(self, organization_ids: list[int]) -> dict[int, list[OrganizationValidation]]:
        rows = await self._connection.fetch(
            "SELECT organization_id, level, status, submitted_at, decided_at, valid_until, evidence "
            "FROM organization_validations "
            f"WHERE organization_id IN ({placeholders(len(organization_ids))}) ORDER BY organization_id, level",
            *organization_ids,
        )
        found: dict[int, list[OrganizationValidation]] = {}
        for row in rows:
            validation = OrganizationValidation(
                level=ValidationLevel(row[1]),
                status=ReviewStatus(row[2]),
                submitted_at=to_instant(row[3]),
                decided_at=to_instant_or_none(row[4]),
                valid_until=to_instant_or_none(row[5]),
                evidence=row[6],
            )
            found.setdefault(row[0], []).append(validation)
        return found


def _from_row(row: Row, validations: tuple[OrganizationValidation, ...]) -> Organization:
    return Organization(
        id=OrganizationId(row[0]),
        account_id=AccountId(row[1]),
        name=row[2],
        address=msgspec.json.decode(row[3], type=Address),
        phone=row[4],
        status=OrganizationStatus(row[5]),
        assumed_name=row[6],
        registration_number=row[7],
        contact=None if row[8] is None else msgspec.json.decode(row[8], type=OrganizationContact),
        created_at=to_instant(row[9]),
        validations=validations,
    )


def _contact_text(organization: Organization) -> str | None:
    return None if organization.contact is None else msgspec.json.encode(organization.contact).decode()
