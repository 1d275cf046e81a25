"""Organizations: create, search, show, their contact and their validation."""

from __future__ import annotations

from typing import Annotated

from certwright.web.webnic.schemas.search import Pagination, SearchFilter
from certwright.web.webnic.schemas.wire import Wire, judged, required

_LONGEST = 64  # RFC 5280 App. A.1: ub-organization-name, ub-locality-name, ub-state-name


class OrganizationContact(Wire, frozen=True, kw_only=True):
    """The person against whom an organization is checked."""

    first_name: Annotated[str, judged(_LONGEST, least=1)] | None = None
    last_name: Annotated[str, judged(_LONGEST, least=1)] | None = None
    job_title: Annotated[str, judged(_LONGEST)] | None = None
    email: Annotated[str, judged(_LONGEST, least=1)] | None = None
    phone_number: Annotated[str, judged(_LONGEST, least=1)] | None = None


class CreateOrganizationRequest(Wire, frozen=True, kw_only=True):
    """An organization to be made; ``registrationNumber`` is needed for EV."""

    name: Annotated[str, judged(_LONGEST, least=1)] | None = None
    assumed_name: Annotated[str, judged(_LONGEST)] | None = None
    registration_number: Annotated[str, judged(_LONGEST)] | None = None
    phone_number: Annotated[str, judged(_LONGEST, least=1)] | None = None
    address1: Annotated[str, judged(_LONGEST, least=1)] | None = None
    address2: Annotated[str, judged(_LONGEST)] | None = None
    city: Annotated[str, judged(_LONGEST, least=1)] | None = None
    state: Annotated[str, judged(_LONGEST, least=1)] | None = None
    zip: Annotated[str, judged(_LONGEST, least=1)] | None = None
    country_code: Annotated[str, judged(2, least=2)] | None = None
    contact: OrganizationContact | None = None


class SubmitOrganizationRequest(Wire, frozen=True, kw_only=True):
    """Which validation is asked for."""

    validation_type: Annotated[str, required(2, "OV")] = ""


class OrganizationValidation(Wire, frozen=True, kw_only=True):
    """A check of the organization; ``reason`` says why one was rejected."""

    type: str
    status: str
    dtsubmit: str
    dtexpire: str | None
    reason: str


class OrganizationStatus(Wire, frozen=True, kw_only=True):
    """What the checks of an organization come to."""

    organization_id: str
    status: str
    validations: list[OrganizationValidation]


class OrganizationAnswer(Wire, frozen=True, kw_only=True):
    """An organization."""

    organization_id: str
    name: str
    assumed_name: str
    registration_number: str
    phone_number: str
    address1: str
    address2: str
    city: str
    state: str
    zip: str
    country_code: str
    contact: OrganizationContact | None
    status: str
    validations: list[OrganizationValidation]
    dtcreate: str


class OrganizationSearchRequest(Wire, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A search by ``name`` and ``status``; without filters it finds all organizations."""

    filters: list[SearchFilter] | None = None
    pagination: Pagination | None = None


class OrganizationSearchAnswer(Wire, frozen=True, kw_only=True):
    """A page of organizations with exact totals."""

    page_size: int
    total_pages: int
    total_items: int
    items: list[OrganizationAnswer]
