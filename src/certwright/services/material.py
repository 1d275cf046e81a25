"""What issuing certificates takes, read for many of them at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.domain.certificate import CertificateKind
from certwright.domain.status import OrderStatus
from certwright.services.name_proofs import NameProof, proofs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from certwright.domain.certificate import Certificate
    from certwright.domain.ids import AccountId, OrganizationId
    from certwright.domain.order import Order, OrderedName
    from certwright.domain.organization import Organization
    from certwright.domain.product import Catalogue, Product
    from certwright.services.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What issuing a certificate takes.

    ``proofs`` pairs its names with what proves them, or is to; a certificate of a private product needs none.
    """

    order: Order
    certificate: Certificate
    product: Product
    organization: Organization | None
    proofs: tuple[NameProof, ...]
    waits_for_approval: bool = False

    @property
    def names(self) -> tuple[OrderedName, ...]:
        """The names asked for."""
        return names_of(self.order, self.certificate)


def names_of(order: Order, certificate: Certificate) -> tuple[OrderedName, ...]:
    """Return the names of a certificate: the order's, whose methods may have been changed since, but for a duplicate."""
    return order.names if certificate.id == order.wanted_certificate_id else certificate.names


async def read_material(
    work: UnitOfWork, catalogue: Catalogue, wanted: Sequence[tuple[Order, Certificate]], at: datetime
) -> list[Material]:
    """Read what certificates take, which are given with their orders."""
    # Whether the first certificate of an order waits for approval, the order's status tells.
    further = {order.id for order, each in wanted if each.kind is not CertificateKind.ORIGINAL}
    requests = await work.requests.list_waiting(further)
    waiting = {request.certificate_id for request in requests if request.makes_a_certificate}
    organizations = await _organizations(work, [order for order, _ in wanted])
    products = [catalogue.get_ordered(order.product_key) for order, _ in wanted]
    asked = [
        (order, () if product.private else names_of(order, certificate))
        for (order, certificate), product in zip(wanted, products, strict=True)
    ]
    return [
        Material(
            order=order,
            certificate=certificate,
            product=product,
            organization=None if order.organization_id is None else organizations[order.organization_id],
            proofs=proofs,
            waits_for_approval=order.status is OrderStatus.NEEDS_APPROVAL or certificate.id in waiting,
        )
        for (order, certificate), product, proofs in zip(
            wanted, products, await proofs_of(work, asked, at), strict=True
        )
    ]


async def _organizations(work: UnitOfWork, orders: Iterable[Order]) -> Mapping[OrganizationId, Organization]:
    named: defaultdict[AccountId, set[OrganizationId]] = defaultdict(set)
    for order in orders:
        if order.organization_id is not None:
            named[order.account_id].add(order.organization_id)
    return {
        organization.id: organization
        for account_id, ids in named.items()
        for organization in await work.organizations.find_several(account_id, ids)
    }
