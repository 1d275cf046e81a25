"""An order as a client places it, as the order that we take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from certwright.domain.csr import parse_csr
from certwright.domain.dcv import DCVMethod, constructed_emails
from certwright.domain.errors import InvalidInput, UnusableCSR
from certwright.domain.identifier import parse_identifier
from certwright.domain.ids import OrderId, OrganizationId
from certwright.domain.order import OrderDetails, OrderedName
from certwright.domain.product import ValidationLevel
from certwright.services.idempotency import own_number_key
from certwright.services.new_order import NewOrder
from certwright.web.digicert.errors import BadRequest, invalid, required
from certwright.web.digicert.schemas.bodies import OrderedCertificate
from certwright.web.digicert.translate.notes import given_value
from certwright.web.digicert.translate.numbers import is_set, parse_id
from certwright.web.digicert.translate.platforms import parse_platform
from certwright.web.digicert.translate.validity import parse_term
from certwright.web.digicert.translate.words import METHODS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from certwright.domain.csr import CSR
    from certwright.domain.identifier import Identifier
    from certwright.domain.organization import Organization
    from certwright.domain.product import Catalogue, Product
    from certwright.services.idempotency import IdempotencyKey
    from certwright.web.digicert.schemas.bodies import ApproverEmail, PlaceOrder

_ALTERNATIVE_ID = "alternative_order_id"
_LONGEST_ALTERNATIVE_ID = 255

GENERIC_PRODUCT = "ssl"
"""The product of the path that leaves the choice to ``product.type_hint``."""

_GENERIC = {
    "dv": ("ssl_dv_rapidssl", "wildcard_dv_rapidssl", "ssl_dv_geotrust", "ssl_dv_geotrust_flex"),
    "ov": ("ssl_plus", "ssl_wildcard", "ssl_multi_domain", "ssl_basic"),
    "ev": ("ssl_ev_plus", "ssl_ev_multi_domain", "ssl_ev_basic"),
    "private": ("private_ssl_plus", "private_ssl_wildcard", "private_ssl_multi_domain"),
}
"""What the hints mean: the plainest product first."""


def choose_product(catalogue: Catalogue, name_id: str, body: PlaceOrder) -> Product:
    """Return the product of the path; for ``ssl``, the first of those that the hint means that takes the names.

    Raises:
        NotFound: the catalogue has no such product.
        InvalidInput: there is no such hint, or no product takes the names.
    """
    if name_id != GENERIC_PRODUCT:
        return catalogue.get_by_name_id(name_id)
    names = parse_names(body.certificate or OrderedCertificate())
    hint = (body.product.type_hint if body.product else None) or ""
    known = {product.name_id: product for product in catalogue.products}
    offered = [known[name_id] for name_id in _GENERIC.get(hint.lower(), ()) if name_id in known]
    for product in offered:
        if _takes(product, names):
            return product
    raise BadRequest("ambiguous_product")


def parse_names(certificate: OrderedCertificate) -> list[Identifier]:
    """Return the common name and then the other names, each once.

    Raises:
        InvalidInput: there is no common name, or a name is not one.
    """
    if not certificate.common_name:
        raise required("certificate.common_name")
    names = [parse_identifier(certificate.common_name)]
    texts = [text for text in certificate.dns_names or [] if text]
    names += [parse_identifier(text, field=f"names[{index}]") for index, text in enumerate(texts, start=1)]
    return list(dict.fromkeys(names))


def to_new_order(
    product: Product, body: PlaceOrder, organization: Organization | None, *, now: datetime
) -> NewOrder:
    """Translate an order.

    Raises:
        InvalidInput: something that is needed is missing, or can't be used.
    """
    certificate = body.certificate or OrderedCertificate()
    names = parse_names(certificate)
    if product.validation_level is not ValidationLevel.DV and organization is None:
        raise required("organization.id")
    term = parse_term(body, max_years=product.max_term_years, now=now)
    emails = tuple(email for email in body.additional_emails or [] if email)
    return NewOrder(
        product=product,
        names=to_ordered_names(product, names, body.dcv_method, body.dcv_emails or []),
        term_years=term.years,
        order_days=term.order_days,
        certificate_days=term.certificate_days,
        server_platform=parse_platform(certificate.server_platform),
        csr=read_csr(certificate.csr) if certificate.csr else None,
        organization_id=organization.id if organization else None,
        renewal_of_order_id=renewal_of(body),
        skip_approval=is_set(body.skip_approval),
        idempotency_key=_idempotency_key(product, body),
        custom_values=tuple(given_value(each) for each in body.custom_fields or []),
        details=OrderDetails(
            email=emails[0] if emails else "",
            company=organization.name if organization else "",
            comments=body.comments or "",
            alternative_order_id=_alternative_id(body),
            additional_emails=emails,
            asked_days=term.order_days or 0,
        ),
    )


def to_ordered_names(
    product: Product, names: Sequence[Identifier], word: str | None, emails: Sequence[ApproverEmail]
) -> tuple[OrderedName, ...]:
    """Say how each name is to be proved: as the word says, or by the product's first way that can prove it.

    Raises:
        InvalidInput: the word is not known.
    """
    wanted = METHODS.get(word) if word else None
    if word and wanted is None:
        raise invalid("dcv_method")
    return tuple(_ordered_name(name, wanted or product.method_for(name), emails) for name in names)


def read_csr(text: str) -> CSR:
    """Read a CSR in any of the forms that clients send.

    Raises:
        InvalidInput: it can't be parsed.
    """
    try:
        return parse_csr(text)
    except UnusableCSR as cause:
        raise BadRequest("csr_invalid_cannot_parse", cause.message) from cause


def organization_of(body: PlaceOrder) -> OrganizationId | None:
    """Return the organization that an order names.

    Raises:
        NotFound: its id can't be one.
    """
    number = parse_id(body.organization.id if body.organization else None, "organization")
    return OrganizationId(number) if number else None


def renewal_of(body: PlaceOrder) -> OrderId | None:
    """Return the order that an order is to renew.

    Raises:
        NotFound: its id can't be one.
    """
    number = parse_id(body.renewal_of_order_id, "order")
    return OrderId(number) if number else None


def _ordered_name(name: Identifier, method: DCVMethod, emails: Sequence[ApproverEmail]) -> OrderedName:
    if method is not DCVMethod.EMAIL:
        return OrderedName(identifier=name, method=method)
    return OrderedName(identifier=name, method=method, approver_email=_approver_email(name, emails))


def _approver_email(name: Identifier, emails: Sequence[ApproverEmail]) -> str:
    for entry in emails:
        if entry.dns_name is None or parse_identifier(entry.dns_name, field="approver_email") != name:
            continue
        if entry.email:
            return entry.email.lower()
        if entry.email_domain:
            return f"admin@{parse_identifier(entry.email_domain, field='approver_email')}"
    return constructed_emails(name)[0]


def _takes(product: Product, names: Sequence[Identifier]) -> bool:
    try:
        product.check_names(names)
    except InvalidInput:
        return False
    return True


def _alternative_id(body: PlaceOrder) -> str:
    text = str(body.alternative_order_id or "").strip()
    if len(text) > _LONGEST_ALTERNATIVE_ID:
        raise invalid(_ALTERNATIVE_ID)
    return text


def _idempotency_key(product: Product, body: PlaceOrder) -> IdempotencyKey | None:
    text = _alternative_id(body)
    return own_number_key(text, product.key.encode(), msgspec.json.encode(body)) if text else None
