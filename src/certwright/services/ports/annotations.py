"""What is written down beside orders: notes, and the account's custom fields with their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from certwright.domain.custom_field import CustomField, CustomValue, GivenValue
    from certwright.domain.ids import AccountId, CustomFieldId, OrderId
    from certwright.domain.note import Note


class Notes(Protocol):
    """Notes of all orders."""

    async def add(self, note: Note) -> None:
        """Store a new note."""
        ...

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[Note]:
        """List an order's notes, oldest first."""
        ...


class CustomFields(Protocol):
    """Custom fields and their values."""

    async def add(self, field: CustomField) -> None:
        """Store a new field."""
        ...

    async def save(self, field: CustomField) -> None:
        """Store a changed field."""
        ...

    async def get(self, account_id: AccountId, field_id: CustomFieldId) -> CustomField:
        """Return a field of the account.

        Raises:
            NotFound: no such field in this account.
        """
        ...

    async def list_of_account(self, account_id: AccountId) -> list[CustomField]:
        """List an account's fields by id."""
        ...

    async def set_values(self, account_id: AccountId, given: Mapping[OrderId, Sequence[GivenValue]]) -> None:
        """Store what orders hold in fields, in place of what they held."""
        ...

    async def values_of_orders(
        self, account_id: AccountId, order_ids: Sequence[OrderId]
    ) -> Mapping[OrderId, tuple[CustomValue, ...]]:
        """Return the values of orders, by field id; an order without any is left out."""
        ...
