"""Reissues and duplicates as they are asked for and answered."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from certwright.web.digicert.schemas.bodies import ApproverEmail, Flag, OrderedCertificate
from certwright.web.digicert.schemas.orders import CertificateFacts, Placed
from certwright.web.digicert.schemas.parties import OrganizationName, ProductName, ServerPlatform


class FurtherCertificate(Struct):
    """The body of POST order/certificate/{id}/reissue and …/duplicate."""

    certificate: OrderedCertificate | None = None
    dcv_method: str | None = None
    dcv_emails: list[ApproverEmail] | None = None
    skip_approval: Flag = None
    comments: str | None = None


class AskedFor(Placed, kw_only=True):
    """The answer to either; ``sub_id`` numbers the duplicates of an order."""

    sub_id: str | UnsetType = UNSET


class FurtherFacts(CertificateFacts, kw_only=True):
    """What is told of a certificate that is not inside an order."""

    status: str
    key_size: int | UnsetType = UNSET


class Reissue(FurtherFacts, kw_only=True):
    """A reissued certificate in the list of an order's reissues."""

    csr: str | UnsetType = UNSET
    server_platform: ServerPlatform
    archived: int = 0


class Duplicate(FurtherFacts, kw_only=True):
    """A duplicate in the list of an order's duplicates; ``archived`` is a text here."""

    csr: str | UnsetType = UNSET
    server_platform: ServerPlatform
    ca_cert_id: str | UnsetType = UNSET
    sub_id: str
    archived: str = "0"


class CertificateInfo(FurtherFacts, kw_only=True):
    """A certificate by itself."""

    order_id: int
    organization: OrganizationName | UnsetType = UNSET
    product: ProductName


class Reissues(Struct):
    """The reissues of an order, oldest first."""

    certificates: list[Reissue]


class Duplicates(Struct):
    """The duplicates of an order, oldest first."""

    certificates: list[Duplicate]
