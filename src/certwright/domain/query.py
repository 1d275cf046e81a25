"""Questions to the order book: conditions, sort keys and a page, free of any wire's words and of SQL.

A condition is a field and a test. All conditions must hold. Text is compared without regard to case; ``Contains`` takes
its text literally, without wildcards. What an order has not (an organization, an end of validity) passes no test and
sorts before everything else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from certwright.domain.certificate import FurtherCertificates

if TYPE_CHECKING:
    from certwright.domain.approval import ApprovalRequest, RequestKind, RequestStatus
    from certwright.domain.certificate import Certificate
    from certwright.domain.change import StatusChange
    from certwright.domain.custom_field import CustomValue
    from certwright.domain.ids import AccountId, APIKeyId, CertificateId, CustomFieldId, OrderId, ProductKey
    from certwright.domain.order import Order
    from certwright.domain.organization import Organization, Standing
    from certwright.domain.status import OrderStatus


class OrderField(StrEnum):
    """What orders can be searched and sorted by."""

    ID = "id"
    STATUS = "status"
    COMMON_NAME = "common_name"
    NAME = "name"  # any name of the order, the common name included
    EMAIL = "email"
    EMAIL_OR_COMMON_NAME = "email_or_common_name"  # either passes the test; not to sort by
    PRODUCT_KEY = "product_key"
    ORGANIZATION_ID = "organization_id"
    PLACED_BY = "placed_by"
    CERTIFICATE_ID = "certificate_id"
    SERIAL_NUMBER = "serial_number"
    THUMBPRINT = "thumbprint"
    ALTERNATIVE_ORDER_ID = "alternative_order_id"
    CREATED_AT = "created_at"
    NOT_AFTER = "not_after"  # of the current certificate
    STATUS_CHANGED_AT = "status_changed_at"
    TERM_YEARS = "term_years"
    IS_RENEWED = "is_renewed"


Value = str | int | datetime


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field equals one of the values; with none at all, nothing matches."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """The text field contains the text anywhere."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """The field lies between two values, both included; ``None`` leaves a side open."""

    low: Value | None = None
    high: Value | None = None


Test = OneOf | Contains | Between


@dataclass(frozen=True, slots=True)
class Condition:
    """A field and the test it must pass."""

    field: OrderField
    test: Test


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    """A field to sort by."""

    field: OrderField
    descending: bool = False


NEWEST_FIRST = (
    SortKey(field=OrderField.CREATED_AT, descending=True),
    SortKey(field=OrderField.ID, descending=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomValueTest:
    """The order has a value in a custom field (in any, if none is named) that passes the test, if there is one."""

    field_id: CustomFieldId | None = None
    value: Contains | OneOf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderQuery:
    """A search in one account. ``limit`` of ``None`` asks for all that match.

    What the sort leaves equal comes in the order of creation (``created_at``, then id), in the direction of the last key.
    """

    account_id: AccountId
    conditions: tuple[Condition, ...] = ()
    custom_values: tuple[CustomValueTest, ...] = ()
    sort: tuple[SortKey, ...] = NEWEST_FIRST
    offset: int = 0
    limit: int | None = None


class OrderSummary(NamedTuple):
    """What a list shows of an order, the order's own values under their names there; a tuple, as it is read in great number."""

    id: OrderId
    certificate_id: CertificateId
    common_name: str
    status: OrderStatus
    product_key: ProductKey
    term_years: int
    created_at: datetime
    expires_at: datetime
    email: str
    company: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOrder:
    """An order with its current certificate, how many more it had, and what its custom fields hold."""

    order: Order
    certificate: Certificate
    further: FurtherCertificates = field(default_factory=FurtherCertificates)
    custom_values: tuple[CustomValue, ...] = ()


ItemT = TypeVar("ItemT", OrderSummary, FoundOrder)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage(Generic[ItemT]):
    """A page of orders, as summaries or in full, and the exact number of all that match."""

    items: tuple[ItemT, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationQuery:
    """A search for organizations in one account, newest first; all conditions must hold.

    ``names`` are tests of the name; ``standings`` of ``None`` asks for none, and an empty set matches nothing. ``at`` is
    the instant at which validations are judged.
    """

    account_id: AccountId
    at: datetime
    names: tuple[Contains | OneOf, ...] = ()
    standings: frozenset[Standing] | None = None
    offset: int = 0
    limit: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationPage:
    """A page of organizations and the exact number of all that match."""

    items: tuple[Organization, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestQuery:
    """A search for approval requests in one account, newest first; all that is given must hold.

    ``common_name`` is a test of the order's; ``placed_by`` asks for requests about orders of one key.
    """

    account_id: AccountId
    statuses: frozenset[RequestStatus] | None = None
    kinds: frozenset[RequestKind] | None = None
    common_name: Contains | OneOf | None = None
    custom_values: tuple[CustomValueTest, ...] = ()
    placed_by: APIKeyId | None = None
    offset: int = 0
    limit: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRequest:
    """An approval request with its order."""

    request: ApprovalRequest
    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPage:
    """A page of approval requests and the exact number of all that match."""

    items: tuple[FoundRequest, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedChange:
    """A status change with what its order is called now and who placed it."""

    change: StatusChange
    common_name: str
    placed_by: APIKeyId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """A part of an account's log: what the caller may see of it, and how far one has got by reading it.

    ``cursor`` is the sequence number of the last change looked at, seen or not; to read on, ask for what is behind it.
    ``has_more`` says that the log went on there when it was read.
    """

    items: tuple[LoggedChange, ...]
    cursor: int
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedOrder:
    """A row of the status-change list: an order by its id, its current certificate, and its status since when."""

    id: OrderId
    certificate_id: CertificateId
    status: OrderStatus
    changed_at: datetime
