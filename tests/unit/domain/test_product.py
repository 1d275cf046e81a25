"""Products: which names they take, and what those cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from certwright.domain.errors import InvalidInput, NotFound
from certwright.domain.identifier import Identifier
from certwright.domain.ids import ProductKey
from certwright.domain.product import Catalogue, Price, Product, ValidationLevel


def product(**changes: Any) -> Product:
    values: dict[str, Any] = {
        "key": ProductKey("p"),
        "name_id": "p_id",
        "name": "Product",
        "provider": "Provider",
        "validation_level": ValidationLevel.DV,
        "price": Price(base=Decimal(10), name=Decimal(5), wildcard_name=Decimal(20)),
    }
    return Product(**{**values, **changes})


SINGLE: dict[str, Any] = {}
WILDCARD = {"wildcard": True}
MULTI = {"allow_names": True, "max_names": 3}
FLEX = {"allow_names": True, "allow_wildcard_names": True, "max_names": 3}


def check(kind: dict[str, Any], *names: str) -> None:
    product(**kind).check_names([Identifier(name) for name in names])


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (SINGLE, ["example.com"]),
        (SINGLE, ["example.com", "www.example.com"]),
        (SINGLE, ["www.example.com", "example.com"]),
        (WILDCARD, ["*.example.com", "example.com"]),
        (MULTI, ["a.example", "b.example", "c.example", "www.a.example"]),
        (FLEX, ["*.a.example", "a.example", "*.b.example", "b.example"]),
    ],
)
def test_names_that_fit(kind: dict[str, Any], names: list[str]) -> None:
    check(kind, *names)


@pytest.mark.parametrize(
    ("kind", "names", "field"),
    [
        (SINGLE, ["*.example.com"], "common_name"),
        (SINGLE, ["example.com", "other.example"], "names[1]"),
        (SINGLE, ["example.com", "*.example.com"], "names[1]"),
        ({"free_www": False}, ["example.com", "www.example.com"], "names[1]"),
        (WILDCARD, ["example.com"], "common_name"),
        (WILDCARD, ["*.example.com", "www.example.com"], "names[1]"),
        (MULTI, ["a.example", "b.example", "*.c.example"], "names[2]"),
        (MULTI, ["a.example", "b.example", "c.example", "d.example"], "names"),
    ],
)
def test_names_that_do_not_fit(kind: dict[str, Any], names: list[str], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(kind, *names)
    assert [fault.field for fault in refused.value.faults] == [field]


def test_www_twin_and_base_of_a_wildcard_cost_nothing() -> None:
    names = [Identifier(name) for name in ("www.a.example", "a.example", "b.example")]
    assert product(**MULTI).charged_names(names) == (Identifier("b.example"),)


def test_price_has_its_parts_for_every_year() -> None:
    price = product().price_of(term_years=2, names=3, wildcard_names=1)
    parts = [price.base, price.names, price.wildcard_names, price.total]
    assert parts == [Decimal(number) for number in (20, 30, 40, 90)]


def test_catalogue_finds_products_by_both_names() -> None:
    catalogue = Catalogue(currency="USD", products=(product(), product(key=ProductKey("q"), name_id="q_id")))
    assert catalogue.get("q").name_id == "q_id"
    assert catalogue.get_by_name_id("p_id").key == "p"
    for find, wrong in ((catalogue.get, "q_id"), (catalogue.get_by_name_id, "p")):
        with pytest.raises(NotFound, match="Product not found"):
            find(wrong)
