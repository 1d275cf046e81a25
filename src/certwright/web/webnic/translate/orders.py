"""Place Order and Get Order Info.

WebNIC's order has no field for the common name: it is the CSR's, or the CSR's first SAN where the subject has none.
Further names come from ``sanfield`` alone, for control panels fill the CSR with names that nobody ordered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import UnusableCSR
from certwright.domain.identifier import parse_identifier
from certwright.domain.order import OrderDetails
from certwright.domain.status import Action
from certwright.services.new_order import NewOrder
from certwright.web.webnic.schemas import OrderInfo
from certwright.web.webnic.translate.faults import check_present, invalid_field
from certwright.web.webnic.translate.ids import (
    contact_id_text,
    order_id_text,
    parse_contact_id,
    parse_organization_id,
)
from certwright.web.webnic.translate.instants import find_instant_text, instant_text
from certwright.web.webnic.translate.proofs import assign_method, method_word, parse_method
from certwright.web.webnic.translate.statuses import status_words

if TYPE_CHECKING:
    from certwright.domain.contact import Contact
    from certwright.domain.csr import CSR
    from certwright.domain.identifier import Identifier
    from certwright.domain.product import Product
    from certwright.services.ordering import OrderView
    from certwright.web.webnic.schemas import PlaceOrderRequest

_LONGEST_INSTRUCTION = 2000


def check_place_order(request: PlaceOrderRequest) -> None:
    """Refuse an order whose required fields are missing, or whose free text is too long.

    Raises:
        InvalidFields: with one fault per field.
    """
    check_present(
        {
            "productKey": request.product_key,
            "term": request.term,
            "csr": request.csr,
            "administratorContactId": request.administrator_contact_id,
            "authType": request.auth_type,
        }
    )
    if len(request.special_instruction or "") > _LONGEST_INSTRUCTION:
        raise invalid_field("specialInstruction", f"invalid length - min: 0 | max: {_LONGEST_INSTRUCTION}")


def new_order(request: PlaceOrderRequest, *, product: Product, csr: CSR, administrator: Contact) -> NewOrder:
    """Translate a checked order.

    The administrator's address and company become the order's, and the administrator serves as technical contact where
    the client names none.

    Raises:
        InvalidInput: a name, method, approver or id can't be read.
    """
    method = parse_method(request.auth_type)
    organization, technical = request.organization_id, request.technical_contact_id
    return NewOrder(
        product=product,
        names=assign_method(_identifiers(request, csr), method, request.approver_email),
        term_years=request.term or 0,
        csr=csr,
        organization_id=parse_organization_id(organization) if organization else None,
        administrator_contact_id=administrator.id,
        technical_contact_id=parse_contact_id(technical) if technical else administrator.id,
        details=OrderDetails(
            email=administrator.email,
            company=administrator.company,
            special_instruction=request.special_instruction or "",
        ),
    )


def order_info(view: OrderView) -> OrderInfo:
    """Write an order in full."""
    order, certificate = view.order, view.certificate
    words = status_words(order.status)
    administrator, technical = order.administrator_contact_id, order.technical_contact_id
    return OrderInfo(
        order_id=order_id_text(order.id),
        common_name=order.common_name.name,
        term=order.term_years,
        order_status=words.order,
        cert_status=words.certificate,
        product=view.product.name,
        dtcreate=instant_text(order.created_at),
        dtorderexpire=instant_text(order.expires_at),
        dtcertexpire=find_instant_text(certificate.not_after),
        dtsettle=find_instant_text(certificate.issued_at),
        dtmodify=instant_text(order.status_changed_at),
        email=order.details.email,
        company=order.details.company,
        resid=str(order.account_id),
        sanfield=[name.identifier.name for name in order.names[1:]],
        auth_type=method_word(order.method),
        renewal=False,  # there is no Renew or Reissue Order to be called yet
        reissue=False,
        cancel=order.can(Action.CANCEL),
        # Orders placed elsewhere name no contacts; PHP clients read these keys without looking.
        admid=contact_id_text(administrator) if administrator else None,
        tecid=contact_id_text(technical) if technical else None,
        special_instruction=order.details.special_instruction,
        remarks=order.status_reason,
    )


def _identifiers(request: PlaceOrderRequest, csr: CSR) -> list[Identifier]:
    common_name = csr.common_name or next(iter(csr.names), "")
    if not common_name:
        raise UnusableCSR.for_field("csr", "The CSR has no common name")
    others = [
        parse_identifier(text, field=f"sanfield[{index}]")
        for index, text in enumerate(request.sanfield or [])
        if text.strip()
    ]
    return list(dict.fromkeys([parse_identifier(common_name, field="csr"), *others]))
