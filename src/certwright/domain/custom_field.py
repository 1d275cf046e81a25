"""Custom fields: what an account writes down with each of its orders, beside what the order book asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from certwright.domain.text import is_storable

if TYPE_CHECKING:
    from certwright.domain.ids import AccountId, CustomFieldId

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}\Z")
_ADDRESS = re.compile(r"[^@\s,]+@[^@\s,]+\Z")
_LONGEST = 1000


class ValueType(StrEnum):
    """What a field's values look like."""

    ANYTHING = "anything"
    TEXT = "text"
    WHOLE_NUMBER = "int"
    EMAIL_ADDRESS = "email_address"
    EMAIL_LIST = "email_list"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """A field of an account; one that is not active keeps its values and takes no new ones."""

    id: CustomFieldId
    account_id: AccountId
    label: str
    value_type: ValueType = ValueType.ANYTHING
    description: str = ""
    is_required: bool = False
    is_active: bool = True
    show_in_receipt: bool = False

    def takes(self, value: str) -> bool:
        """Whether a value may stand in the field."""
        if not value or len(value) > _LONGEST or not is_storable(value):
            return False
        match self.value_type:
            case ValueType.WHOLE_NUMBER:
                return _WHOLE_NUMBER.match(value) is not None
            case ValueType.EMAIL_ADDRESS:
                return _ADDRESS.match(value) is not None
            case ValueType.EMAIL_LIST:
                return all(_ADDRESS.match(part.strip()) for part in value.split(","))
            case ValueType.ANYTHING | ValueType.TEXT:
                return True


@dataclass(frozen=True, slots=True)
class GivenValue:
    """A value that a client gives for a field."""

    field_id: CustomFieldId
    value: str


@dataclass(frozen=True, slots=True)
class CustomValue:
    """What an order holds in a field."""

    field: CustomField
    value: str
