"""The product catalogue as an operator edits it: a TOML file, checked whole when it is read."""

from __future__ import annotations

import tomllib
from decimal import Decimal, InvalidOperation
from typing import Any

from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import InvalidInput
from certwright.domain.ids import ProductKey
from certwright.domain.ledger import to_amount, to_cents
from certwright.domain.product import Catalogue, Price, Product, ValidationLevel

_FIELDS = {
    "name_id",
    "name",
    "provider",
    "validation_level",
    "price",
    "price_name",
    "price_wildcard_name",
    "private",
    "wildcard",
    "allow_names",
    "allow_wildcard_names",
    "max_names",
    "max_term_years",
    "methods",
    "free_www",
    "refund_days",
    "renewal_window_days",
    "keep_remaining_days",
    "reissue_grace_days",
}
_METHODS = (DCVMethod.DNS_TXT, DCVMethod.DNS_CNAME, DCVMethod.WEBSITE, DCVMethod.EMAIL)
"""All methods; the first is what an order gets that names none."""

_AS_THEY_STAND = (
    "name",
    "private",
    "wildcard",
    "allow_names",
    "allow_wildcard_names",
    "max_names",
    "max_term_years",
    "free_www",
    "refund_days",
    "renewal_window_days",
    "keep_remaining_days",
    "reissue_grace_days",
)


def parse_catalogue(text: str) -> Catalogue:
    """Read a catalogue from TOML: ``currency`` and one ``[products.KEY]`` table per product.

    Raises:
        InvalidInput: naming the product and the field that is wrong.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise InvalidInput(f"The catalogue is not valid TOML: {cause}") from cause
    products = tuple(_product(key, table) for key, table in document.get("products", {}).items())
    if len({product.name_id for product in products}) != len(products):
        raise InvalidInput("Two products of the catalogue have the same name_id")
    return Catalogue(currency=str(document.get("currency", "USD")), products=products)


def _product(key: str, table: dict[str, Any]) -> Product:
    unknown = set(table) - _FIELDS
    if unknown:
        raise InvalidInput.for_field(f"products.{key}", f"Unknown field {min(unknown)} of product {key}")
    try:
        return Product(
            key=ProductKey(key),
            name_id=table.get("name_id", key.replace("-", "_")),
            provider=table.get("provider", "Certwright"),
            validation_level=ValidationLevel(table["validation_level"]),
            price=Price(
                base=_amount(table["price"]),
                name=_amount(table.get("price_name", 0)),
                wildcard_name=_amount(table.get("price_wildcard_name", 0)),
            ),
            methods=tuple(DCVMethod(word) for word in table.get("methods", _METHODS)),
            **{field: table[field] for field in _AS_THEY_STAND if field in table},
        )
    except (KeyError, ValueError, TypeError, InvalidOperation) as cause:
        raise InvalidInput.for_field(
            f"products.{key}", f"Product {key} of the catalogue is wrong: {cause}"
        ) from cause


def _amount(value: object) -> Decimal:
    amount = Decimal(str(value))
    if amount < 0 or amount != to_amount(to_cents(amount)):
        # What is shown is what is charged, and charged are whole cents.
        raise ValueError(f"{amount} is not an amount of money with at most two places")
    return amount
