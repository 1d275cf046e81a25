"""Reissues and duplicates as they are asked for and answered."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from certwright.web.digicert.schemas.answers import ChainEntry
from certwright.web.digicert.schemas.bodies import ApproverEmail, Flag, OrderedCertificate
from certwright.web.digicert.schemas.orders import PlacedDomain, PlacedRequest
from certwright.web.digicert.schemas.parties import OrganizationName, ProductName, ServerPlatform


class FurtherCertificate(Struct):
    """The body of POST order/certificate/{id}/reissue and …/duplicate."""

    certificate: OrderedCertificate | None = None
    dcv_method: str | None = None
    dcv_emails: list[ApproverEmail] | None = None
    skip_approval: Flag = None
    comments: str | None = None


class AskedFor(Struct, kw_only=True):
    """The answer to either; ``sub_id`` numbers the duplicates of an order."""

    id: int
    requests: list[PlacedRequest]
    certificate_id: int
    sub_id: str | UnsetType = UNSET
    dcv_random_value: str | UnsetType = UNSET
    verification_value: str | UnsetType = UNSET
    domains: list[PlacedDomain] | UnsetType = UNSET
    certificate_chain: list[ChainEntry] | UnsetType = UNSET


class Reissue(Struct, kw_only=True):
    """A reissued certificate in the list of an order's reissues."""

    id: int
    thumbprint: str | UnsetType = UNSET
    serial_number: str | UnsetType = UNSET
    common_name: str
    dns_names: list[str]
    status: str
    date_created: str
    date_issued: str | UnsetType = UNSET
    valid_from: str | UnsetType = UNSET
    valid_till: str | UnsetType = UNSET
    days_remaining: int | UnsetType = UNSET
    csr: str | UnsetType = UNSET
    server_platform: ServerPlatform
    signature_hash: str
    key_size: int | UnsetType = UNSET
    archived: int = 0


class Duplicate(Struct, kw_only=True):
    """A duplicate in the list of an order's duplicates; ``archived`` is a text here."""

    id: int
    thumbprint: str | UnsetType = UNSET
    serial_number: str | UnsetType = UNSET
    common_name: str
    dns_names: list[str]
    status: str
    date_created: str
    date_issued: str | UnsetType = UNSET
    valid_from: str | UnsetType = UNSET
    valid_till: str | UnsetType = UNSET
    days_remaining: int | UnsetType = UNSET
    csr: str | UnsetType = UNSET
    server_platform: ServerPlatform
    signature_hash: str
    key_size: int | UnsetType = UNSET
    ca_cert_id: str | UnsetType = UNSET
    sub_id: str
    archived: str = "0"


class CertificateInfo(Struct, kw_only=True):
    """A certificate by itself."""

    id: int
    order_id: int
    thumbprint: str | UnsetType = UNSET
    serial_number: str | UnsetType = UNSET
    common_name: str
    dns_names: list[str]
    status: str
    date_created: str
    date_issued: str | UnsetType = UNSET
    valid_from: str | UnsetType = UNSET
    valid_till: str | UnsetType = UNSET
    days_remaining: int | UnsetType = UNSET
    organization: OrganizationName | UnsetType = UNSET
    product: ProductName
    signature_hash: str
    key_size: int | UnsetType = UNSET


class Reissues(Struct):
    """The reissues of an order, oldest first."""

    certificates: list[Reissue]


class Duplicates(Struct):
    """The duplicates of an order, oldest first."""

    certificates: list[Duplicate]
