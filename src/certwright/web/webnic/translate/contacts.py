"""Contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.contact import ContactKind
from certwright.domain.organization import Address
from certwright.services.contacts import NewContact
from certwright.web.webnic.schemas.contacts import ContactAnswer, ContactDetails
from certwright.web.webnic.translate.faults import MISSING, invalid_field
from certwright.web.webnic.translate.ids import contact_id_text
from certwright.web.webnic.translate.instants import instant_text

if TYPE_CHECKING:
    from certwright.domain.contact import Contact
    from certwright.web.webnic.schemas.contacts import CreateContactRequest


def new_contacts(request: CreateContactRequest) -> list[NewContact]:
    """Translate the contacts of a request, one or both.

    Raises:
        InvalidFields: there is none.
    """
    sent = {ContactKind.ADMINISTRATOR: request.administrator, ContactKind.TECHNICAL: request.technical}
    contacts = [_new_contact(kind, details) for kind, details in sent.items() if details is not None]
    if not contacts:
        raise invalid_field("administrator", MISSING)
    return contacts


def contact_answer(contact: Contact) -> ContactAnswer:
    """Write a contact."""
    address = contact.address
    return ContactAnswer(
        contact_id=contact_id_text(contact.id),
        resid=contact.account_id,
        details=ContactDetails(
            company=contact.company,
            first_name=contact.first_name,
            last_name=contact.last_name,
            address1=address.line1,
            address2=address.line2,
            city=address.city,
            state=address.state,
            country_code=address.country,
            zip=address.postal_code,
            phone_number=contact.phone,
            fax_number=contact.fax or None,
            email=contact.email,
        ),
        contact_type=contact.kind.value,
        dtcreate=instant_text(contact.created_at),
    )


def _new_contact(kind: ContactKind, details: ContactDetails) -> NewContact:
    return NewContact(
        kind=kind,
        first_name=_text(details.first_name),
        last_name=_text(details.last_name),
        company=_text(details.company),
        email=_text(details.email),
        phone=_text(details.phone_number),
        address=Address(
            line1=_text(details.address1),
            line2=_text(details.address2),
            city=_text(details.city),
            state=_text(details.state),
            postal_code=_text(details.zip),
            country=_text(details.country_code).upper(),
        ),
        fax=_text(details.fax_number),
    )


def _text(value: str | None) -> str:
    return (value or "").strip()
