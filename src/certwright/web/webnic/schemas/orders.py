"""Place, renew and reissue an order, and an order in full."""

from __future__ import annotations

from typing import Annotated

from certwright.web.webnic.schemas.csrs import LONGEST_CSR, Names
from certwright.web.webnic.schemas.proofs import ApproverEmail, AuthType, OrderAuth
from certwright.web.webnic.schemas.wire import Wire, limited, required, required_value

_ContactId = Annotated[str, limited(50, "WNC1")]
_OrganizationId = Annotated[str, limited(50, "1")] | int
_Instruction = Annotated[str, limited(2000)]


class PlaceOrderRequest(Wire, frozen=True, kw_only=True):
    """An order; ``shipmentContactId`` and other keys that have no meaning here are ignored."""

    product_key: Annotated[str, required(100, "ssl123")] = ""
    term: Annotated[int | None, required_value()] = None
    csr: Annotated[str, required(LONGEST_CSR)] = ""
    administrator_contact_id: Annotated[str, required(50, "WNC1")] = ""
    auth_type: Annotated[str, required(10, "dns")] = ""
    sanfield: Names | None = None
    organization_id: _OrganizationId | None = None
    technical_contact_id: _ContactId | None = None
    approver_email: ApproverEmail | None = None
    special_instruction: _Instruction | None = None


class RenewOrderRequest(Wire, frozen=True, kw_only=True):
    """A renewal; what is left out is taken over from the order that is renewed."""

    term: Annotated[int | None, required_value()] = None
    csr: Annotated[str, limited(LONGEST_CSR)] | None = None
    sanfield: Names | None = None
    auth_type: AuthType | None = None
    approver_email: ApproverEmail | None = None
    administrator_contact_id: _ContactId | None = None
    technical_contact_id: _ContactId | None = None
    organization_id: _OrganizationId | None = None
    special_instruction: _Instruction | None = None


class ReissueOrderRequest(Wire, frozen=True, kw_only=True):
    """A reissue; names and methods that are left out stay as they are."""

    csr: Annotated[str, required(LONGEST_CSR)] = ""
    sanfield: Names | None = None
    auth_type: AuthType | None = None
    approver_email: ApproverEmail | None = None


class OriginalOrder(Wire, frozen=True, kw_only=True):
    """The order that was renewed."""

    order_id: str


class RenewOrderAnswer(Wire, frozen=True, kw_only=True):
    """The new order, and the one that it renews."""

    renew_order: OrderAuth
    original_order: OriginalOrder


class OrderInfo(Wire, frozen=True, kw_only=True):
    """An order in full. ``renewal``, ``reissue`` and ``cancel`` say what may be done now."""

    order_id: str
    common_name: str
    term: int
    order_status: str
    cert_status: str
    product: str
    dtcreate: str
    dtorderexpire: str
    dtcertexpire: str | None
    dtsettle: str | None
    dtmodify: str
    email: str
    company: str
    resid: str
    sanfield: list[str]
    auth_type: str
    renewal: bool
    reissue: bool
    cancel: bool
    admid: str | None
    tecid: str | None
    special_instruction: str
    remarks: str
    product_key: str
    organization_id: str | None
    renewal_of: str | None
    renewed_by: str | None
