"""Every status, method and reason has a word that clients know."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from certwright.domain.certificate import RevocationReason
from certwright.domain.dcv import DCVMethod
from certwright.domain.ids import ProductKey
from certwright.domain.product import Price, Product, ValidationLevel
from certwright.domain.status import OrderStatus
from certwright.web.digicert.translate.words import (
    LEVEL_NAMES,
    METHOD_WORDS,
    METHODS,
    REVOCATION_REASONS,
    STATUS_WORDS,
    product_type,
    statuses_of,
)

# What Keyfactor's plug-in knows; it throws at any other word.
KNOWN_STATUSES = {
    "approved",
    "canceled",
    "denied",
    "expired",
    "issued",
    "needs_approval",
    "needs_csr",
    "pending",
    "processing",
    "reissue_pending",
    "rejected",
    "revoked",
    "waiting_pickup",
}


def test_every_value_has_a_word() -> None:
    assert set(STATUS_WORDS) == set(OrderStatus)
    assert set(STATUS_WORDS.values()) <= KNOWN_STATUSES
    assert set(METHOD_WORDS) == set(DCVMethod) == set(METHODS.values())
    assert set(LEVEL_NAMES) == set(ValidationLevel)
    assert set(REVOCATION_REASONS.values()) <= set(RevocationReason)


@pytest.mark.parametrize(
    ("word", "statuses"),
    [
        ("pending", {OrderStatus.PENDING, OrderStatus.VALIDATING}),
        ("CANCELED", {OrderStatus.CANCELED, OrderStatus.REFUNDED}),
        ("issued", {OrderStatus.ISSUED, OrderStatus.EXPIRED}),
        ("expired", {OrderStatus.EXPIRED}),
        ("waiting_pickup", set()),
    ],
)
def test_a_filter_means_all_that_is_told_by_its_word(word: str, statuses: set[OrderStatus]) -> None:
    assert set(statuses_of(word)) == statuses


def test_products_are_told_in_groups() -> None:
    dv = Product(
        key=ProductKey("x"),
        name_id="x",
        name="X",
        provider="X",
        validation_level=ValidationLevel.DV,
        price=Price(base=Decimal(1)),
    )
    assert product_type(dv) == "dv_ssl_certificate"
    assert product_type(replace(dv, validation_level=ValidationLevel.EV)) == "ssl_certificate"
    assert product_type(replace(dv, private=True)) == "private_ssl_certificate"
