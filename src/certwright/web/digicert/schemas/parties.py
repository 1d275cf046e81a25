"""Users, organizations, containers and products as they are answered."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from certwright.web.digicert.schemas.answers import Page


class Role(Struct):
    """What a user may do."""

    id: int
    name: str


class Container(Struct, kw_only=True):
    """A division of an account; ours have one, the root."""

    id: int
    name: str
    parent_id: int = 0
    is_active: bool = True


class ContainerName(Struct):
    """A container in a few words."""

    id: int
    name: str


class User(Struct):
    """A user in a few words; here an API key."""

    id: int
    first_name: str
    last_name: str


class Me(Struct, kw_only=True):
    """The user that an API key belongs to."""

    id: int
    username: str
    account_id: int
    first_name: str
    last_name: str
    status: str
    container: Container
    access_roles: list[Role]
    type: str = "standard"
    is_cert_central: bool = True
    is_enterprise: bool = False
    is_saml_sso_only: bool = False
    has_container_assignments: bool = False


class OrganizationName(Struct):
    """An organization in a few words."""

    id: int
    name: str


class AssignedOrganization(Struct, kw_only=True):
    """An organization that a domain or a container has; its last field is a text there."""

    id: int
    status: str
    name: str
    assumed_name: str | UnsetType = UNSET
    display_name: str
    is_active: str


class OrganizationValidation(Struct, kw_only=True):
    """That an organization was validated for a level, and until when."""

    type: str
    name: str
    description: str
    date_created: str | UnsetType = UNSET
    validated_until: str | UnsetType = UNSET
    status: str


class OrganizationContact(Struct, kw_only=True):
    """The person against whom an organization is checked."""

    first_name: str
    last_name: str
    email: str
    telephone: str
    job_title: str | UnsetType = UNSET


class OrganizationReference(Struct):
    """An organization that orders may name."""

    id: int
    name: str
    display_name: str


class OrganizationReferences(Struct):
    """The organizations that orders may name."""

    organizations: list[OrganizationReference]


class Organization(Struct, kw_only=True):
    """An organization."""

    id: int
    status: str
    name: str
    assumed_name: str | UnsetType = UNSET
    display_name: str
    is_active: bool
    address: str
    address2: str | UnsetType = UNSET
    zip: str
    city: str
    state: str
    country: str
    telephone: str
    container: Container
    validations: list[OrganizationValidation] | UnsetType = UNSET
    organization_contact: OrganizationContact | UnsetType = UNSET


class OrganizationList(Struct):
    """A page of organizations."""

    organizations: list[Organization]
    page: Page


class Validations(Struct):
    """The validations of an organization."""

    validations: list[OrganizationValidation]


class HashType(Struct):
    """A signature hash."""

    id: str
    name: str


class HashTypes(Struct):
    """The signature hashes that a product offers."""

    allowed_hash_types: list[HashType]
    default_hash_type_id: str


class ProductName(Struct, kw_only=True):
    """A product in a few words."""

    name_id: str
    name: str
    type: str
    validation_type: str
    validation_name: str
    validation_description: str


class Product(Struct, kw_only=True):
    """A product."""

    group_name: str
    name_id: str
    name: str
    type: str
    validation_type: str
    allowed_validity_years: list[int]
    allowed_order_validity_years: list[int]
    signature_hash_types: HashTypes
    csr_required: bool


class ServerPlatform(Struct, kw_only=True):
    """The server software that a certificate is for; nobody has to say, and then it is -1, OTHER."""

    id: int
    name: str


class ProductInfo(Product, kw_only=True):
    """A product in full."""

    duplicates_allowed: bool
    max_multi_year_order_validity_years: int
    custom_expiration_date_allowed: bool
    custom_order_expiration_date_allowed: bool
    additional_dns_names_allowed: bool
    allow_auto_renew: bool
    server_platforms: list[ServerPlatform]


class ProductList(Struct):
    """All products."""

    products: list[Product]
