"""The account, its containers and users, its money, and the CAs it gets certificates from."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from certwright.web.digicert.schemas.answers import Page
from certwright.web.digicert.schemas.bodies import Reference
from certwright.web.digicert.schemas.domains import WantedValidation
from certwright.web.digicert.schemas.parties import AssignedOrganization, Container, ContainerName, Role


class ContainerInfo(Struct, kw_only=True):
    """A container in full."""

    id: int
    public_id: str
    name: str
    parent_id: int = 0
    template_id: int
    has_logo: bool = False
    is_active: bool = True
    user_id_assignments: list[str]
    allowed_domain_names: list[str]
    organization_assignments: list[AssignedOrganization]


class ContainerList(Struct):
    """The containers of an account."""

    containers: list[ContainerInfo]


class ContainerTemplate(Struct, kw_only=True):
    """What a container lets its users do."""

    id: int
    name: str
    description: str
    access_roles: list[Role]


class ContainerTemplates(Struct):
    """The templates of a container."""

    container_templates: list[ContainerTemplate]


class UserInfo(Struct, kw_only=True):
    """A user in full; here an API key."""

    id: int
    username: str
    account_id: int
    first_name: str
    last_name: str
    status: str
    date_created: str
    container: Container
    access_roles: list[Role]
    type: str = "standard"


class UserList(Struct):
    """A page of users."""

    users: list[UserInfo]
    page: Page


class AccountInfo(Struct, kw_only=True):
    """The account."""

    id: int
    name: str
    primary_organization_id: int | UnsetType = UNSET
    root_container_id: int
    make_renewal_calls: bool = False
    express_install_enabled: bool = False
    display_rep: bool = False
    balance_negative_limit: int | UnsetType = UNSET
    pricing_model: str = "flatfee"
    cert_central_type: str = "enterprise"


class Balance(Struct, kw_only=True):
    """What an account has and may spend; amounts are texts."""

    balance: str
    currency: str
    unpaid_invoice_balance: str
    negative_balance_limit: str | UnsetType = UNSET
    used_credit_from_other_containers: str | UnsetType = UNSET
    total_available_funds: str | UnsetType = UNSET
    unlimited_negative_balance: bool | UnsetType = UNSET


class OrderTransaction(Struct, kw_only=True):
    """Money that moved for an order; amounts and ids are texts here, and what was given back is below nothing."""

    id: str
    container: ContainerName
    order_id: str
    amount: str
    payment_type: str = "balance"
    transaction_date: str
    transaction_type: str
    product_name: str


class PurchaseHistory(Struct):
    """What moved for orders, the latest first."""

    order_transactions: list[OrderTransaction]


class Intermediate(Struct, kw_only=True):
    """A CA that signs the account's certificates."""

    id: str
    subject_common_name: str
    subject_org_name: str
    issuer_common_name: str
    valid_from: str
    valid_to: str
    serial_number: str
    thumbprint: str
    signature_hash: str
    is_private: str


class Intermediates(Struct):
    """All of them."""

    intermediates: list[Intermediate]


class ContactBody(Struct):
    """The person against whom an organization is checked."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    telephone: str | None = None
    job_title: str | None = None


class AddOrganization(Struct):
    """The body of POST organization."""

    name: str | None = None
    assumed_name: str | None = None
    address: str | None = None
    address2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None
    telephone: str | None = None
    container: Reference | None = None
    organization_contact: ContactBody | None = None


class SubmitOrganization(Struct):
    """The body of POST organization/{id}/validation."""

    validations: list[WantedValidation] | None = None


class AddedOrganization(Struct):
    """The answer to a new organization."""

    id: int
