"""Orders, one by one and as the answer of a search."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from certwright.domain.ids import HIGHEST_ID
from certwright.domain.status import OrderStatus
from certwright.web.native.schemas.changes import Instant

MOST_ORDERS = 1000

_SORTS = "id|status|common_name|product|created_at|status_changed_at|expires_at"

_Part = Annotated[str, Meta(min_length=1, max_length=253)]
_Moment = Annotated[datetime, Meta(tz=True)]


class OrdersQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an order must be to be found: everything that is asked for. Instants are RFC 3339, and included."""

    status: Annotated[list[OrderStatus], Meta(description="One of these; may be sent several times.")] = []
    common_name: Annotated[_Part, Meta(description="A part of the common name.")] | UnsetType = UNSET
    name: Annotated[_Part, Meta(description="A part of any name.")] | UnsetType = UNSET
    product: Annotated[_Part, Meta(description="The product's key.")] | UnsetType = UNSET
    created_from: Annotated[_Moment, Meta(description="Placed then or later.")] | UnsetType = UNSET
    created_to: Annotated[_Moment, Meta(description="Placed then or before.")] | UnsetType = UNSET
    expires_from: (
        Annotated[_Moment, Meta(description="The certificate runs out then or later.")] | UnsetType
    ) = UNSET
    expires_to: (
        Annotated[_Moment, Meta(description="The certificate runs out then or before.")] | UnsetType
    ) = UNSET
    sort: Annotated[
        str,
        Meta(
            pattern=f"^-?({_SORTS})(,-?({_SORTS})){{0,6}}$",
            description="Fields to sort by, joined by commas, each with - for descending; the order of creation breaks ties.",
        ),
    ] = "-created_at"
    offset: Annotated[int, Meta(ge=0, le=HIGHEST_ID, description="How many orders to leave out.")] = 0
    limit: Annotated[int, Meta(ge=1, le=MOST_ORDERS, description="The most orders of an answer.")] = 100


class Certificate(Struct, frozen=True, kw_only=True):
    """The current certificate of an order; what is null is not known before it is issued."""

    certificate_id: int
    status: str
    serial_number: str | None
    not_before: Instant | None
    not_after: Instant | None
    revoked_at: Instant | None


class Order(Struct, frozen=True, kw_only=True):
    """An order; ``pending_certificate_id`` is that of a reissue under way."""

    order_id: int
    common_name: str
    names: list[str]
    product: str
    status: str
    status_reason: str
    status_changed_at: Instant
    created_at: Instant
    expires_at: Instant
    term_years: int
    placed_by_key: int
    organization_id: int | None
    renewal_of_order_id: int | None
    renewed_by_order_id: int | None
    certificate: Certificate
    pending_certificate_id: int | None


class Proof(Struct, frozen=True, kw_only=True):
    """How control of a name is proved, and whether it is."""

    name: str
    method: str
    is_proved: bool


class ShownOrder(Order, frozen=True, kw_only=True):
    """An order with the proofs of its names."""

    proofs: list[Proof]


class Orders(Struct, frozen=True, kw_only=True):
    """A page of orders, and the exact number of all that match."""

    orders: list[Order]
    total: int
    offset: int
    limit: int
