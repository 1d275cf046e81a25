"""Notes, custom fields and reports: what clients send, and as they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from certwright.domain.custom_field import GivenValue, ValueType
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import NotFound
from certwright.domain.ids import CustomFieldId
from certwright.services.annotations import FieldChange
from certwright.web.digicert.errors import BadRequest, invalid, required
from certwright.web.digicert.schemas import notes as wire
from certwright.web.digicert.translate import parties
from certwright.web.digicert.translate.dates import tell_day, tell_instant
from certwright.web.digicert.translate.numbers import is_set, parse_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from certwright.domain.account import APIKey
    from certwright.domain.custom_field import CustomField, CustomValue
    from certwright.domain.ids import APIKeyId
    from certwright.domain.note import Note
    from certwright.services.order_view import OrderView
    from certwright.web.digicert.schemas import bodies

BAD_VALUE = "invalid_custom_field_value"


def tell_note(note: Note, keys: Mapping[APIKeyId, APIKey]) -> wire.Note:
    """Tell a note."""
    return wire.Note(
        id=note.id,
        date_created=tell_instant(note.created_at),
        text=note.text,
        user=parties.user(note.author, keys),
    )


def custom_values(values: Iterable[CustomValue]) -> list[wire.CustomFieldValue] | UnsetType:
    """Tell what an order holds in its custom fields."""
    told = [
        wire.CustomFieldValue(metadata_id=each.field.id, label=each.field.label, value=each.value)
        for each in values
    ]
    return told or UNSET


def given_value(body: bodies.CustomFieldValue) -> GivenValue:
    """Read a value for a custom field; numbers and truths are taken as their texts.

    Raises:
        InvalidInput: the field or the value is missing.
    """
    try:
        field_id = parse_id(body.metadata_id, "metadata")
    except NotFound as cause:
        raise BadRequest(BAD_VALUE) from cause
    if field_id is None:
        raise required("metadata_id")
    if body.value is None:
        raise required("value")
    value = str(body.value).lower() if isinstance(body.value, bool) else str(body.value)
    return GivenValue(CustomFieldId(field_id), value.strip())


def field_change(body: wire.ChangeField) -> FieldChange:
    """Read what a custom field is to be.

    Raises:
        InvalidInput: there is no such type of values.
    """
    try:
        value_type = ValueType(body.data_type) if body.data_type else None
    except ValueError as cause:
        raise invalid("data_type") from cause
    return FieldChange(
        label=body.label,
        value_type=value_type,
        description=body.description,
        is_required=None if body.is_required is None else is_set(body.is_required),
        is_active=None if body.is_active is None else is_set(body.is_active),
        show_in_receipt=None if body.show_in_receipt is None else is_set(body.show_in_receipt),
    )


def custom_field(field: CustomField) -> wire.CustomField:
    """Tell a custom field."""
    return wire.CustomField(
        id=field.id,
        label=field.label,
        is_required=field.is_required,
        is_active=field.is_active,
        description=field.description or UNSET,
        data_type=field.value_type.value,
        show_in_receipt=field.show_in_receipt,
    )


def email_validation(view: OrderView, last_mail_at: datetime | None) -> wire.EmailValidation:
    """Tell where the approvers of an order's names stand, each once."""
    emailed = tell_day(last_mail_at) if last_mail_at else UNSET
    emails = {}
    for proof in view.proofs:
        if proof.name.method is DCVMethod.EMAIL and proof.name.approver_email:
            emails[proof.name.approver_email] = wire.ValidatedEmail(
                email=proof.name.approver_email,
                status="validated" if proof.is_proved else "unvalidated",
                date_emailed=emailed,
            )
    return wire.EmailValidation(list(emails.values()), ["browser"])
