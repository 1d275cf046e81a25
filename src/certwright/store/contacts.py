"""Contacts as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from certwright.domain.contact import Contact, ContactKind
from certwright.domain.errors import NotFound
from certwright.domain.ids import AccountId, ContactId
from certwright.domain.organization import Address
from certwright.store.engine import listed, placeholders, to_instant, to_stored

if TYPE_CHECKING:
    from collections.abc import Collection

    from certwright.store.engine import Connection, Row

_COLUMNS = "id, account_id, kind, first_name, last_name, company, email, phone, fax, address, created_at"


class SQLContacts:
    """Contacts in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, contact: Contact) -> None:
        """Store a new contact."""
        await self._connection.execute(
            f"INSERT INTO contacts ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            contact.id,
            contact.account_id,
            contact.kind.value,
            contact.first_name,
            contact.last_name,
            contact.company,
            contact.email,
            contact.phone,
            contact.fax,
            msgspec.json.encode(contact.address).decode(),
            to_stored(contact.created_at),
        )

    async def get(self, account_id: AccountId, contact_id: ContactId) -> Contact:
        """Return a contact of the account."""
        rows = await self._connection.fetch(
            f"SELECT {_COLUMNS} FROM contacts WHERE id = $1 AND account_id = $2", contact_id, account_id
        )
        if not rows:
            raise NotFound("contact")
        return _contact(rows[0])

    async def find_anywhere(self, contact_ids: Collection[ContactId]) -> list[Contact]:
        """List those of the contacts that there are, in any account."""
        return [
            _contact(row)
            for some in listed(contact_ids)
            for row in await self._connection.fetch(
                f"SELECT {_COLUMNS} FROM contacts WHERE id IN ({placeholders(len(some))})", *some
            )
        ]

    async def find_known(self, account_id: AccountId, contact_ids: Collection[ContactId]) -> set[ContactId]:
        """Return those of the contacts that are in the account."""
        return {
            ContactId(row[0])
            for some in listed(contact_ids)
            for row in await self._connection.fetch(
                f"SELECT id FROM contacts WHERE account_id = $1 AND id IN ({placeholders(len(some), start=2)})",
                account_id,
                *some,
            )
        }

    async def is_used(self, account_id: AccountId, contact_id: ContactId) -> bool:
        """Whether an order of the account names the contact."""
        rows = await self._connection.fetch(
            "SELECT 1 FROM orders WHERE account_id = $1 "
            "AND (administrator_contact_id = $2 OR technical_contact_id = $2) LIMIT 1",
            account_id,
            contact_id,
        )
        return bool(rows)

    async def delete(self, contact_id: ContactId) -> None:
        """Forget a contact."""
        await self._connection.execute("DELETE FROM contacts WHERE id = $1", contact_id)


def _contact(row: Row) -> Contact:
    return Contact(
        id=ContactId(row[0]),
        account_id=AccountId(row[1]),
        kind=ContactKind(row[2]),
        first_name=row[3],
        last_name=row[4],
        company=row[5],
        email=row[6],
        phone=row[7],
        fax=row[8],
        address=msgspec.json.decode(row[9], type=Address),
        created_at=to_instant(row[10]),
    )
