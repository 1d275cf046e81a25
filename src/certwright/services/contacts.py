"""Contacts: the people that orders name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.domain.contact import Contact, ContactKind
from certwright.domain.errors import Conflict, Fault, InvalidInput, NotFound
from certwright.domain.ids import ContactId
from certwright.services.batching import Batching
from certwright.services.ports import NumberKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certwright.domain.account import Caller
    from certwright.domain.organization import Address
    from certwright.services.ports import Clock, Store

_PHONE = re.compile(r"\+[0-9]{1,3}\.[0-9]{3,14}\Z")  # RFC 5733 §2.5: +CC.number
_EMAIL = re.compile(r"[^@\s<>\"]{1,64}@[A-Za-z0-9.-]{1,189}\.[A-Za-z0-9-]{2,63}\Z")
_MAX_NAME_LENGTH = 60
_MAX_COMPANY_LENGTH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """What a client says of a contact."""

    kind: ContactKind
    first_name: str
    last_name: str
    company: str
    email: str
    phone: str
    address: Address
    fax: str = ""


class Contacts:
    """Makes and shows contacts."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._reading = Batching(self._read)

    async def create(self, caller: Caller, new: list[NewContact]) -> list[Contact]:
        """Store contacts, all or none.

        Raises:
            InvalidInput: with one fault per wrong field, named ``administrator.last_name`` and so on.
        """
        faults = tuple(fault for contact in new for fault in _faults(contact))
        if faults:
            raise InvalidInput("Field validation error.", faults=faults)
        numbers = await self._store.allot(NumberKind.CONTACT, len(new))
        contacts = [
            self._contact(caller, contact, number) for contact, number in zip(new, numbers, strict=True)
        ]
        async with self._store.writing() as work:
            for contact in contacts:
                await work.contacts.add(contact)
        return contacts

    async def get(self, caller: Caller, contact_id: ContactId) -> Contact:
        """Return a contact of the caller's account.

        Raises:
            NotFound: no such contact in this account.
        """
        contact = await self._reading.do(contact_id)
        if contact is None or contact.account_id != caller.account_id:
            raise NotFound("contact")
        return contact

    async def _read(self, contact_ids: Sequence[ContactId]) -> list[Contact | None]:
        """Read contacts that were asked for at the same time."""
        async with self._store.looking() as work:
            found = {contact.id: contact for contact in await work.contacts.find_anywhere(set(contact_ids))}
        return [found.get(contact_id) for contact_id in contact_ids]

    async def delete(self, caller: Caller, contact_id: ContactId) -> None:
        """Forget a contact that no order names.

        Raises:
            NotFound: no such contact in this account.
            Conflict: an order names it.
        """
        async with self._store.writing() as work:
            await work.contacts.get(caller.account_id, contact_id)
            if await work.contacts.is_used(caller.account_id, contact_id):
                raise Conflict("The contact is in use")
            await work.contacts.delete(contact_id)

    def _contact(self, caller: Caller, new: NewContact, number: int) -> Contact:
        return Contact(
            id=ContactId(number),
            account_id=caller.account_id,
            kind=new.kind,
            first_name=new.first_name,
            last_name=new.last_name,
            company=new.company,
            email=new.email,
            phone=new.phone,
            address=new.address,
            created_at=self._clock.now(),
            fax=new.fax,
        )


def _faults(new: NewContact) -> list[Fault]:
    lengths = {
        "first_name": (new.first_name, 1, _MAX_NAME_LENGTH),
        "last_name": (new.last_name, 1, _MAX_NAME_LENGTH),
        "company": (new.company, 0, _MAX_COMPANY_LENGTH),
        "address1": (new.address.line1, 1, _MAX_COMPANY_LENGTH),
        "address2": (new.address.line2, 0, _MAX_COMPANY_LENGTH),
        "city": (new.address.city, 1, _MAX_NAME_LENGTH),
        "state": (new.address.state, 0, _MAX_NAME_LENGTH),
        "postal_code": (new.address.postal_code, 0, 16),
    }
    found = [
        Fault(field=f"{new.kind}.{field}", message=f"invalid length - min: {low} | max: {high}")
        for field, (text, low, high) in lengths.items()
        if not low <= len(text) <= high
    ]
    formats = {
        "email": is_email_address(new.email),
        "phone": _PHONE.match(new.phone) is not None,
        "fax": not new.fax or _PHONE.match(new.fax) is not None,
        "country": re.fullmatch("[A-Z]{2}", new.address.country) is not None,
    }
    found += [
        Fault(field=f"{new.kind}.{field}", message="invalid format")
        for field, good in formats.items()
        if not good
    ]
    return found


def is_email_address(text: str) -> bool:
    """Whether a text has the form of an e-mail address; whether anybody reads it is not asked."""
    return _EMAIL.match(text) is not None
