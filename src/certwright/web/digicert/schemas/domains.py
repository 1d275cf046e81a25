"""Domains: what clients send and how they are answered."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from certwright.web.digicert.schemas.answers import Page
from certwright.web.digicert.schemas.bodies import Flag, Reference
from certwright.web.digicert.schemas.orders import DCVToken
from certwright.web.digicert.schemas.parties import AssignedOrganization, ContainerName


class WantedValidation(Struct):
    """A level that a domain is to be validated for."""

    type: str | None = None


class OldDCV(Struct):
    """How the older form of the body names the method."""

    method: str | None = None


class AddDomain(Struct):
    """The body of POST domain."""

    name: str | None = None
    organization: Reference | None = None
    validations: list[WantedValidation] | None = None
    dcv_method: str | None = None
    dcv: OldDCV | None = None
    email_array: list[str | None] | None = None
    keep_www: Flag = None


class SubmitDomain(Struct):
    """The body of POST domain/{id}/validation."""

    validations: list[WantedValidation] | None = None
    dcv_method: str | None = None


class ChangeDomainMethod(Struct):
    """The body of PUT domain/{id}/dcv/method."""

    dcv_method: str | None = None
    email_array: list[str | None] | None = None


class DomainToken(DCVToken, kw_only=True):
    """The value that proves control of a domain; where it is given in a file, the file's address."""

    http_token_url: str | UnsetType = UNSET


class DomainValidation(Struct, kw_only=True):
    """A level that a domain is to be validated for, and where that stands."""

    type: str
    name: str
    description: str
    date_created: str | UnsetType = UNSET
    validated_until: str | UnsetType = UNSET
    status: str
    dcv_status: str
    org_status: str | UnsetType = UNSET


class DCVExpiration(Struct, kw_only=True):
    """Until when the proof may be used for orders of each level."""

    ov: str | UnsetType = UNSET
    ev: str | UnsetType = UNSET


class DomainRow(Struct, kw_only=True):
    """A domain in a list."""

    id: int
    is_active: bool
    name: str
    date_created: str
    last_submitted_datetime: str
    dcv_approval_datetime: str | UnsetType = UNSET
    organization: AssignedOrganization | UnsetType = UNSET
    validations: list[DomainValidation] | UnsetType = UNSET
    dcv_method: str
    dcv_expiration: DCVExpiration | UnsetType = UNSET
    container: ContainerName


class DomainList(Struct):
    """A page of domains."""

    domains: list[DomainRow]
    page: Page


class ValidationEmails(Struct):
    """Who is asked by e-mail."""

    name_scope: str
    base_emails: list[str]


class DomainInfo(Struct, kw_only=True):
    """A domain in full."""

    id: int
    is_active: bool
    status: str
    is_pending_validation: bool
    name: str
    date_created: str
    last_submitted_datetime: str
    dcv_approval_datetime: str | UnsetType = UNSET
    dcv_expiration_datetime: str | UnsetType = UNSET
    organization: AssignedOrganization | UnsetType = UNSET
    validations: list[DomainValidation] | UnsetType = UNSET
    dcv_method: str
    dcv_token: DomainToken | UnsetType = UNSET
    validation_emails: ValidationEmails | UnsetType = UNSET
    dcv_expiration: DCVExpiration | UnsetType = UNSET
    container: ContainerName


class AddedDomain(Struct, kw_only=True):
    """The answer to a new domain."""

    id: int
    dcv_token: DomainToken | UnsetType = UNSET
    validation_emails: ValidationEmails | UnsetType = UNSET


class ChangedDomainMethod(Struct, kw_only=True):
    """What is to be done for the new method."""

    dcv_token: DomainToken | UnsetType = UNSET
    validation_emails: ValidationEmails | UnsetType = UNSET


class DomainValidations(Struct):
    """The validations of a domain."""

    validations: list[DomainValidation]


class CheckedToken(Struct):
    """The answer to a look that found the proof."""

    token: str
    status: str


class ValidationType(Struct, kw_only=True):
    """A level that a domain can be validated for."""

    type: str
    name: str
    description: str
    requires_user: bool = False
    requires_dcv: bool = True


class ValidationTypes(Struct):
    """All levels."""

    validation_types: list[ValidationType]


class DCVMethodWord(Struct):
    """A way to prove control."""

    name: str
    description: str


class DCVMethods(Struct):
    """All ways."""

    methods: list[DCVMethodWord]
