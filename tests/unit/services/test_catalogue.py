"""The catalogue: the one that ships is whole, and a wrong one is refused by product and field."""

from __future__ import annotations

from decimal import Decimal
from importlib import resources

import pytest

from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import InvalidInput
from certwright.domain.product import ValidationLevel
from certwright.services.catalogue import parse_catalogue

SHIPPED = (resources.files("certwright") / "catalogue.toml").read_text(encoding="utf-8")
GOOD = '[products.a-b]\nname = "A"\nvalidation_level = "dv"\nprice = 9.9\n'


@pytest.mark.parametrize(
    "key",
    [
        "ssl123",
        "alphassl",
        "alphassl-wildcard",
        "sectigo-ssl",
        "positivessl",
        "positivessl-wildcard",
        "positivessl-multi-domain",
        "true-businessid",
        "true-businessid-ev",
    ],
)
def test_shipped_catalogue_has_webnics_products(key: str) -> None:
    product = parse_catalogue(SHIPPED).get(key)
    assert product.methods
    assert product.price.base > 0
    assert product.wildcard is ("wildcard" in key)


@pytest.mark.parametrize(
    "name_id",
    [
        "ssl_basic",
        "ssl_plus",
        "ssl_multi_domain",
        "ssl_wildcard",
        "ssl_ev_basic",
        "ssl_dv_geotrust",
        "ssl_dv_geotrust_flex",
        "ssl_dv_rapidssl",
        "wildcard_dv_rapidssl",
        "private_ssl_plus",
    ],
)
def test_shipped_catalogue_has_digicerts_products(name_id: str) -> None:
    product = parse_catalogue(SHIPPED).get_by_name_id(name_id)
    assert product.private is name_id.startswith("private")
    assert (product.validation_level is ValidationLevel.DV) is ("dv" in name_id)


def test_wildcard_products_offer_no_file_alone() -> None:
    for product in parse_catalogue(SHIPPED).products:
        if product.wildcard:
            assert set(product.methods) - {DCVMethod.WEBSITE}


def test_short_table_has_defaults() -> None:
    (product,) = parse_catalogue(GOOD).products
    assert (product.key, product.name_id, product.max_names) == ("a-b", "a_b", 1)
    assert product.price.base == Decimal("9.9")
    assert sorted(product.methods) == sorted(DCVMethod)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[products", "not valid TOML"),
        (GOOD + "colour = 1\n", "Unknown field colour of product a-b"),
        (GOOD.replace('"dv"', '"xv"'), "Product a-b"),
        (GOOD.replace("price = 9.9\n", ""), "Product a-b"),
        (GOOD.replace("9.9", '"much"'), "Product a-b"),
        (GOOD + 'methods = ["pigeon"]\n', "Product a-b"),
        (GOOD + GOOD.replace("a-b", "c") + 'name_id = "a_b"\n', "same name_id"),
    ],
)
def test_wrong_catalogue_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        parse_catalogue(text)
