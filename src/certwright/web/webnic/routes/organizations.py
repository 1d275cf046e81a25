"""Organizations: create, search, show, their contact and their validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import InvalidInput
from certwright.web.shared import openapi
from certwright.web.webnic.routes import examples
from certwright.web.webnic.routes.endpoint import operation, query_text, read_json
from certwright.web.webnic.schemas.organizations import (
    CreateOrganizationRequest,
    OrganizationAnswer,
    OrganizationContact,
    OrganizationSearchAnswer,
    OrganizationSearchRequest,
    OrganizationStatus,
    SubmitOrganizationRequest,
)
from certwright.web.webnic.translate import organizations as translate
from certwright.web.webnic.translate.faults import invalid_fields
from certwright.web.webnic.translate.ids import parse_organization_id

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.domain.ids import OrganizationId
    from certwright.services.use_cases import UseCases

_NAME = "organizationId"
_ONE = "/ssl/v2/organization/{organizationId}"
_SCHEMA = {"type": "string", "pattern": "^[1-9][0-9]{0,9}$"}
_IN_PATH = openapi.Parameter(
    name=_NAME,
    where="path",
    required=True,
    description="The organization's id, a number.",
    schema=_SCHEMA,
    example="1",
)
_IN_QUERY = openapi.Parameter(
    name=_NAME, required=True, description="The organization's id, a number.", schema=_SCHEMA, example="1"
)


async def create_organization(use: UseCases, caller: Caller, request: Request) -> OrganizationAnswer:
    """Make an organization; its validation begins with an order or when it is submitted."""
    body = await read_json(request, CreateOrganizationRequest)
    try:
        made = await use.organizations.create(caller.account_id, translate.new_organization(body))
    except InvalidInput as refused:
        raise invalid_fields(refused.faults) from refused
    return translate.organization_answer(made, use.clock.now())


async def search_organizations(use: UseCases, caller: Caller, request: Request) -> OrganizationSearchAnswer:
    """Answer a page of the organizations that match."""
    body = await read_json(request, OrganizationSearchRequest)
    now = use.clock.now()
    found = await use.organizations.search(translate.organization_query(caller.account_id, body, now))
    return translate.search_answer(body, found, now)


async def get_organization(use: UseCases, caller: Caller, request: Request) -> OrganizationAnswer:
    """Show an organization."""
    organization_id = parse_organization_id(query_text(request, _NAME))
    found = await use.organizations.get(caller, organization_id)
    return translate.organization_answer(found, use.clock.now())


async def update_organization_contact(use: UseCases, caller: Caller, request: Request) -> OrganizationAnswer:
    """Set the person against whom an organization is checked."""
    organization_id = _organization_id(request)
    contact = translate.new_contact(await read_json(request, OrganizationContact))
    try:
        changed = await use.organizations.update_contact(caller, organization_id, contact)
    except InvalidInput as refused:
        raise invalid_fields(refused.faults) from refused
    return translate.organization_answer(changed, use.clock.now())


async def submit_organization(use: UseCases, caller: Caller, request: Request) -> OrganizationStatus:
    """Ask for an organization's validation, ahead of any order."""
    organization_id = _organization_id(request)
    body = await read_json(request, SubmitOrganizationRequest)
    level = translate.parse_level(body.validation_type)
    return translate.organization_status(
        await use.organizations.submit(caller, organization_id, level), use.clock.now()
    )


async def get_organization_status(use: UseCases, caller: Caller, request: Request) -> OrganizationStatus:
    """Show where an organization's validation stands."""
    found = await use.organizations.get(caller, _organization_id(request))
    return translate.organization_status(found, use.clock.now())


def _organization_id(request: Request) -> OrganizationId:
    return parse_organization_id(request.path_params[_NAME])


OPERATIONS = (
    operation(
        create_organization,
        "POST",
        "/ssl/v2/organization/create",
        "Organization",
        body=CreateOrganizationRequest,
        body_example=examples.CREATE_ORGANIZATION_REQUEST,
        answer=OrganizationAnswer,
        answer_example=examples.ORGANIZATION,
    ),
    operation(
        search_organizations,
        "POST",
        "/ssl/v2/organization/search",
        "Organization",
        body=OrganizationSearchRequest,
        body_example=examples.ORGANIZATION_SEARCH_REQUEST,
        answer=OrganizationSearchAnswer,
        answer_example=examples.ORGANIZATION_PAGE,
    ),
    operation(
        get_organization,
        "GET",
        "/ssl/v2/organization/info",
        "Organization",
        parameters=(_IN_QUERY,),
        answer=OrganizationAnswer,
        answer_example=examples.ORGANIZATION,
    ),
    operation(
        update_organization_contact,
        "PUT",
        f"{_ONE}/contact/update",
        "Organization",
        parameters=(_IN_PATH,),
        body=OrganizationContact,
        body_example=examples.ORGANIZATION_CONTACT,
        answer=OrganizationAnswer,
        answer_example=examples.ORGANIZATION,
    ),
    operation(
        submit_organization,
        "POST",
        f"{_ONE}/validation/submit",
        "Organization",
        parameters=(_IN_PATH,),
        body=SubmitOrganizationRequest,
        body_example=examples.SUBMIT_ORGANIZATION_REQUEST,
        answer=OrganizationStatus,
        answer_example=examples.ORGANIZATION_STATUS,
    ),
    operation(
        get_organization_status,
        "GET",
        f"{_ONE}/validation/status",
        "Organization",
        parameters=(_IN_PATH,),
        answer=OrganizationStatus,
        answer_example=examples.ORGANIZATION_STATUS,
    ),
)
