"""Rows of the order book, made of defaults and what a test cares about."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from certwright.domain.account import Account, APIKey, ApprovalPolicy, KeyKind, Role
from certwright.domain.certificate import AuthorityRecord, Certificate, CertificateStatus
from certwright.domain.change import Actor, ActorKind
from certwright.domain.dcv import RANDOM_VALUE_LIFETIME, DCVMethod, Validation, ValidationStatus
from certwright.domain.identifier import Identifier
from certwright.domain.ids import (
    AccountId,
    APIKeyId,
    AuthorityId,
    CertificateId,
    OrderId,
    OrganizationId,
    ProductKey,
    ValidationId,
)
from certwright.domain.order import Order, OrderedName, place
from certwright.domain.organization import Address, Organization
from certwright.domain.query import OrderSummary
from certwright.domain.status import STARTS, OrderStatus
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.services.ports import Store

ACCOUNT = AccountId(1)
OTHER_ACCOUNT = AccountId(2)
KEY = Actor(kind=ActorKind.KEY, id="1001")
ADDRESS = Address(
    line1="1 Jalan Besar", city="Petaling Jaya", state="Selangor", postal_code="46000", country="MY"
)

_certificate_numbers = itertools.count(900_001)


def account(number: int = ACCOUNT, **changes: Any) -> Account:
    made = Account(
        id=AccountId(number), name=f"Account {number}", approval=ApprovalPolicy.NONE, created_at=NOON
    )
    return replace(made, **changes)


def api_key(number: int = 1001, **changes: Any) -> APIKey:
    made = APIKey(
        id=APIKeyId(number),
        account_id=ACCOUNT,
        kind=KeyKind.DIGICERT,
        name="administrator",
        role=Role.ADMINISTRATOR,
        created_at=NOON,
    )
    return replace(made, **changes)


def names(*texts: str, method: DCVMethod = DCVMethod.DNS_TXT) -> tuple[OrderedName, ...]:
    return tuple(OrderedName(identifier=Identifier(text), method=method) for text in texts)


def order(number: int = 100_001, **changes: Any) -> Order:
    made = Order(
        id=OrderId(number),
        account_id=ACCOUNT,
        placed_by=APIKeyId(1001),
        product_key=ProductKey("ssl123"),
        status=OrderStatus.PENDING,
        names=names("www.example.com"),
        term_years=1,
        certificate_id=CertificateId(next(_certificate_numbers)),
        created_at=NOON,
        expires_at=NOON + timedelta(days=365),
        status_changed_at=NOON,
        status_reason="Waits",
        random_value="r" * 32,
    )
    return replace(made, **changes)


def summary(of: Order) -> OrderSummary:
    """What a list shows of an order."""
    return OrderSummary(
        id=of.id,
        certificate_id=of.certificate_id,
        common_name=of.common_name.name,
        status=of.status,
        product_key=of.product_key,
        term_years=of.term_years,
        created_at=of.created_at,
        expires_at=of.expires_at,
        email=of.details.email,
        company=of.details.company,
    )


def certificate(of: Order, **changes: Any) -> Certificate:
    made = Certificate(
        id=of.certificate_id,
        account_id=of.account_id,
        order_id=of.id,
        status=CertificateStatus.PENDING,
        csr=b"csr",
        key_hash=b"k" * 32,
        created_at=of.created_at,
        names=of.names,
    )
    return replace(made, **changes)


def authorities(first: int = 1) -> list[AuthorityRecord]:
    root = AuthorityRecord(
        id=AuthorityId(first),
        name="Root",
        issuer_id=None,
        certificate=b"\x30",
        encrypted_key=b"\0",
        created_at=NOON,
    )
    return [root, replace(root, id=AuthorityId(first + 1), name="Issuing", issuer_id=root.id)]


def issued(of: Order, serial_number: str = "1A2B", **changes: Any) -> Certificate:
    made = certificate(
        of,
        status=CertificateStatus.ISSUED,
        der=b"der",
        authority_id=AuthorityId(2),
        serial_number=serial_number,
        sha1_thumbprint="AB" * 20,
        not_before=NOON,
        not_after=NOON + timedelta(days=90),
        issued_at=NOON,
    )
    return replace(made, **changes)


def validation(number: int = 1, **changes: Any) -> Validation:
    made = Validation(
        id=ValidationId(number),
        account_id=ACCOUNT,
        order_id=OrderId(100_001),
        domain="www.example.com",
        method=DCVMethod.DNS_TXT,
        status=ValidationStatus.PENDING,
        random_value="r" * 32,
        value_expires_at=NOON + RANDOM_VALUE_LIFETIME,
        created_at=NOON,
    )
    return replace(made, **changes)


def organization(number: int = 1, **changes: Any) -> Organization:
    made = Organization(
        id=OrganizationId(number),
        account_id=ACCOUNT,
        name="Example Sdn. Bhd.",
        address=ADDRESS,
        phone="+60.312345678",
        created_at=NOON,
    )
    return replace(made, **changes)


async def add_accounts(store: Store) -> None:
    """Store the two accounts of the tests."""
    async with store.writing() as work:
        await work.accounts.add(account(ACCOUNT))
        await work.accounts.add(account(OTHER_ACCOUNT))


async def add_order(store: Store, new: Order, its_certificate: Certificate | None = None) -> Order:
    """Store an order in any status with its certificate, and return it as stored."""
    start = new if new.status in STARTS else replace(new, status=OrderStatus.PENDING)
    applied = place(start, actor=KEY, reason=new.status_reason)
    kept = replace(applied.order, status=new.status, status_changed_at=new.status_changed_at)
    async with store.writing() as work:
        await work.orders.add(replace(applied, order=kept))
        await work.certificates.add(its_certificate or certificate(new))
    return kept
