"""Proofs of control as they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from certwright.domain.dcv import DCVMethod
from certwright.domain.identifier import parse_identifier
from certwright.web.digicert.schemas.answers import DCVCheck, NameStatus, RandomValue
from certwright.web.digicert.translate.dates import tell_instant
from certwright.web.digicert.translate.words import STATUS_WORDS

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from certwright.domain.dcv import Validation
    from certwright.domain.identifier import Identifier
    from certwright.domain.order import Order
    from certwright.services.order_view import OrderView
    from certwright.web.digicert.schemas.bodies import CheckDCV

VALID = "valid"
_PENDING = "pending"
_APPROVED = "approved"


def names_to_check(body: CheckDCV) -> frozenset[Identifier]:
    """Return the names that a client asks about; none means all.

    Raises:
        InvalidInput: one is no name.
    """
    entries = body.dns_name_validations or body.dns_names_validations or []
    return frozenset(
        parse_identifier(entry.dns_name, field="dns_name_validations") for entry in entries if entry.dns_name
    )


def dcv_check(view: OrderView, asked: AbstractSet[Identifier]) -> DCVCheck:
    """Tell where the proofs of an order stand; private names need none."""
    told = [
        (proof.name.identifier, proof.is_proved or view.product.private)
        for proof in view.proofs
        if not asked or proof.name.identifier in asked
    ]
    return DCVCheck(
        order_status=STATUS_WORDS[view.order.status],
        certificate_id=view.certificate.id,
        dcv_status=VALID if all(is_proved for _, is_proved in told) else _PENDING,
        dns_name_validations=[
            NameStatus(identifier.name, _APPROVED if is_proved else _PENDING)
            for identifier, is_proved in told
        ],
    )


def random_value(order: Order, validation: Validation | None, cname_target: str) -> RandomValue:
    """Tell what to publish; a value that nothing waits for any more has no end."""
    value = validation.random_value if validation else order.random_value
    return RandomValue(
        dcv_random_value=value,
        expiration_date=tell_instant(validation.value_expires_at) if validation else UNSET,
        verification_value=verification_value(order, value, cname_target),
    )


def verification_value(order: Order, value: str, cname_target: str) -> str | UnsetType:
    """Return what a CNAME has to point to, if that is how the order is proved."""
    return f"{value}.{cname_target}" if order.method is DCVMethod.DNS_CNAME else UNSET
