"""Domains of accounts as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.dcv import DCVMethod
from certwright.domain.domain import Domain, Told
from certwright.domain.errors import NotFound, StaleRecord
from certwright.domain.ids import AccountId, DomainId, OrderId, OrganizationId
from certwright.domain.product import ValidationLevel
from certwright.domain.status import AWAITING_PROOF, OrderStatus
from certwright.store.engine import placeholders, to_instant, to_stored

if TYPE_CHECKING:
    from certwright.store.engine import Bindable, Connection, Row

_COLUMNS = (
    "id",
    "account_id",
    "name",
    "created_at",
    "method",
    "levels",
    "is_active",
    "submitted_at",
    "organization_id",
    "told",
    "version",
)
_FIXED = 4
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM domains"
_INSERT = f"INSERT INTO domains ({', '.join(_COLUMNS)}) VALUES ({placeholders(len(_COLUMNS))})"
_UPDATE = (
    f"UPDATE domains SET {', '.join(f'{column} = ${n}' for n, column in enumerate(_COLUMNS[_FIXED:-1], start=3))}, "
    "version = version + 1 WHERE id = $1 AND version = $2"
)
_WAITING = tuple(status.value for status in (*sorted(AWAITING_PROOF), OrderStatus.REISSUE_PENDING))


class SQLDomains:
    """Domains in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, domain: Domain) -> None:
        """Store a new domain."""
        await self._connection.execute(_INSERT, *_to_row(domain))

    async def save(self, domain: Domain) -> None:
        """Store a changed domain."""
        values = _to_row(domain)[_FIXED:-1]
        if await self._connection.execute(_UPDATE, domain.id, domain.version, *values) != 1:
            raise StaleRecord("The domain has been changed by somebody else")

    async def delete(self, domain: Domain) -> None:
        """Forget a domain."""
        await self._connection.execute("DELETE FROM domains WHERE id = $1", domain.id)

    async def get(self, account_id: AccountId, domain_id: DomainId) -> Domain:
        """Return a domain of the account."""
        domain = await self.find(domain_id)
        if domain is None or domain.account_id != account_id:
            raise NotFound("domain")
        return domain

    async def find(self, domain_id: DomainId) -> Domain | None:
        """Return a domain of any account."""
        found = await self._list("WHERE id = $1", domain_id)
        return found[0] if found else None

    async def list_of_account(self, account_id: AccountId) -> list[Domain]:
        """List an account's domains by id."""
        return await self._list("WHERE account_id = $1 ORDER BY id", account_id)

    async def list_at_or_below(self, account_id: AccountId, name: str) -> list[Domain]:
        """List the account's domains that are the name or lie below it."""
        # A name has only letters, digits, dots and hyphens, none of which mean anything to LIKE.
        return await self._list(
            "WHERE account_id = $1 AND (name = $2 OR name LIKE $3) ORDER BY id", account_id, name, f"%.{name}"
        )

    async def list_waiting_orders(self, account_id: AccountId, name: str) -> list[OrderId]:
        """List the account's orders that wait for proof of the name or of one below it."""
        rows = await self._connection.fetch(
            "SELECT DISTINCT o.id FROM orders o JOIN order_names n ON n.order_id = o.id "
            "WHERE o.account_id = $1 AND (n.name = $2 OR n.name LIKE $3) "
            f"AND o.status IN ({placeholders(len(_WAITING), start=4)}) ORDER BY o.id",
            account_id,
            name,
            f"%.{name}",
            *_WAITING,
        )
        return [OrderId(row[0]) for row in rows]

    async def _list(self, condition: str, *values: Bindable) -> list[Domain]:
        return [_from_row(row) for row in await self._connection.fetch(f"{_SELECT} {condition}", *values)]


def _to_row(domain: Domain) -> tuple[Bindable, ...]:
    return (
        domain.id,
        domain.account_id,
        domain.name,
        to_stored(domain.created_at),
        domain.method.value,
        ",".join(level.value for level in domain.levels),
        int(domain.is_active),
        to_stored(domain.submitted_at),
        domain.organization_id,
        None if domain.told is None else domain.told.value,
        domain.version,
    )


def _from_row(row: Row) -> Domain:
    return Domain(
        id=DomainId(row[0]),
        account_id=AccountId(row[1]),
        name=row[2],
        created_at=to_instant(row[3]),
        method=DCVMethod(row[4]),
        levels=tuple(ValidationLevel(word) for word in row[5].split(",") if word),
        is_active=bool(row[6]),
        submitted_at=to_instant(row[7]),
        organization_id=None if row[8] is None else OrganizationId(row[8]),
        told=None if row[9] is None else Told(row[9]),
        version=row[10],
    )
