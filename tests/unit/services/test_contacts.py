"""Contacts: every wrong field is told at once, and all are stored or none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from certwright.domain.contact import ContactKind
from certwright.domain.errors import InvalidInput
from certwright.domain.organization import Address
from certwright.services.contacts import NewContact, is_email_address

if TYPE_CHECKING:
    from tests.support.server import Server

ADDRESS = Address(line1="1 Jalan Besar", city="Ipoh", state="Perak", postal_code="30000", country="MY")
NEW = NewContact(
    kind=ContactKind.ADMINISTRATOR,
    first_name="Domain",
    last_name="Administrator",
    company="Example",
    email="owner@example.com",
    phone="+60.1234567",
    address=ADDRESS,
    fax="+1.5551234",
)


async def test_contacts_are_stored_together(server: Server) -> None:
    use, caller = server.program.use.contacts, await server.caller()
    made = await use.create(caller, [NEW, replace(NEW, kind=ContactKind.TECHNICAL, fax="", company="")])
    assert [contact.kind for contact in made] == list(ContactKind)
    assert [await use.get(caller, contact.id) for contact in made] == made
    assert await use.create(caller, []) == []


async def test_all_faults_are_told_at_once_and_nothing_is_stored(server: Server) -> None:
    bad = replace(NEW, first_name="", last_name="x" * 61, email="ada", phone="12", fax="1", company="c" * 81)
    worse = replace(NEW, kind=ContactKind.TECHNICAL, address=replace(ADDRESS, country="Malaysia", line1=""))
    with pytest.raises(InvalidInput) as refused:
        await server.program.use.contacts.create(await server.caller(), [NEW, bad, worse])
    fields = {fault.field for fault in refused.value.faults}
    administrator = {"first_name", "last_name", "email", "phone", "fax", "company"}
    assert fields == {f"administrator.{name}" for name in administrator} | {
        "technical.country",
        "technical.address1",
    }
    messages = {fault.message for fault in refused.value.faults}
    assert "invalid length - min: 1 | max: 60" in messages


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
async def test_text_that_can_not_be_stored_is_refused(each_server: Server, text: str) -> None:
    for new in (replace(NEW, first_name=text), replace(NEW, address=replace(ADDRESS, city=text))):
        if "\0" in text and new.address is not ADDRESS:
            continue  # inside JSON both databases hold it, escaped
        with pytest.raises(InvalidInput):
            await each_server.program.use.contacts.create(await each_server.caller(), [new])


@pytest.mark.parametrize("text", ["a@b.example", "a.b+c@sub.example.com", "ü@example.com"])
def test_addresses(text: str) -> None:
    assert is_email_address(text)


@pytest.mark.parametrize(
    "text", ["", "a", "@b.example", "a@b", "a b@c.example", "a@b.example\n", "<a@b.example>", "a@b@c.example"]
)
def test_no_addresses(text: str) -> None:
    assert not is_email_address(text)
