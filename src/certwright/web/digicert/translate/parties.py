"""Users, containers, organizations and products as they are told.

A user of DigiCert's is an API key of ours, and an account has one container, which bears its id and its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict

from certwright.domain.organization import OrganizationStatus, ReviewStatus
from certwright.web.digicert.schemas import parties as wire
from certwright.web.digicert.translate.dates import tell_instant
from certwright.web.digicert.translate.platforms import known_platforms
from certwright.web.digicert.translate.words import LEVEL_NAMES, ROLES, product_type

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from certwright.domain.account import Account, APIKey, Caller
    from certwright.domain.ids import APIKeyId
    from certwright.domain.organization import Organization, OrganizationValidation
    from certwright.domain.product import Product
    from certwright.web.digicert.translate.query_string import QueryString

_SHA256 = wire.HashType("sha256", "SHA-256")


def me(caller: Caller) -> wire.Me:
    """Tell whose key it is."""
    user = _user_of(caller.key)
    return wire.Me(
        id=user.id,
        username=f"key-{caller.key.id}",
        account_id=caller.account_id,
        first_name=user.first_name,
        last_name=user.last_name,
        status="active",
        container=container(caller.account),
        access_roles=[wire.Role(*ROLES[caller.key.role])],
    )


def user(key_id: APIKeyId, keys: Mapping[APIKeyId, APIKey]) -> wire.User:
    """Tell who did something; a key that is not the account's (there is none) stays without a name."""
    key = keys.get(key_id)
    return _user_of(key) if key else wire.User(key_id, "", "")


def container(account: Account) -> wire.Container:
    """Tell the one container of an account."""
    return wire.Container(id=account.id, name=account.name)


def container_name(account: Account) -> wire.ContainerName:
    """Tell the one container of an account in a few words."""
    return wire.ContainerName(account.id, account.name)


def organization(
    organization: Organization,
    account: Account,
    *,
    at: datetime,
    with_validations: bool = False,
    with_contact: bool = False,
) -> wire.Organization:
    """Tell an organization."""
    address = organization.address
    return wire.Organization(
        id=organization.id,
        status=organization.status.value,
        name=organization.name,
        assumed_name=organization.assumed_name or UNSET,
        display_name=display_name(organization),
        is_active=organization.status is OrganizationStatus.ACTIVE,
        address=address.line1,
        address2=address.line2 or UNSET,
        zip=address.postal_code,
        city=address.city,
        state=address.state,
        country=address.country.lower(),
        telephone=organization.phone,
        container=container(account),
        validations=validations(organization, at=at) if with_validations else UNSET,
        organization_contact=_contact(organization) if with_contact else UNSET,
    )


def organization_reference(organization: Organization) -> wire.OrganizationReference:
    """Tell an organization as one that orders may name."""
    return wire.OrganizationReference(organization.id, organization.name, display_name(organization))


def _contact(organization: Organization) -> wire.OrganizationContact | UnsetType:
    contact = organization.contact
    if contact is None:
        return UNSET
    return wire.OrganizationContact(
        first_name=contact.first_name,
        last_name=contact.last_name,
        email=contact.email,
        telephone=contact.phone,
        job_title=contact.job_title or UNSET,
    )


def organization_name(organization: Organization) -> wire.OrganizationName:
    """Tell an organization in a few words."""
    return wire.OrganizationName(organization.id, organization.name)


def assigned_organization(organization: Organization) -> wire.AssignedOrganization:
    """Tell an organization as the thing that a domain or a container has; whether it is active is a text there."""
    return wire.AssignedOrganization(
        id=organization.id,
        status=organization.status.value,
        name=organization.name,
        assumed_name=organization.assumed_name or UNSET,
        display_name=display_name(organization),
        is_active="1" if organization.status is OrganizationStatus.ACTIVE else "0",
    )


def validations(organization: Organization, *, at: datetime) -> list[wire.OrganizationValidation]:
    """Tell for what an organization has been validated."""
    return [_validation(validation, at) for validation in organization.validations]


def select(organizations: list[Organization], account: Account, query: QueryString) -> list[Organization]:
    """Pick the organizations that the filters name by status and container."""
    container_id = query.plain.get("container_id")
    containers = query.filters.get("container_id", (container_id,) if container_id else None)
    if containers is not None and str(account.id) not in containers:
        return []
    statuses = query.filters.get("status")
    return [each for each in organizations if statuses is None or each.status in statuses]


def product_row(product: Product) -> wire.Product:
    """Tell a product."""
    return wire.Product(
        group_name=product_type(product),
        name_id=product.name_id,
        name=product.name,
        type=product_type(product),
        validation_type=product.validation_level.value,
        allowed_validity_years=[1],
        allowed_order_validity_years=list(range(1, product.max_term_years + 1)),
        signature_hash_types=wire.HashTypes([_SHA256], _SHA256.id),
        csr_required=False,
    )


def product_info(product: Product) -> wire.ProductInfo:
    """Tell a product in full."""
    return wire.ProductInfo(
        **asdict(product_row(product)),
        duplicates_allowed=True,
        max_multi_year_order_validity_years=product.max_term_years,
        custom_expiration_date_allowed=True,
        custom_order_expiration_date_allowed=True,
        additional_dns_names_allowed=product.allow_names or product.allow_wildcard_names,
        allow_auto_renew=False,
        server_platforms=known_platforms(),
    )


def product_name(product: Product) -> wire.ProductName:
    """Tell a product in a few words."""
    level = product.validation_level
    return wire.ProductName(
        name_id=product.name_id,
        name=product.name,
        type=product_type(product),
        validation_type=level.value,
        validation_name=level.value.upper(),
        validation_description=LEVEL_NAMES[level],
    )


def _user_of(key: APIKey) -> wire.User:
    return wire.User(key.id, key.name, f"({key.kind.value} key)")


def display_name(organization: Organization) -> str:
    """Return the name that people see."""
    if organization.assumed_name:
        return f"{organization.assumed_name} ({organization.name})"
    return organization.name


def _validation_status(validation: OrganizationValidation, at: datetime) -> str:
    if validation.status is not ReviewStatus.APPROVED:
        return validation.status.value
    return "active" if validation.is_fresh(at) else "expired"


def _validation(validation: OrganizationValidation, at: datetime) -> wire.OrganizationValidation:
    level = validation.level
    return wire.OrganizationValidation(
        type=level.value,
        name=level.value.upper(),
        description=LEVEL_NAMES[level],
        date_created=tell_instant(validation.decided_at) if validation.decided_at else UNSET,
        validated_until=tell_instant(validation.valid_until) if validation.valid_until else UNSET,
        status=_validation_status(validation, at),
    )
