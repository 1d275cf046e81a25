"""From an order on the wire, or in a file, to what is placed; and from what became of it to an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from certwright.domain.csr import parse_csr
from certwright.domain.custom_field import GivenValue
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import InvalidInput
from certwright.domain.identifier import parse_identifier
from certwright.domain.ids import ContactId, CustomFieldId, OrderId, OrganizationId
from certwright.domain.order import OrderDetails, OrderedName
from certwright.services.idempotency import IdempotencyKey, fingerprint_of, own_number_key
from certwright.services.new_order import NewOrder
from certwright.web.native.schemas.new_orders import WantedName

if TYPE_CHECKING:
    from collections.abc import Callable

    from certwright.domain.csr import CSR
    from certwright.domain.product import Catalogue, Product
    from certwright.web.native.schemas.new_orders import WantedOrder

Id = TypeVar("Id")


def new_order(
    wanted: WantedOrder,
    catalogue: Catalogue,
    key: IdempotencyKey | None,
    *,
    read_csr: Callable[[str], CSR] = parse_csr,
) -> NewOrder:
    """Translate an order; ``read_csr`` knows what its CSR says.

    Raises:
        InvalidInput: a name can't be read, or lacks its approver; there are no names, or they are given twice over.
        UnusableCSR: the CSR can't be read.
        NotFound: the catalogue has no such product.
    """
    product = catalogue.get_by_any_name(wanted.product)
    return NewOrder(
        product=product,
        names=_names(wanted, product),
        term_years=wanted.term_years,
        csr=read_csr(wanted.csr) if wanted.csr else None,
        certificate_days=wanted.certificate_days,
        organization_id=_id(OrganizationId, wanted.organization_id),
        administrator_contact_id=_id(ContactId, wanted.administrator_contact_id),
        technical_contact_id=_id(ContactId, wanted.technical_contact_id),
        renewal_of_order_id=_id(OrderId, wanted.renewal_of_order_id),
        skip_approval=wanted.skip_approval,
        idempotency_key=key,
        custom_values=tuple(GivenValue(CustomFieldId(each.id), each.value) for each in wanted.custom_fields),
        details=OrderDetails(
            email=wanted.email,
            company=wanted.company,
            comments=wanted.comments,
            special_instruction=wanted.special_instruction,
            alternative_order_id=wanted.alternative_order_id.strip(),
            additional_emails=tuple(wanted.additional_emails),
        ),
    )


def key_of(wanted: WantedOrder, text: str = "") -> IdempotencyKey | None:
    """Name the request for an order: by a text, or else by the client's own number, if the order has one."""
    number = wanted.alternative_order_id.strip()
    if not (text or number):
        return None
    parts = (b"order", msgspec.json.encode(wanted))
    return IdempotencyKey(text, fingerprint_of(*parts)) if text else own_number_key(number, *parts)


def _id(kind: Callable[[int], Id], number: int | None) -> Id | None:
    return None if number is None else kind(number)


def _names(wanted: WantedOrder, product: Product) -> tuple[OrderedName, ...]:
    if bool(wanted.names) == bool(wanted.common_name) or (wanted.dns_names and not wanted.common_name):
        raise InvalidInput.for_field(
            "names", "An order has its names either in names or in common_name and dns_names"
        )
    if wanted.names:
        return tuple(
            _name(each, f"names[{index}]", wanted, product) for index, each in enumerate(wanted.names)
        )
    # The common name usually stands among the others once more.
    texts = {"common_name": wanted.common_name} | {
        f"dns_names[{index}]": text for index, text in enumerate(wanted.dns_names)
    }
    found = [_name(WantedName(name=text), field, wanted, product) for field, text in texts.items()]
    return tuple({each.identifier: each for each in found}.values())


def _name(each: WantedName, field: str, wanted: WantedOrder, product: Product) -> OrderedName:
    identifier = parse_identifier(each.name, field=field)
    method = each.method or wanted.method or product.method_for(identifier)
    if method is not DCVMethod.EMAIL:
        return OrderedName(identifier=identifier, method=method)
    approver = each.approver_email or wanted.approver_email
    if not approver:
        raise InvalidInput.for_field("approver_email", f"Proof by e-mail of {identifier} needs an approver")
    return OrderedName(identifier=identifier, method=method, approver_email=approver.lower())
