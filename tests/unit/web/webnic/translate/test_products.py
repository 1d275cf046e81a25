"""Products, their rules, and the arithmetic of the documented price."""

from __future__ import annotations

from decimal import Decimal

import pytest

from certwright.domain.dcv import DCVMethod
from certwright.domain.ids import ProductKey
from certwright.domain.product import Price, Product, ValidationLevel
from certwright.web.webnic.translate.faults import InvalidParameters
from certwright.web.webnic.translate.products import (
    listed_product,
    parse_count,
    price_answer,
    priced_product,
    product_rules,
)

MANY = Product(
    key=ProductKey("many"),
    name_id="many",
    name="Many",
    provider="Somebody",
    validation_level=ValidationLevel.OV,
    price=Price(base=Decimal("10.10"), name=Decimal("0.10"), wildcard_name=Decimal("19.99")),
    allow_names=True,
    allow_wildcard_names=True,
    max_names=5,
    max_term_years=2,
    methods=(DCVMethod.DNS_TXT, DCVMethod.DNS_CNAME, DCVMethod.EMAIL),
)
ONE = Product(
    key=ProductKey("one"),
    name_id="one",
    name="One",
    provider="Somebody",
    validation_level=ValidationLevel.DV,
    price=Price(base=Decimal(9)),
    wildcard=True,
    max_names=1,
)


def test_lists() -> None:
    many, one = listed_product(MANY), listed_product(ONE)
    assert (many.validation_type, many.max_san, many.terms) == ("OV", 4, ["1", "2"])
    assert many.auth_types == ["dns", "email"]
    assert (many.bundle.san, one.bundle.san) == (0, None)
    assert (one.wildcard, one.max_san) == (True, 0)
    assert (priced_product(MANY).price, priced_product(MANY).cert_type) == (10.1, "OV")


def test_rules() -> None:
    assert product_rules(MANY).rules.require_organization
    assert not product_rules(ONE).rules.require_organization


@pytest.mark.parametrize(
    ("term", "names", "wildcards", "parts"),
    [
        (1, 0, 0, (10.1, 0.0, 0.0)),
        (1, 3, 1, (10.1, 0.3, 19.99)),  # 3 * 0.1 is not 0.3 in binary numbers
        (2, 3, 1, (20.2, 0.6, 39.98)),
    ],
)
def test_price_is_exact(term: int, names: int, wildcards: int, parts: tuple[float, float, float]) -> None:
    answer = price_answer(MANY, "USD", term=term, names=names, wildcard_names=wildcards)
    breakdown = answer.price_breakdown
    shown = (breakdown.base_cert_price, breakdown.common_san_price, breakdown.wildcard_san_price)
    assert shown == parts
    assert Decimal(str(answer.price)) == sum(Decimal(str(part)) for part in parts)
    assert (answer.currency, answer.term, answer.term_type) == ("USD", term, "year")


@pytest.mark.parametrize(
    ("product", "term", "names", "wildcards", "field"),
    [
        (MANY, 0, 0, 0, "term"),
        (MANY, 3, 0, 0, "term"),
        (MANY, 1, 5, 0, "commonSAN"),
        (MANY, 1, 3, 2, "commonSAN"),
        (ONE, 1, 1, 0, "commonSAN"),
        (ONE, 1, 0, 1, "wildcardSAN"),
    ],
)
def test_what_can_not_be_ordered_has_no_price(
    product: Product, term: int, names: int, wildcards: int, field: str
) -> None:
    with pytest.raises(InvalidParameters) as refused:
        price_answer(product, "USD", term=term, names=names, wildcard_names=wildcards)
    assert refused.value.faults[0].field == field


def test_counts() -> None:
    assert parse_count("term", "12") == 12
    assert parse_count("commonSAN", None, usual=0) == 0
    for text in (None, "", "-1", "1.0", "x", "251", "٣", "9" * 5000):
        with pytest.raises(InvalidParameters):
            parse_count("term", text)
