"""Contacts: the people an order names as its administrator and its technician."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.ids import AccountId, ContactId
    from certwright.domain.organization import Address


class ContactKind(StrEnum):
    """What a contact is for."""

    ADMINISTRATOR = "administrator"
    TECHNICAL = "technical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person of an account; ``phone`` and ``fax`` have the form ``+CC.number``."""

    id: ContactId
    account_id: AccountId
    kind: ContactKind
    first_name: str
    last_name: str
    company: str
    email: str
    phone: str
    address: Address
    created_at: datetime
    fax: str = ""
