"""Faults of a request in WebNIC's words: which list of the error envelope they belong to, and how fields are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certwright.domain.errors import Fault, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

MISSING = "must not be missing or empty"

_FIELD_ERROR = "Field validation error."

# Ours on the left. The common name of an order comes from its CSR, its further names from `sanfield`, though not in
# the same places, for it may have held the common name too.
_WIRE_WORDS = {
    "approver_email": "approverEmail",
    "common_name": "csr",
    "country": "countryCode",
    "fax": "faxNumber",
    "first_name": "firstName",
    "last_name": "lastName",
    "method": "authType",
    "names": "sanfield",
    "names[0]": "csr",
    "organization_id": "organizationId",
    "phone": "phoneNumber",
    "postal_code": "zip",
    "term_years": "term",
}
_INDEX = re.compile(r"\[\d+\]")


class InvalidFields(InvalidInput):
    """Fields of a body are missing or malformed: ``fieldErrors`` of the envelope."""


class InvalidParameters(InvalidInput):
    """Query parameters, filters or paging can't be used: ``validationErrors`` of the envelope."""


def invalid_fields(faults: tuple[Fault, ...]) -> InvalidFields:
    """Build the error for fields of a body."""
    return InvalidFields(_FIELD_ERROR, faults=faults)


def invalid_field(field: str, message: str) -> InvalidFields:
    """Build the error for one field of a body."""
    return invalid_fields((Fault(field=field, message=message),))


def invalid_parameter(field: str, message: str) -> InvalidParameters:
    """Build the error for one parameter."""
    return InvalidParameters(_FIELD_ERROR, faults=(Fault(field=field, message=message),))


def check_present(fields: Mapping[str, object]) -> None:
    """Refuse a body without its required fields, given by their names on the wire.

    Raises:
        InvalidFields: with one fault for each that is missing or empty.
    """
    missing = tuple(
        Fault(field=name, message=MISSING)
        for name, value in fields.items()
        if not value and not isinstance(value, int)
    )
    if missing:
        raise invalid_fields(missing)


def wire_field(field: str) -> str:
    """Write the path of a field in WebNIC's words; what is in them already stays."""
    return ".".join(_wire_word(part) for part in field.split("."))


def _wire_word(part: str) -> str:
    return _WIRE_WORDS.get(part) or _WIRE_WORDS.get(_INDEX.sub("", part), part)
