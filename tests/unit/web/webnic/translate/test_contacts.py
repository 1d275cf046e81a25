"""Contacts both ways."""

from __future__ import annotations

import msgspec
import pytest

from certwright.domain.contact import Contact, ContactKind
from certwright.domain.ids import AccountId, ContactId
from certwright.web.webnic.schemas.contacts import CreateContactRequest
from certwright.web.webnic.translate.contacts import contact_answer, new_contacts
from certwright.web.webnic.translate.faults import InvalidFields
from tests.support.clock import NOON


def _request(**body: object) -> CreateContactRequest:
    return msgspec.convert(body, CreateContactRequest)


def test_roles_and_fields() -> None:
    sent = {"firstName": " Siti ", "countryCode": "my", "faxNumber": None, "zip": "50450"}
    administrator, technical = new_contacts(_request(administrator=sent, technical={}))
    assert (administrator.kind, technical.kind) == (ContactKind.ADMINISTRATOR, ContactKind.TECHNICAL)
    assert (administrator.first_name, administrator.fax) == ("Siti", "")
    assert (administrator.address.country, administrator.address.postal_code) == ("MY", "50450")


def test_no_role_at_all() -> None:
    with pytest.raises(InvalidFields):
        new_contacts(_request(administrator=None))


def test_answer_repeats_what_was_stored() -> None:
    (new,) = new_contacts(
        _request(technical={"firstName": "Siti", "address1": "1 Jalan", "faxNumber": "+60.1234"})
    )
    contact = Contact(
        id=ContactId(7),
        account_id=AccountId(3),
        kind=new.kind,
        first_name=new.first_name,
        last_name=new.last_name,
        company=new.company,
        email=new.email,
        phone=new.phone,
        address=new.address,
        created_at=NOON,
        fax=new.fax,
    )
    answer = contact_answer(contact)
    assert (answer.contact_id, answer.resid, answer.contact_type) == ("WNC7", 3, "technical")
    assert (answer.details.first_name, answer.details.address1, answer.details.fax_number) == (
        "Siti",
        "1 Jalan",
        "+60.1234",
    )
    assert answer.dtcreate == "2026-11-22T20:00:00+08:00"
