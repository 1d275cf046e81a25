"""Orders and approval requests as they are answered."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from certwright.web.digicert.schemas.answers import ChainEntry, Page
from certwright.web.digicert.schemas.notes import CustomFieldValue, Note
from certwright.web.digicert.schemas.parties import (
    ContainerName,
    Organization,
    OrganizationName,
    ProductName,
    ServerPlatform,
    User,
)


class Validity(Struct, kw_only=True):
    """How long a certificate or an order lasts."""

    years: int | UnsetType = UNSET
    days: int | UnsetType = UNSET


class OrganizationRef(Struct):
    """An organization by its id, inside a certificate."""

    id: int


class CACertificate(Struct):
    """The issuing CA; its id is an opaque text."""

    id: str
    name: str


class CertificateFacts(Struct, kw_only=True):
    """What is told of every certificate; what only an issued one has is left out before."""

    id: int
    thumbprint: str | UnsetType = UNSET
    serial_number: str | UnsetType = UNSET
    common_name: str
    dns_names: list[str]
    date_created: str
    date_issued: str | UnsetType = UNSET
    valid_from: str | UnsetType = UNSET
    valid_till: str | UnsetType = UNSET
    days_remaining: int | UnsetType = UNSET
    signature_hash: str


class Certificate(CertificateFacts, kw_only=True):
    """The certificate of an order in a list."""

    cert_validity: Validity
    status: str | UnsetType = UNSET


class CertificateInfo(Certificate, kw_only=True):
    """The certificate of an order in full."""

    csr: str | UnsetType = UNSET
    organization: OrganizationRef | UnsetType = UNSET
    server_platform: ServerPlatform
    key_size: int | UnsetType = UNSET
    ca_cert: CACertificate | UnsetType = UNSET


class OrderRow(Struct, kw_only=True):
    """An order in a list."""

    id: int
    certificate: Certificate
    status: str
    is_renewal: bool
    is_renewed: bool
    renewed_order_id: int | UnsetType = UNSET
    date_created: str
    organization: OrganizationName | UnsetType = UNSET
    validity_years: int
    order_validity: Validity
    order_valid_till: str
    is_multi_year_plan: str | UnsetType = UNSET
    disable_renewal_notifications: bool = False
    container: ContainerName
    product: ProductName
    duplicates_count: int = 0
    has_duplicates: bool = False
    reissues_count: int = 0
    has_reissues: bool = False
    price: int
    product_name_id: str
    alternative_order_id: str | UnsetType = UNSET
    custom_fields: list[CustomFieldValue] | UnsetType = UNSET


class OrderList(Struct):
    """A page of orders."""

    orders: list[OrderRow]
    page: Page


class RequestNote(Struct, kw_only=True):
    """An approval request inside its order."""

    id: int
    date: str
    type: str
    status: str
    comments: str | UnsetType = UNSET


class OrderInfo(Struct, kw_only=True):
    """An order in full; ``renewal_of_order_valid_till`` is told inside an approval request alone."""

    id: int
    certificate: CertificateInfo
    status: str
    is_renewal: bool
    is_renewed: bool
    renewed_order_id: int | UnsetType = UNSET
    renewal_of_order_id: int | UnsetType = UNSET
    date_created: str
    organization: Organization | UnsetType = UNSET
    validity_years: int
    order_validity: Validity
    order_valid_from: str
    order_valid_till: str
    is_multi_year_plan: str | UnsetType = UNSET
    dcv_method: str
    disable_renewal_notifications: bool = False
    auto_renew: int = 0
    auto_reissue: int = 0
    additional_emails: list[str]
    container: ContainerName
    product: ProductName
    user: User
    requests: list[RequestNote]
    cs_provisioning_method: str = "none"
    allow_duplicates: bool = True
    duplicates_count: int = 0
    reissues_count: int = 0
    disable_ct: bool = False
    payment_method: str = "balance"
    price: int
    currency: str
    alternative_order_id: str | UnsetType = UNSET
    last_reissued_date: str | UnsetType = UNSET
    renewal_of_order_valid_till: str | UnsetType = UNSET
    caa_status_message: dict[str, str] | UnsetType = UNSET
    notes: list[Note] | UnsetType = UNSET
    custom_fields: list[CustomFieldValue] | UnsetType = UNSET


class PlacedRequest(Struct):
    """The approval request of a new order."""

    id: int
    status: str


class DCVToken(Struct, kw_only=True):
    """The value that proves control of a domain."""

    token: str
    status: str
    expiration_date: str
    verification_value: str | UnsetType = UNSET


class PlacedDomain(Struct, kw_only=True):
    """A domain of an OV or EV order; old and new pages of the manual give its name different keys."""

    id: int
    name: str
    dns_name: str
    dcv_token: DCVToken


class Placed(Struct, kw_only=True):
    """The answer to a new order."""

    id: int
    requests: list[PlacedRequest]
    certificate_id: int
    dcv_random_value: str | UnsetType = UNSET
    verification_value: str | UnsetType = UNSET
    domains: list[PlacedDomain] | UnsetType = UNSET
    certificate_chain: list[ChainEntry] | UnsetType = UNSET


class RequestedCertificate(Struct):
    """The certificate of an order inside an approval request."""

    common_name: str


class RequestedOrder(Struct, kw_only=True):
    """The order of an approval request, in a few words."""

    id: int
    certificate: RequestedCertificate
    organization: OrganizationName | UnsetType = UNSET
    container: ContainerName
    product: ProductName


class RevocationRequest(Struct, kw_only=True):
    """The request for a revocation that somebody has to agree to."""

    id: int
    date: str
    type: str
    status: str
    requester: User
    comments: str | UnsetType = UNSET


class RequestRow(Struct, kw_only=True):
    """An approval request in a list."""

    id: int
    date: str
    type: str
    status: str
    requester: User
    processor: User | UnsetType = UNSET
    order: RequestedOrder


class RequestList(Struct):
    """A page of approval requests."""

    requests: list[RequestRow]
    page: Page


class RequestInfo(Struct, kw_only=True):
    """An approval request in full."""

    id: int
    date: str
    date_processed: str | UnsetType = UNSET
    type: str
    status: str
    requester: User
    reviewer: User | UnsetType = UNSET
    processor: User | UnsetType = UNSET
    comments: str | UnsetType = UNSET
    processor_comment: str | UnsetType = UNSET
    order: OrderInfo
