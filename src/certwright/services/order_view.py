"""An order with all that belongs to it, as the dialects show it: read from the book, or as it was just stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from certwright.domain.certificate import FurtherCertificates
from certwright.domain.status import UNDER_WAY, Action
from certwright.services.name_proofs import missing_proof, name_proofs
from certwright.services.renewal import is_renewable
from certwright.services.visibility import get_order

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.account import Caller
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.certificate import Certificate
    from certwright.domain.custom_field import CustomValue
    from certwright.domain.ids import OrderId
    from certwright.domain.note import Note
    from certwright.domain.order import Order
    from certwright.domain.organization import Organization
    from certwright.domain.product import Catalogue, Product
    from certwright.services.name_proofs import NameProof
    from certwright.services.placing import StoredOrder
    from certwright.services.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order with all that belongs to it, for the dialects to show.

    ``proofs`` follows ``order.names``: which validation proves, or is to prove, each of them. ``is_renewable``,
    ``is_reissuable`` and ``is_cancelable`` say what the account may do at ``seen_at``.
    """

    order: Order
    certificate: Certificate
    product: Product
    proofs: tuple[NameProof, ...]
    requests: tuple[ApprovalRequest, ...]
    organization: Organization | None = None
    further: FurtherCertificates = field(default_factory=FurtherCertificates)
    notes: tuple[Note, ...] = ()
    custom_values: tuple[CustomValue, ...] = ()
    seen_at: datetime

    @property
    def status_reason(self) -> str:
        """Why the order stands where it does, for people; of a missing proof, what was last seen."""
        is_looked_for = self.order.status in UNDER_WAY and any(
            not proof.is_proved and proof.validation is not None and proof.validation.last_checked_at
            for proof in self.proofs
        )
        return (missing_proof(self.proofs) if is_looked_for else None) or self.order.status_reason

    @property
    def is_renewable(self) -> bool:
        """Whether another order may take its place."""
        return is_renewable(self.order, self.certificate, self.product, self.seen_at)

    @property
    def is_reissuable(self) -> bool:
        """Whether its certificate may be replaced."""
        order = self.order
        return order.can(Action.REISSUE) and self.seen_at < order.expires_at and not self.product.retired

    @property
    def is_cancelable(self) -> bool:
        """Whether it, or a reissue of it, may be given up."""
        return self.order.can(Action.CANCEL) or self.order.can(Action.CANCEL_REISSUE)


async def read_view(
    work: UnitOfWork, catalogue: Catalogue, caller: Caller, order_id: OrderId, at: datetime
) -> OrderView:
    """Read an order that the caller may see.

    Raises:
        NotFound: there is none.
    """
    order = await get_order(work, caller, order_id)
    account_id, organization = order.account_id, None
    if order.organization_id is not None:
        organization = await work.organizations.get(account_id, order.organization_id)
    further = await work.certificates.count_further(account_id, [order_id])
    values = await work.custom_fields.values_of_orders(account_id, [order_id])
    return OrderView(
        order=order,
        certificate=await work.certificates.get(account_id, order.certificate_id),
        product=catalogue.get_ordered(order.product_key),
        proofs=await name_proofs(work, order, at),
        requests=tuple(await work.requests.list_of_order(account_id, order_id)),
        organization=organization,
        further=further.get(order_id, FurtherCertificates()),
        notes=tuple(await work.notes.list_of_order(account_id, order_id)),
        custom_values=values.get(order_id, ()),
        seen_at=at,
    )


def new_view(stored: StoredOrder, custom_values: tuple[CustomValue, ...], at: datetime) -> OrderView:
    """Show an order as it was just stored, without reading it again."""
    return OrderView(
        order=stored.order,
        certificate=stored.certificate,
        product=stored.product,
        proofs=stored.proofs,
        requests=(stored.request,),
        organization=stored.organization,
        custom_values=custom_values,
        seen_at=at,
    )
