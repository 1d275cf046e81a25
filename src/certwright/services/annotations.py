"""Writing down things beside orders: notes, and the account's custom fields with their values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from certwright.domain.account import KeyKind
from certwright.domain.custom_field import CustomField, ValueType
from certwright.domain.errors import InvalidInput
from certwright.domain.ids import CustomFieldId, NoteId
from certwright.domain.note import Note
from certwright.services.ports import NumberKind
from certwright.services.visibility import get_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certwright.domain.account import Caller
    from certwright.domain.custom_field import GivenValue
    from certwright.domain.ids import OrderId
    from certwright.services.ports import Clock, Store, UnitOfWork

_LONGEST_LABEL = 100
VALUES = "custom_fields"
"""The field of an order that a fault with its custom values is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """What a field is to be; ``None`` leaves it as it is."""

    label: str | None = None
    value_type: ValueType | None = None
    description: str | None = None
    is_required: bool | None = None
    is_active: bool | None = None
    show_in_receipt: bool | None = None


class Annotations:
    """Keeps notes and custom fields."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list_notes(self, caller: Caller, order_id: OrderId) -> list[Note]:
        """List an order's notes, oldest first.

        Raises:
            NotFound: no such order in this account.
        """
        async with self._store.reading() as work:
            await get_order(work, caller, order_id)
            return await work.notes.list_of_order(caller.account_id, order_id)

    async def add_note(self, caller: Caller, order_id: OrderId, text: str) -> Note:
        """Write a note down.

        Raises:
            NotFound: no such order in this account.
        """
        (number,) = await self._store.allot(NumberKind.NOTE)
        note = Note(
            id=NoteId(number),
            account_id=caller.account_id,
            order_id=order_id,
            author=caller.key.id,
            created_at=self._clock.now(),
            text=text,
        )
        async with self._store.writing() as work:
            await get_order(work, caller, order_id)
            await work.notes.add(note)
        return note

    async def list_fields(self, caller: Caller) -> list[CustomField]:
        """List the account's custom fields."""
        async with self._store.reading() as work:
            return await work.custom_fields.list_of_account(caller.account_id)

    async def add_field(self, caller: Caller, change: FieldChange) -> CustomField:
        """Make a custom field.

        Raises:
            InvalidInput: the label is missing, too long, or another active field's.
        """
        (number,) = await self._store.allot(NumberKind.CUSTOM_FIELD)
        empty = CustomField(id=CustomFieldId(number), account_id=caller.account_id, label="")
        async with self._store.writing() as work:
            field = await _changed(work, empty, change)
            await work.custom_fields.add(field)
        return field

    async def change_field(self, caller: Caller, field_id: CustomFieldId, change: FieldChange) -> CustomField:
        """Change a custom field; the values that orders hold stay as they are.

        Raises:
            NotFound: no such field in this account.
            InvalidInput: as for ``add_field``.
        """
        async with self._store.writing() as work:
            known = await work.custom_fields.get(caller.account_id, field_id)
            field = await _changed(work, known, change)
            await work.custom_fields.save(field)
        return field

    async def set_value(self, caller: Caller, order_id: OrderId, given: GivenValue) -> None:
        """Store what an order holds in a field.

        Raises:
            NotFound: no such order in this account.
            InvalidInput: there is no such field, or it does not take the value.
        """
        async with self._store.writing() as work:
            await get_order(work, caller, order_id)
            check_values(await work.custom_fields.list_of_account(caller.account_id), [given])
            await work.custom_fields.set_values(caller.account_id, {order_id: [given]})


def check_values(fields: Sequence[CustomField], given: Sequence[GivenValue]) -> None:
    """Refuse values for fields that an account does not have, or that do not take them.

    Raises:
        InvalidInput: with the first that is wrong.
    """
    for each in given:
        field = next((field for field in fields if field.id == each.field_id), None)
        if field is None:
            raise InvalidInput.for_field(VALUES, f"There is no custom field {each.field_id}")
        if not field.is_active or not field.takes(each.value):
            raise InvalidInput.for_field(VALUES, f"The custom field {field.label} does not take this value")


def check_all_given(caller: Caller, fields: Sequence[CustomField], given: Sequence[GivenValue]) -> None:
    """Refuse a new order that lacks the value of a field that is required.

    Raises:
        InvalidInput: naming the field.
    """
    if caller.key.kind is KeyKind.WEBNIC:
        return  # that API has no way to give them
    ids = {each.field_id for each in given}
    for field in fields:
        if field.is_required and field.is_active and field.id not in ids:
            raise InvalidInput.for_field(VALUES, f"The custom field {field.label} ({field.id}) is required")


async def _changed(work: UnitOfWork, field: CustomField, change: FieldChange) -> CustomField:
    label = field.label if change.label is None else change.label.strip()
    if not 0 < len(label) <= _LONGEST_LABEL:
        raise InvalidInput.for_field("label", f"A custom field's label has 1 to {_LONGEST_LABEL} characters")
    known = await work.custom_fields.list_of_account(field.account_id)
    changed = replace(
        field,
        label=label,
        value_type=field.value_type if change.value_type is None else change.value_type,
        description=field.description if change.description is None else change.description,
        is_required=field.is_required if change.is_required is None else change.is_required,
        is_active=field.is_active if change.is_active is None else change.is_active,
        show_in_receipt=field.show_in_receipt if change.show_in_receipt is None else change.show_in_receipt,
    )
    if any(each.label == label and each.is_active and each.id != field.id for each in known):
        raise InvalidInput.for_field("label", f"There is already a custom field {label}")
    return changed
