"""Notes and custom fields as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.custom_field import CustomField, CustomValue, ValueType
from certwright.domain.errors import NotFound
from certwright.domain.ids import AccountId, APIKeyId, CustomFieldId, NoteId, OrderId
from certwright.domain.note import Note
from certwright.store.engine import placeholders, to_instant, to_stored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from certwright.domain.custom_field import GivenValue
    from certwright.store.engine import Bindable, Connection, Row

_NOTE = "id, account_id, order_id, author, created_at, note"
_FIELD_COLUMNS = (
    "id",
    "account_id",
    "label",
    "value_type",
    "description",
    "is_required",
    "is_active",
    "show_in_receipt",
)
_FIELD = ", ".join(_FIELD_COLUMNS)
_FIELD_OF_VALUE = ", ".join(f"f.{column}" for column in _FIELD_COLUMNS)
_SET_VALUE = """
INSERT INTO custom_values (order_id, field_id, account_id, value, value_key) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (order_id, field_id) DO UPDATE SET value = excluded.value, value_key = excluded.value_key
"""


class SQLNotes:
    """Notes in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, note: Note) -> None:
        """Store a new note."""
        await self._connection.execute(
            f"INSERT INTO order_notes ({_NOTE}) VALUES ({placeholders(6)})",
            note.id,
            note.account_id,
            note.order_id,
            note.author,
            to_stored(note.created_at),
            note.text,
        )

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[Note]:
        """List an order's notes, oldest first."""
        rows = await self._connection.fetch(
            f"SELECT {_NOTE} FROM order_notes WHERE order_id = $1 AND account_id = $2 ORDER BY id",
            order_id,
            account_id,
        )
        return [
            Note(
                id=NoteId(row[0]),
                account_id=AccountId(row[1]),
                order_id=OrderId(row[2]),
                author=APIKeyId(row[3]),
                created_at=to_instant(row[4]),
                text=row[5],
            )
            for row in rows
        ]


class SQLCustomFields:
    """Custom fields in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, field: CustomField) -> None:
        """Store a new field."""
        await self._connection.execute(
            f"INSERT INTO custom_fields ({_FIELD}) VALUES ({placeholders(8)})", *_to_row(field)
        )

    async def save(self, field: CustomField) -> None:
        """Store a changed field."""
        await self._connection.execute(
            "UPDATE custom_fields SET label = $3, value_type = $4, description = $5, is_required = $6, "
            "is_active = $7, show_in_receipt = $8 WHERE id = $1 AND account_id = $2",
            *_to_row(field),
        )

    async def get(self, account_id: AccountId, field_id: CustomFieldId) -> CustomField:
        """Return a field of the account."""
        rows = await self._connection.fetch(
            f"SELECT {_FIELD} FROM custom_fields WHERE id = $1 AND account_id = $2", field_id, account_id
        )
        if not rows:
            raise NotFound("metadata")
        return _from_row(rows[0])

    async def list_of_account(self, account_id: AccountId) -> list[CustomField]:
        """List an account's fields by id."""
        rows = await self._connection.fetch(
            f"SELECT {_FIELD} FROM custom_fields WHERE account_id = $1 ORDER BY id", account_id
        )
        return [_from_row(row) for row in rows]

    async def set_values(self, account_id: AccountId, given: Mapping[OrderId, Sequence[GivenValue]]) -> None:
        """Store what orders hold in fields."""
        await self._connection.execute_many(
            _SET_VALUE,
            [
                (order_id, each.field_id, account_id, each.value, each.value.lower())
                for order_id, values in given.items()
                for each in values
            ],
        )

    async def values_of_orders(
        self, account_id: AccountId, order_ids: Sequence[OrderId]
    ) -> Mapping[OrderId, tuple[CustomValue, ...]]:
        """Return the values of orders, by field id."""
        if not order_ids:
            return {}
        rows = await self._connection.fetch(
            f"SELECT v.order_id, v.value, {_FIELD_OF_VALUE} FROM custom_values v "
            f"JOIN custom_fields f ON f.id = v.field_id WHERE v.account_id = $1 "
            f"AND v.order_id IN ({placeholders(len(order_ids), start=2)}) ORDER BY v.order_id, v.field_id",
            account_id,
            *order_ids,
        )
        found: dict[OrderId, tuple[CustomValue, ...]] = {}
        for row in rows:
            order_id = OrderId(row[0])
            value = CustomValue(_from_row(row[2:]), row[1])
            found[order_id] = (*found.get(order_id, ()), value)
        return found


def _to_row(field: CustomField) -> tuple[Bindable, ...]:
    return (
        field.id,
        field.account_id,
        field.label,
        field.value_type.value,
        field.description,
        int(field.is_required),
        int(field.is_active),
        int(field.show_in_receipt),
    )


def _from_row(row: Row) -> CustomField:
    return CustomField(
        id=CustomFieldId(row[0]),
        account_id=AccountId(row[1]),
        label=row[2],
        value_type=ValueType(row[3]),
        description=row[4],
        is_required=bool(row[5]),
        is_active=bool(row[6]),
        show_in_receipt=bool(row[7]),
    )
