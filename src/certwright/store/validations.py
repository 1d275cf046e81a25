"""Domain validations as rows, and the codes mailed to approvers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.dcv import DCVMethod, Validation, ValidationStatus
from certwright.domain.errors import NotFound, StaleRecord
from certwright.domain.ids import AccountId, OrderId, ValidationId
from certwright.store.engine import (
    listed,
    placeholders,
    to_instant,
    to_instant_or_none,
    to_stored,
    to_stored_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from certwright.store.engine import Bindable, Connection, Row

_COLUMNS = (
    "id",
    "account_id",
    "order_id",
    "domain",
    "method",
    "status",
    "random_value",
    "value_expires_at",
    "created_at",
    "approver_email",
    "proved_domain",
    "validated_at",
    "reusable_until",
    "last_checked_at",
    "reason",
    "next_step",
    "version",
)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM validations"
_UPDATE = (
    f"UPDATE validations SET {', '.join(f'{column} = ${n}' for n, column in enumerate(_COLUMNS[3:-1], start=3))}, "
    "version = version + 1 WHERE id = $1 AND version = $2 RETURNING id"
)

_NO_ORDER = 0


class SQLValidations:
    """Domain validations in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, *validations: Validation) -> None:
        """Store new validations."""
        await self._connection.insert("validations", _COLUMNS, map(_to_row, validations))

    async def save(self, *validations: Validation) -> None:
        """Store changed validations."""
        # By their ids, so that two units of work can't wait for each other.
        by_id = sorted(validations, key=lambda validation: validation.id)
        rows = ((each.id, each.version, *_to_row(each)[3:-1]) for each in by_id)
        if len(await self._connection.fetch_many(_UPDATE, rows)) != len(validations):
            raise StaleRecord("The validation has been changed by somebody else")

    async def get(self, account_id: AccountId, validation_id: ValidationId) -> Validation:
        """Return a validation of the account."""
        validation = await self.find(validation_id)
        if validation is None or validation.account_id != account_id:
            raise NotFound("validation")
        return validation

    async def find(self, validation_id: ValidationId) -> Validation | None:
        """Return a validation of any account."""
        rows = await self._connection.fetch(f"{_SELECT} WHERE id = $1", validation_id)
        return _from_row(rows[0]) if rows else None

    async def find_anywhere(self, validation_ids: Collection[ValidationId]) -> list[Validation]:
        """List those of the validations that there are, in any account."""
        return [
            _from_row(row)
            for some in listed(validation_ids)
            for row in await self._connection.fetch(
                f"{_SELECT} WHERE id IN ({placeholders(len(some))})", *some
            )
        ]

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[Validation]:
        """List the validations that an order asked for."""
        rows = await self._connection.fetch(
            f"{_SELECT} WHERE order_id = $1 AND account_id = $2 ORDER BY id", order_id, account_id
        )
        return [_from_row(row) for row in rows]

    async def list_of_orders(self, order_ids: Collection[OrderId]) -> list[Validation]:
        """List the validations that orders asked for, oldest first."""
        found = [
            _from_row(row)
            for some in listed(order_ids)
            for row in await self._connection.fetch(
                f"{_SELECT} WHERE order_id IN ({placeholders(len(some))})", *some
            )
        ]
        return sorted(found, key=lambda validation: validation.id)

    async def list_of_domains(self, account_id: AccountId, domain: str | None = None) -> list[Validation]:
        """List the account's validations that no order asked for, of one domain or of all."""
        if domain is None:
            rows = await self._connection.fetch(
                f"{_SELECT} WHERE account_id = $1 AND order_id = 0 ORDER BY domain, id", account_id
            )
        else:
            rows = await self._connection.fetch(
                f"{_SELECT} WHERE account_id = $1 AND domain = $2 AND order_id = 0 ORDER BY id",
                account_id,
                domain,
            )
        return [_from_row(row) for row in rows]

    async def list_fresh(self, account_id: AccountId, at: datetime) -> list[Validation]:
        """List all valid, unexpired validations of the account."""
        rows = await self._connection.fetch(
            f"{_SELECT} WHERE account_id = $1 AND reusable_until > $2 AND proved_domain IS NOT NULL ORDER BY id",
            account_id,
            to_stored(at),
        )
        return [_from_row(row) for row in rows]

    async def find_fresh(
        self, account_id: AccountId, domains: Collection[str], at: datetime
    ) -> list[Validation]:
        """List the account's valid, unexpired validations proved at one of the domains, the oldest first."""
        found = [
            _from_row(row)
            for some in listed(domains)
            for row in await self._connection.fetch(
                f"{_SELECT} WHERE account_id = $1 AND reusable_until > $2 "
                f"AND proved_domain IN ({placeholders(len(some), start=3)})",
                account_id,
                to_stored(at),
                *some,
            )
        ]
        return sorted(found, key=lambda validation: validation.id)

    async def add_approval(
        self, code_hash: bytes, validation_id: ValidationId, *, sent_at: datetime, expires_at: datetime
    ) -> None:
        """Store the hash of a code mailed to an approver."""
        await self._connection.execute(
            "INSERT INTO approval_codes (code_hash, validation_id, sent_at, expires_at) VALUES ($1, $2, $3, $4)",
            code_hash,
            validation_id,
            to_stored(sent_at),
            to_stored(expires_at),
        )

    async def find_last_mail(self, order_id: OrderId) -> datetime | None:
        """Return when an approver of the order's names was last mailed."""
        rows = await self._connection.fetch(
            "SELECT max(a.sent_at) FROM validations v JOIN approval_codes a ON a.validation_id = v.id "
            "WHERE v.order_id = $1",
            order_id,
        )
        return to_instant_or_none(rows[0][0])

    async def find_last_mail_of(self, validation_id: ValidationId) -> datetime | None:
        """Return when the approver of one validation was last mailed."""
        rows = await self._connection.fetch(
            "SELECT max(sent_at) FROM approval_codes WHERE validation_id = $1", validation_id
        )
        return to_instant_or_none(rows[0][0])

    async def find_approval(self, code_hash: bytes, at: datetime) -> ValidationId | None:
        """Return which validation an unexpired, unused code approves."""
        rows = await self._connection.fetch(
            "SELECT validation_id FROM approval_codes WHERE code_hash = $1 AND expires_at > $2 AND used_at IS NULL",
            code_hash,
            to_stored(at),
        )
        return ValidationId(rows[0][0]) if rows else None

    async def use_approval(self, code_hash: bytes, at: datetime) -> bool:
        """Spend a code; false when somebody was faster."""
        changed = await self._connection.execute(
            "UPDATE approval_codes SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL",
            code_hash,
            to_stored(at),
        )
        return changed == 1


def _to_row(validation: Validation) -> tuple[Bindable, ...]:
    return (
        validation.id,
        validation.account_id,
        validation.order_id or _NO_ORDER,
        validation.domain,
        validation.method.value,
        validation.status.value,
        validation.random_value,
        to_stored(validation.value_expires_at),
        to_stored(validation.created_at),
        validation.approver_email,
        validation.proved_domain,
        to_stored_or_none(validation.validated_at),
        to_stored_or_none(validation.reusable_until),
        to_stored_or_none(validation.last_checked_at),
        validation.reason,
        validation.next_step,
        validation.version,
    )


def _from_row(row: Row) -> Validation:
    return Validation(
        id=ValidationId(row[0]),
        account_id=AccountId(row[1]),
        order_id=None if row[2] == _NO_ORDER else OrderId(row[2]),
        domain=row[3],
        method=DCVMethod(row[4]),
        status=ValidationStatus(row[5]),
        random_value=row[6],
        value_expires_at=to_instant(row[7]),
        created_at=to_instant(row[8]),
        approver_email=row[9],
        proved_domain=row[10],
        validated_at=to_instant_or_none(row[11]),
        reusable_until=to_instant_or_none(row[12]),
        last_checked_at=to_instant_or_none(row[13]),
        reason=row[14],
        next_step=row[15],
        version=row[16],
    )
