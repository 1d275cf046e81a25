"""Contacts: create, show, delete."""

from __future__ import annotations

from typing import Annotated

from certwright.web.webnic.schemas.wire import Wire, judged


class ContactDetails(Wire, frozen=True, kw_only=True):
    """A person, as sent and as answered."""

    company: Annotated[str, judged(80)] | None = None
    first_name: Annotated[str, judged(60, least=1)] | None = None
    last_name: Annotated[str, judged(60, least=1)] | None = None
    address1: Annotated[str, judged(80, least=1)] | None = None
    address2: Annotated[str, judged(80)] | None = None
    city: Annotated[str, judged(60, least=1)] | None = None
    state: Annotated[str, judged(60)] | None = None
    country_code: Annotated[str, judged(2, least=2)] | None = None
    zip: Annotated[str, judged(16)] | None = None
    phone_number: Annotated[str, judged(20, least=1)] | None = None
    fax_number: Annotated[str, judged(20)] | None = None
    email: Annotated[str, judged(318, least=1)] | None = None


class CreateContactRequest(Wire, frozen=True, kw_only=True):
    """Contacts to be made, one or both."""

    administrator: ContactDetails | None = None
    technical: ContactDetails | None = None


class ContactAnswer(Wire, frozen=True, kw_only=True):
    """A contact."""

    contact_id: str
    resid: int
    details: ContactDetails
    contact_type: str
    dtcreate: str
