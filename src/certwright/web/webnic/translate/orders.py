"""Place, Renew and Reissue Order, and Get Order Info.

WebNIC's order has no field for the common name: it is the CSR's, or the CSR's first SAN where the subject has none.
Further names come from ``sanfield`` alone, for control panels fill the CSR with names that nobody ordered. A renewal
and a reissue keep the common name of their order, and whatever else the client leaves out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import UnusableCSR
from certwright.domain.identifier import parse_identifier
from certwright.domain.order import OrderDetails
from certwright.services.new_order import NewOrder
from certwright.services.reissuing import NewCertificate
from certwright.web.webnic.schemas.orders import OrderInfo
from certwright.web.webnic.translate.ids import (
    contact_id_text,
    order_id_text,
    parse_contact_id,
    parse_organization_id,
)
from certwright.web.webnic.translate.instants import find_instant_text, instant_text
from certwright.web.webnic.translate.proofs import assign_method, keep_methods, method_word, parse_method
from certwright.web.webnic.translate.statuses import status_words

if TYPE_CHECKING:
    from certwright.domain.contact import Contact
    from certwright.domain.csr import CSR
    from certwright.domain.identifier import Identifier
    from certwright.domain.order import Order, OrderedName
    from certwright.domain.product import Product
    from certwright.services.idempotency import IdempotencyKey
    from certwright.services.order_view import OrderView
    from certwright.web.webnic.schemas.orders import (
        PlaceOrderRequest,
        ReissueOrderRequest,
        RenewOrderRequest,
    )


def new_order(
    request: PlaceOrderRequest,
    *,
    product: Product,
    csr: CSR,
    administrator: Contact,
    key: IdempotencyKey | None = None,
) -> NewOrder:
    """Translate an order.

    The administrator's address and company become the order's, and the administrator serves as technical contact where
    the client names none.

    Raises:
        InvalidInput: a name, method, approver or id can't be read.
    """
    method = parse_method(request.auth_type)
    organization, technical = request.organization_id, request.technical_contact_id
    common_name = _common_name(csr)
    if common_name is None:
        raise UnusableCSR.for_field("csr", "The CSR has no common name")
    names = list(dict.fromkeys([common_name, *_further_names(request.sanfield or [])]))
    return NewOrder(
        product=product,
        names=assign_method(names, method, request.approver_email),
        term_years=request.term or 0,
        csr=csr,
        organization_id=parse_organization_id(organization) if organization else None,
        administrator_contact_id=administrator.id,
        technical_contact_id=parse_contact_id(technical) if technical else administrator.id,
        idempotency_key=key,
        details=OrderDetails(
            email=administrator.email,
            company=administrator.company,
            special_instruction=request.special_instruction or "",
        ),
    )


def renewal(
    request: RenewOrderRequest,
    *,
    old: Order,
    product: Product,
    csr: CSR,
    administrator: Contact | None,
    key: IdempotencyKey | None = None,
) -> NewOrder:
    """Translate a renewal; ``administrator`` is the new one, if the client names one.

    Raises:
        InvalidInput: a name, method, approver or id can't be read, or the CSR is for another common name.
    """
    organization, technical = request.organization_id, request.technical_contact_id
    return NewOrder(
        product=product,
        names=_kept_names(request, old, csr),
        term_years=request.term or 0,
        csr=csr,
        organization_id=parse_organization_id(organization) if organization else old.organization_id,
        administrator_contact_id=administrator.id if administrator else old.administrator_contact_id,
        technical_contact_id=parse_contact_id(technical) if technical else old.technical_contact_id,
        renewal_of_order_id=old.id,
        idempotency_key=key,
        details=OrderDetails(
            email=administrator.email if administrator else old.details.email,
            company=administrator.company if administrator else old.details.company,
            special_instruction=request.special_instruction or "",
        ),
    )


def reissue(
    request: ReissueOrderRequest, *, order: Order, csr: CSR, key: IdempotencyKey | None = None
) -> NewCertificate:
    """Translate a reissue.

    Raises:
        InvalidInput: as for ``renewal``.
    """
    return NewCertificate(csr=csr, names=_kept_names(request, order, csr), idempotency_key=key)


def order_info(view: OrderView) -> OrderInfo:
    """Write an order in full."""
    order, certificate = view.order, view.certificate
    words = status_words(order.status)
    administrator, technical = order.administrator_contact_id, order.technical_contact_id
    renewed, renewing = order.renewal_of_order_id, order.renewed_by_order_id
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
        renewal=view.is_renewable,
        reissue=view.is_reissuable,
        cancel=view.is_cancelable,
        # Orders placed elsewhere name no contacts; PHP clients read these keys without looking.
        admid=contact_id_text(administrator) if administrator else None,
        tecid=contact_id_text(technical) if technical else None,
        special_instruction=order.details.special_instruction,
        remarks=view.status_reason,
        product_key=order.product_key,
        organization_id=str(order.organization_id) if order.organization_id else None,
        renewal_of=order_id_text(renewed) if renewed else None,
        renewed_by=order_id_text(renewing) if renewing else None,
    )


def _kept_names(
    request: RenewOrderRequest | ReissueOrderRequest, order: Order, csr: CSR
) -> tuple[OrderedName, ...]:
    """Return the order's names with what the client wants otherwise."""
    asked = _common_name(csr)
    if asked is not None and asked != order.common_name:
        raise UnusableCSR.for_field("csr", f"The CSR is for {asked}, and the order for {order.common_name}")
    kept = [name.identifier for name in order.names[1:]]
    others = kept if request.sanfield is None else _further_names(request.sanfield)
    names = list(dict.fromkeys([order.common_name, *others]))
    if request.auth_type:
        return assign_method(names, parse_method(request.auth_type), request.approver_email)
    return keep_methods(names, order, request.approver_email)


def _common_name(csr: CSR) -> Identifier | None:
    text = csr.common_name or next(iter(csr.names), "")
    return parse_identifier(text, field="csr") if text else None


def _further_names(texts: list[str]) -> list[Identifier]:
    return [
        parse_identifier(text, field=f"sanfield[{index}]") for index, text in enumerate(texts) if text.strip()
    ]
