"""Organizations and their validation.

``status`` is what the validations come to, in one word for all levels: ``initial``, ``pending``, ``active``,
``rejected`` or ``expired``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain import organization as domain
from certwright.domain.organization import Address, ReviewStatus, Standing
from certwright.domain.product import ValidationLevel
from certwright.domain.query import Contains, OneOf, OrganizationQuery
from certwright.services.organizations import NewOrganization
from certwright.web.webnic.schemas.organizations import (
    OrganizationAnswer,
    OrganizationContact,
    OrganizationSearchAnswer,
    OrganizationStatus,
    OrganizationValidation,
)
from certwright.web.webnic.translate.faults import invalid_field
from certwright.web.webnic.translate.filters import matching_words, parse_filters
from certwright.web.webnic.translate.instants import find_instant_text, instant_text
from certwright.web.webnic.translate.paging import parse_page

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.ids import AccountId
    from certwright.domain.query import OrganizationPage
    from certwright.web.webnic.schemas.organizations import (
        CreateOrganizationRequest,
        OrganizationSearchRequest,
    )
    from certwright.web.webnic.translate.filters import Filter

_USUAL_OPERATORS = {"name": "LIKE", "status": "EQUAL"}
_STATUSES = tuple(standing.value for standing in Standing)
_LEVELS = {"OV": ValidationLevel.OV, "EV": ValidationLevel.EV}


def new_organization(request: CreateOrganizationRequest) -> NewOrganization:
    """Translate an organization to be made; the use case judges its fields."""
    return NewOrganization(
        name=_text(request.name),
        address=Address(
            line1=_text(request.address1),
            line2=_text(request.address2),
            city=_text(request.city),
            state=_text(request.state),
            postal_code=_text(request.zip),
            country=_text(request.country_code).upper(),
        ),
        phone=_text(request.phone_number),
        assumed_name=_text(request.assumed_name),
        registration_number=_text(request.registration_number),
        contact=None if request.contact is None else new_contact(request.contact),
    )


def new_contact(contact: OrganizationContact) -> domain.OrganizationContact:
    """Translate an organization's contact."""
    return domain.OrganizationContact(
        first_name=_text(contact.first_name),
        last_name=_text(contact.last_name),
        email=_text(contact.email),
        phone=_text(contact.phone_number),
        job_title=_text(contact.job_title),
    )


def parse_level(word: str) -> ValidationLevel:
    """Read a ``validationType`` in any case.

    Raises:
        InvalidFields: organizations are not validated so.
    """
    level = _LEVELS.get(word.upper())
    if level is None:
        raise invalid_field("validationType", f"must be one of {', '.join(_LEVELS)}")
    return level


def organization_query(
    account_id: AccountId, request: OrganizationSearchRequest, now: datetime
) -> OrganizationQuery:
    """Translate a search into a query of the account's organizations, newest first.

    Raises:
        InvalidParameters: naming the part of the request that can't be used.
    """
    filters = parse_filters(request.filters, _USUAL_OPERATORS)
    page = parse_page(request.pagination)
    standings = [_standings(given) for given in filters if given.field == "status"]
    return OrganizationQuery(
        account_id=account_id,
        at=now,
        names=tuple(_name_test(given) for given in filters if given.field == "name"),
        standings=frozenset.intersection(*standings) if standings else None,
        offset=page.offset,
        limit=page.size,
    )


def search_answer(
    request: OrganizationSearchRequest, found: OrganizationPage, now: datetime
) -> OrganizationSearchAnswer:
    """Write a page of organizations."""
    page = parse_page(request.pagination)
    return OrganizationSearchAnswer(
        page_size=page.shown_size(found.total),
        total_pages=page.count(found.total),
        total_items=found.total,
        items=[organization_answer(item, now) for item in found.items],
    )


def organization_answer(found: domain.Organization, now: datetime) -> OrganizationAnswer:
    """Write an organization."""
    address, contact = found.address, found.contact
    status = organization_status(found, now)
    return OrganizationAnswer(
        organization_id=status.organization_id,
        name=found.name,
        assumed_name=found.assumed_name,
        registration_number=found.registration_number,
        phone_number=found.phone,
        address1=address.line1,
        address2=address.line2,
        city=address.city,
        state=address.state,
        zip=address.postal_code,
        country_code=address.country,
        contact=None
        if contact is None
        else OrganizationContact(
            first_name=contact.first_name,
            last_name=contact.last_name,
            job_title=contact.job_title,
            email=contact.email,
            phone_number=contact.phone,
        ),
        status=status.status,
        validations=status.validations,
        dtcreate=instant_text(found.created_at),
    )


def organization_status(found: domain.Organization, now: datetime) -> OrganizationStatus:
    """Write where the validations of an organization stand."""
    return OrganizationStatus(
        organization_id=str(found.id),
        status=found.standing(now).value,
        validations=[_validation(validation, now) for validation in found.validations],
    )


def _validation(validation: domain.OrganizationValidation, now: datetime) -> OrganizationValidation:
    rejected = validation.status is ReviewStatus.REJECTED
    status = Standing.ACTIVE if validation.is_fresh(now) else Standing.EXPIRED
    if validation.status is not ReviewStatus.APPROVED:
        status = Standing.REJECTED if rejected else Standing.PENDING
    return OrganizationValidation(
        type=validation.level.value.upper(),
        status=status.value,
        dtsubmit=instant_text(validation.submitted_at),
        dtexpire=find_instant_text(validation.valid_until),
        # What an approval rests on is the operator's own affair.
        reason=validation.evidence if rejected else "",
    )


def _name_test(given: Filter) -> Contains | OneOf:
    """Compare with the whole value: names of companies have commas in them."""
    return Contains(given.value) if given.is_like else OneOf((given.value,))


def _standings(given: Filter) -> frozenset[Standing]:
    return frozenset(Standing(word) for word in matching_words(given, _STATUSES))


def _text(value: str | None) -> str:
    return (value or "").strip()
