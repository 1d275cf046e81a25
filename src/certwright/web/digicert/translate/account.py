"""The account, its containers, users, money and CAs as they are told, and new organizations as they are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from msgspec import UNSET

from certwright.domain.ledger import TransactionKind, to_amount
from certwright.domain.organization import Address, OrganizationContact
from certwright.services.organizations import NewOrganization
from certwright.web.digicert.errors import required
from certwright.web.digicert.schemas import account as wire
from certwright.web.digicert.schemas.parties import Role
from certwright.web.digicert.translate import parties
from certwright.web.digicert.translate.dates import tell_instant
from certwright.web.digicert.translate.words import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from certwright.domain.account import Account, APIKey
    from certwright.domain.domain import DomainView
    from certwright.domain.ids import AuthorityId, OrderId
    from certwright.domain.ledger import Balance, Transaction
    from certwright.domain.organization import Organization

_TEMPLATE_ID = 1
_NOTHING = "0.00"
_MOVES = {TransactionKind.ORDER: "purchase", TransactionKind.REFUND: "refund"}
_WRITTEN = "%Y-%m-%d %H:%M:%S"


def container(
    account: Account,
    keys: Sequence[APIKey],
    domains: Sequence[DomainView],
    organizations: Sequence[Organization],
) -> wire.ContainerInfo:
    """Tell the one container of an account, with all that is in it."""
    return wire.ContainerInfo(
        id=account.id,
        public_id=f"container-{account.id}",
        name=account.name,
        template_id=_TEMPLATE_ID,
        user_id_assignments=[str(key.id) for key in keys],
        allowed_domain_names=[view.domain.name for view in domains if view.domain.is_active],
        organization_assignments=[parties.assigned_organization(each) for each in organizations],
    )


def templates() -> wire.ContainerTemplates:
    """Tell the one template that containers have."""
    return wire.ContainerTemplates(
        [
            wire.ContainerTemplate(
                id=_TEMPLATE_ID,
                name="Standard",
                description="What the roles of its users allow",
                access_roles=[Role(*role) for role in ROLES.values()],
            )
        ]
    )


def user(key: APIKey, account: Account) -> wire.UserInfo:
    """Tell a key as the user that it stands for."""
    told = parties.user(key.id, {key.id: key})
    return wire.UserInfo(
        id=key.id,
        username=key.username or f"key-{key.id}",
        account_id=account.id,
        first_name=told.first_name,
        last_name=told.last_name,
        status="active" if key.revoked_at is None else "inactive",
        date_created=tell_instant(key.created_at),
        container=parties.container(account),
        access_roles=[Role(*ROLES[key.role])],
    )


def account(account: Account, balance: Balance, organizations: Sequence[Organization]) -> wire.AccountInfo:
    """Tell the account."""
    limit = balance.credit_limit_cents
    return wire.AccountInfo(
        id=account.id,
        name=account.name,
        primary_organization_id=organizations[0].id if organizations else UNSET,
        root_container_id=account.id,
        balance_negative_limit=UNSET if limit is None else limit // 100,
    )


def balance(balance: Balance, currency: str) -> wire.Balance:
    """Tell what an account has; without a limit there is nothing to be told of what it may spend."""
    amount, limit = str(to_amount(balance.cents)), balance.credit_limit_cents
    if limit is None:
        return wire.Balance(
            balance=amount,
            currency=currency,
            unpaid_invoice_balance=_NOTHING,
            unlimited_negative_balance=True,
        )
    return wire.Balance(
        balance=amount,
        currency=currency,
        unpaid_invoice_balance=_NOTHING,
        negative_balance_limit=str(to_amount(limit)),
        used_credit_from_other_containers=_NOTHING,
        total_available_funds=str(to_amount(balance.cents + limit)),
    )


def purchases(
    transactions: Iterable[Transaction], products: Mapping[OrderId, str], account: Account
) -> wire.PurchaseHistory:
    """Tell what moved for orders, whose products are given by their names."""
    return wire.PurchaseHistory(
        [
            wire.OrderTransaction(
                id=str(each.id),
                container=parties.container_name(account),
                order_id=str(each.order_id),
                amount=str(to_amount(-each.customer_cents)),
                transaction_date=tell_instant(each.booked_at),
                transaction_type=_MOVES[each.kind],
                product_name=products[each.order_id],
            )
            for each in transactions
            if each.order_id is not None
        ]
    )


def intermediate(authority_id: AuthorityId, der: bytes) -> wire.Intermediate:
    """Tell a CA; its times are UTC, and carry no offset here."""
    certificate = x509.load_der_x509_certificate(der)
    algorithm = certificate.signature_hash_algorithm
    return wire.Intermediate(
        id=str(authority_id),
        subject_common_name=_name(certificate.subject, x509.NameOID.COMMON_NAME),
        subject_org_name=_name(certificate.subject, x509.NameOID.ORGANIZATION_NAME),
        issuer_common_name=_name(certificate.issuer, x509.NameOID.COMMON_NAME),
        valid_from=certificate.not_valid_before_utc.strftime(_WRITTEN),
        valid_to=certificate.not_valid_after_utc.strftime(_WRITTEN),
        serial_number=f"{certificate.serial_number:X}",
        thumbprint=certificate.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303 - names it, guards nothing
        signature_hash=algorithm.name if algorithm else "",
        is_private="1",
    )


def parse_new_organization(body: wire.AddOrganization) -> NewOrganization:
    """Read a new organization.

    Raises:
        InvalidInput: a field that the manual requires is missing.
    """
    for field in ("name", "address", "city", "country", "telephone"):
        if not getattr(body, field):
            raise required(field)
    return NewOrganization(
        name=body.name or "",
        assumed_name=body.assumed_name or "",
        address=Address(
            line1=body.address or "",
            line2=body.address2 or "",
            city=body.city or "",
            state=body.state or "",
            postal_code=body.zip or "",
            country=(body.country or "").upper(),
        ),
        phone=body.telephone or "",
        contact=_contact(body.organization_contact),
    )


def _contact(body: wire.ContactBody | None) -> OrganizationContact | None:
    if body is None:
        return None
    return OrganizationContact(
        first_name=body.first_name or "",
        last_name=body.last_name or "",
        email=body.email or "",
        phone=body.telephone or "",
        job_title=body.job_title or "",
    )


def _name(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""
