"""Contacts: create, show, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import Conflict, InvalidInput
from certwright.web.shared import openapi
from certwright.web.webnic.routes import examples
from certwright.web.webnic.routes.endpoint import operation, query_text, read_json
from certwright.web.webnic.schemas.contacts import ContactAnswer, CreateContactRequest
from certwright.web.webnic.translate.contacts import contact_answer, new_contacts
from certwright.web.webnic.translate.faults import invalid_fields
from certwright.web.webnic.translate.ids import contact_id_text, parse_contact_id

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases

_CONTACT_ID = openapi.Parameter(
    name="contactId",
    required=True,
    description="The contact's id.",
    schema={"type": "string", "minLength": 1},
    example="WNC1",
)


async def create_contact(use: UseCases, caller: Caller, request: Request) -> list[ContactAnswer]:
    """Make an administrator, a technical contact, or both."""
    body = await read_json(request, CreateContactRequest)
    try:
        created = await use.contacts.create(caller, new_contacts(body))
    except InvalidInput as refused:
        raise invalid_fields(refused.faults) from refused
    return [contact_answer(contact) for contact in created]


async def get_contact(use: UseCases, caller: Caller, request: Request) -> ContactAnswer:
    """Show a contact."""
    contact_id = parse_contact_id(query_text(request, "contactId"))
    return contact_answer(await use.contacts.get(caller, contact_id))


async def delete_contact(use: UseCases, caller: Caller, request: Request) -> str:
    """Forget a contact that no order names, and answer its id."""
    contact_id = parse_contact_id(query_text(request, "contactId"))
    text = contact_id_text(contact_id)
    try:
        await use.contacts.delete(caller, contact_id)
    except Conflict as used:
        raise Conflict(f"Contact ID [{text}] in use.") from used
    return text


_SHOW = operation(
    get_contact,
    "GET",
    "/ssl/v2/contact/query",
    "Contact",
    parameters=(_CONTACT_ID,),
    answer=ContactAnswer,
    answer_example=examples.CONTACT,
)

OPERATIONS = (
    operation(
        create_contact,
        "POST",
        "/ssl/v2/contact/create",
        "Contact",
        body=CreateContactRequest,
        body_example=examples.CREATE_CONTACT_REQUEST,
        answer=list[ContactAnswer],
        answer_example=[examples.CONTACT],
    ),
    _SHOW,
    _SHOW.also_at("GET", "/ssl/v2/contact/info", "getContactInfo"),
    operation(
        delete_contact,
        "DELETE",
        "/ssl/v2/contact",
        "Contact",
        parameters=(_CONTACT_ID,),
        answer=str,
        answer_example="WNC1",
    ),
)
