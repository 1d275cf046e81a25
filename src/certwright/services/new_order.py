"""A new order, before it is stored: what a client asks for, whether it fits the product, and the rows it becomes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain import rules
from certwright.domain.account import ApprovalPolicy
from certwright.domain.approval import ApprovalRequest, RequestKind, RequestStatus
from certwright.domain.certificate import Certificate, CertificateStatus
from certwright.domain.csr import check_csr
from certwright.domain.dcv import DCVMethod, constructed_emails, generate_random_value
from certwright.domain.errors import InvalidInput, UnusableCSR
from certwright.domain.ledger import to_cents
from certwright.domain.order import Order, OrderDetails, OrderedName
from certwright.domain.product import ValidationLevel
from certwright.domain.status import OrderStatus
from certwright.domain.text import is_storable
from certwright.services.billing import price_names

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from certwright.domain.account import Caller
    from certwright.domain.csr import CSR
    from certwright.domain.custom_field import GivenValue
    from certwright.domain.ids import ApprovalRequestId, CertificateId, ContactId, OrderId, OrganizationId
    from certwright.domain.key_blocklist import KeyBlocklist
    from certwright.domain.product import Product
    from certwright.services.idempotency import IdempotencyKey
    from certwright.services.ports import UnitOfWork

_MAX_CERTIFICATE_DAYS = 3 * 366
_MAX_LINE_LENGTH = 255
_MAX_TEXT_LENGTH = 4000

FIRST_REASON = {
    OrderStatus.NEEDS_APPROVAL: "Waits for an approver of the account",
    OrderStatus.NEEDS_CSR: "Waits for a certificate signing request",
    OrderStatus.PENDING: "Waits for proof of control of its names",
}
"""Why a new order stands where it does, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What a client orders, translated from its dialect.

    ``names`` holds the common name first. ``certificate_days`` caps the life of the first certificate below what the
    rules allow. ``skip_approval`` is heeded for approvers' keys only. ``order_days`` ends the order earlier than its term. ``idempotency_key`` is the client's own name
    for the request: sent again under the same name, it is answered again and not carried out again.
    """

    product: Product
    names: tuple[OrderedName, ...]
    term_years: int
    csr: CSR | None
    order_days: int | None = None
    certificate_days: int | None = None
    server_platform: int | None = None
    organization_id: OrganizationId | None = None
    administrator_contact_id: ContactId | None = None
    technical_contact_id: ContactId | None = None
    renewal_of_order_id: OrderId | None = None
    skip_approval: bool = False
    idempotency_key: IdempotencyKey | None = None
    custom_values: tuple[GivenValue, ...] = ()
    details: OrderDetails = dataclasses.field(default_factory=OrderDetails)


@dataclass(frozen=True, slots=True)
class CheckedOrder:
    """A new order that fits its product, with what follows from it alone: its price, and where its proof may be found."""

    new: NewOrder
    price_cents: int
    domains: frozenset[str]


def check_order(new: NewOrder, blocklist: KeyBlocklist, at: datetime) -> CheckedOrder:
    """Refuse an order whose names, methods, term, organization or CSR do not fit its product.

    Raises:
        InvalidInput: with the field that is wrong.
        UnusableCSR: the request's signature or key is not acceptable.
    """
    product = new.product
    check_names(product, new.names, at)
    _check_details(new.details)
    if not 1 <= new.term_years <= product.max_term_years:
        raise InvalidInput.for_field(
            "term_years", f"The term of {product.name} is 1 to {product.max_term_years} years"
        )
    if new.certificate_days is not None and not 1 <= new.certificate_days <= _MAX_CERTIFICATE_DAYS:
        raise InvalidInput.for_field("certificate_days", "The validity of the certificate is out of range")
    if product.validation_level is not ValidationLevel.DV and new.organization_id is None:
        raise InvalidInput.for_field("organization_id", f"{product.name} needs an organization")
    if new.csr is not None:
        check_csr(new.csr, blocklist=blocklist)
    names = () if product.private else new.names
    return CheckedOrder(
        new=new,
        price_cents=to_cents(price_names(product, new.names, new.term_years).total),
        domains=frozenset(each for name in names for each in name.identifier.authorization_domain_names()),
    )


def check_names(product: Product, names: Sequence[OrderedName], at: datetime) -> None:
    """Refuse names that the product does not take, that are listed twice, or whose methods do not serve them.

    Raises:
        InvalidInput: with the field that is wrong.
    """
    product.check_names([name.identifier for name in names])
    for index, name in enumerate(names):
        if name.identifier in {earlier.identifier for earlier in names[:index]}:
            raise InvalidInput.for_field(f"names[{index}]", f"{name.identifier} is listed twice")
        check_offered(product, name.method)
        check_method(name, at, field=f"names[{index}]")


def _check_details(details: OrderDetails) -> None:
    texts = {
        "email": (details.email, _MAX_LINE_LENGTH),
        "company": (details.company, _MAX_LINE_LENGTH),
        "alternative_order_id": (details.alternative_order_id, _MAX_LINE_LENGTH),
        "comments": (details.comments, _MAX_TEXT_LENGTH),
        "special_instruction": (details.special_instruction, _MAX_TEXT_LENGTH),
        "note": (details.note, _MAX_TEXT_LENGTH),
        "additional_emails": (",".join(details.additional_emails), _MAX_TEXT_LENGTH),
    }
    for field_name, (text, longest) in texts.items():
        if len(text) > longest:
            raise InvalidInput.for_field(field_name, f"The text is longer than {longest} characters")
        if not is_storable(text):
            raise InvalidInput.for_field(field_name, "A text holds a character that can't be stored")


def check_offered(product: Product, method: DCVMethod) -> None:
    """Refuse a method that the product does not offer.

    Raises:
        InvalidInput: it does not.
    """
    if method not in product.methods:
        raise InvalidInput.for_field("method", f"{product.name} does not offer proof by {method.description}")


def check_method(name: OrderedName, at: datetime, *, field: str = "method") -> None:
    """Refuse a method that can't prove the name, or an approver who has no say over it.

    Raises:
        InvalidInput: a file for a wildcard (BR §3.2.2.4.18), an address that is not a constructed one (§3.2.2.4.4), or
            e-mail after the day on which that method ends.
    """
    if name.identifier.is_wildcard and not name.method.reaches_subdomains:
        raise InvalidInput.for_field(
            field, f"A file can't prove control of the wildcard name {name.identifier}"
        )
    if name.method is DCVMethod.EMAIL and at >= rules.EMAIL_METHODS_END_AT:
        raise InvalidInput.for_field(field, "Control can't be proved by e-mail any more")
    if name.method is DCVMethod.EMAIL and name.approver_email not in constructed_emails(name.identifier):
        raise InvalidInput.for_field(
            "approver_email", f"{name.approver_email} is not an approver address of {name.identifier}"
        )


def build_order(
    caller: Caller,
    new: NewOrder,
    order_id: OrderId,
    certificate_id: CertificateId,
    now: datetime,
) -> Order:
    """Make the order in the status in which it begins."""
    status = OrderStatus.PENDING if new.csr is not None else OrderStatus.NEEDS_CSR
    if waiting_status(caller, skip=new.skip_approval) is not None:
        status = OrderStatus.NEEDS_APPROVAL
    ends_at = years_later(now, new.term_years)
    if new.order_days is not None:
        ends_at = min(ends_at, now + timedelta(days=new.order_days))
    return Order(
        id=order_id,
        account_id=caller.account_id,
        placed_by=caller.key.id,
        product_key=new.product.key,
        status=status,
        status_reason=FIRST_REASON[status],
        names=new.names,
        term_years=new.term_years,
        certificate_id=certificate_id,
        created_at=now,
        expires_at=ends_at,
        status_changed_at=now,
        random_value=generate_random_value(),
        organization_id=new.organization_id,
        administrator_contact_id=new.administrator_contact_id,
        technical_contact_id=new.technical_contact_id,
        renewal_of_order_id=new.renewal_of_order_id,
        details=new.details,
    )


def build_certificate(order: Order, new: NewOrder) -> Certificate:
    """Make the certificate-to-be of an order."""
    return Certificate(
        id=order.certificate_id,
        account_id=order.account_id,
        order_id=order.id,
        status=CertificateStatus.PENDING,
        csr=new.csr.der if new.csr else None,
        key_hash=new.csr.key_hash if new.csr else None,
        created_at=order.created_at,
        names=order.names,
        days=new.certificate_days,
        server_platform=new.server_platform,
    )


def build_request(
    caller: Caller, order: Order, new: NewOrder, request_id: ApprovalRequestId, now: datetime
) -> ApprovalRequest:
    """Make the approval request of an order; it is approved at once where nobody has to be asked."""
    waits = waiting_status(caller, skip=new.skip_approval)
    return ApprovalRequest(
        id=request_id,
        account_id=order.account_id,
        order_id=order.id,
        kind=RequestKind.NEW_REQUEST,
        status=waits or RequestStatus.APPROVED,
        requester=caller.key.id,
        created_at=now,
        comments=order.details.comments,
        certificate_id=order.certificate_id,
        processor=None if waits else caller.key.id,
        processed_at=None if waits else now,
    )


def waiting_status(caller: Caller, *, skip: bool) -> RequestStatus | None:
    """Return the status in which a caller's request waits for approval; ``None`` when nobody has to be asked."""
    policy = caller.account.approval
    if policy is ApprovalPolicy.NONE or (skip and caller.is_approver):
        return None
    return RequestStatus.SUBMITTED if policy is ApprovalPolicy.TWO_STEP else RequestStatus.PENDING


async def refuse_compromised_key(work: UnitOfWork, csr: CSR) -> None:
    """Refuse a key once revoked for compromise, which is never certified again (BR §6.1.1.3 (4)).

    Raises:
        UnusableCSR: it is such a key.
    """
    check_not_compromised(csr, await work.certificates.find_compromised([csr.key_hash]))


def check_not_compromised(csr: CSR, compromised: Collection[bytes]) -> None:
    """Refuse a key that is one of the compromised ones.

    Raises:
        UnusableCSR: it is.
    """
    if csr.key_hash in compromised:
        raise UnusableCSR.for_field("csr", "The key of the CSR is known to be compromised")


def years_later(at: datetime, years: int) -> datetime:
    """Return the same day so many years later; the 28th for a 29 February that is not there."""
    try:
        return at.replace(year=at.year + years)
    except ValueError:  # 29 February of a leap year
        return at.replace(year=at.year + years, day=28)
