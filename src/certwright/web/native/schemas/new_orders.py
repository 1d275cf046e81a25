"""Orders as they are placed: one by one, by the thousand over HTTP, and from files."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from certwright.domain.dcv import DCVMethod
from certwright.domain.ids import HIGHEST_ID
from certwright.web.native.schemas.problems import Problem

MOST_ORDERS = 1000
"""The most orders of a request."""

Id = Annotated[int, Meta(ge=1, le=HIGHEST_ID)]
Days = Annotated[int, Meta(ge=1)]


class WantedName(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A name, and how control of it is to be proved where not as the order says for all of them."""

    name: str
    method: DCVMethod | None = None
    approver_email: str | None = None


class WantedValue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the order is to hold in one of the account's custom fields."""

    id: Id
    value: str


class WantedOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is ordered: the names either as ``names``, the common name first, or as ``common_name`` and ``dns_names``.

    ``product`` is the product's key or DigiCert's name of it. ``method`` and ``approver_email`` serve every name that
    has none of its own; without any, a name gets the first of the product's methods that can prove it. ``csr`` is PEM;
    an order without one waits for it. ``certificate_days`` caps the life of the first certificate.
    """

    product: str
    names: list[WantedName] = []
    common_name: str = ""
    dns_names: list[str] = []
    method: DCVMethod | None = None
    approver_email: str | None = None
    csr: str = ""
    term_years: Annotated[int, Meta(ge=1)] = 1
    certificate_days: Days | None = None
    organization_id: Id | None = None
    administrator_contact_id: Id | None = None
    technical_contact_id: Id | None = None
    renewal_of_order_id: Id | None = None
    alternative_order_id: str = ""
    skip_approval: bool = False
    custom_fields: list[WantedValue] = []
    email: str = ""
    company: str = ""
    comments: str = ""
    special_instruction: str = ""
    additional_emails: list[str] = []


class OrderPlaced(Struct, frozen=True, kw_only=True):
    """The order's number and where it stands."""

    order_id: int
    status: str


class ItemResult(Struct, frozen=True, kw_only=True):
    """What became of one order of a request: its number and status, or the problem with it."""

    index: int
    order_id: int | UnsetType = UNSET
    status: str | UnsetType = UNSET
    problem: Problem | UnsetType = UNSET


class BulkResult(Struct, frozen=True, kw_only=True):
    """What became of every order of a request, in the order of the request."""

    placed: int
    refused: int
    results: list[ItemResult]
