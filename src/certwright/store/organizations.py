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
from certwright.store.engine import to_instant, to_instant_or_none, to_stored, to_stored_or_none

if TYPE_CHECKING:
    from certwright.store.engine import Bindable, Connection, Row

_SELECT = (
    "SELECT id, account_id, name, address, phone, status, assumed_name, registration_number, contact, created_at "
    "FROM organizations"
)


class SQLOrganizations:
    """Organizations in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, organization: Organization) -> None:
        """Store a new organization."""
        await self._connection.execute(
            "INSERT INTO organizations "
            "(id, account_id, name, address, phone, status, assumed_name, registration_number, contact, created_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
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

    async def _list(self, condition: str, *values: Bindable) -> list[Organization]:
        rows = await self._connection.fetch(f"{_SELECT} {condition}", *values)
        return [_from_row(row, await self._validations(row[0])) for row in rows]

    async def _validations(self, organization_id: int) -> tuple[OrganizationValidation, ...]:
        rows = await self._connection.fetch(
            "SELECT level, status, submitted_at, decided_at, valid_until, evidence FROM organization_validations "
            "WHERE organization_id = $1 ORDER BY level",
            organization_id,
        )
        return tuple(
            OrganizationValidation(
                level=ValidationLevel(row[0]),
                status=ReviewStatus(row[1]),
                submitted_at=to_instant(row[2]),
                decided_at=to_instant_or_none(row[3]),
                valid_until=to_instant_or_none(row[4]),
                evidence=row[5],
            )
            for row in rows
        )


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
