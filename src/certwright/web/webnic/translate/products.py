"""Products, their rules and prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.ledger import to_cents
from certwright.domain.product import ValidationLevel
from certwright.web.webnic.schemas.products import (
    Bundle,
    ListedProduct,
    PriceAnswer,
    PriceBreakdown,
    PricedProduct,
    ProductRules,
    ProductRulesAnswer,
)
from certwright.web.webnic.translate.faults import MISSING, invalid_parameter
from certwright.web.webnic.translate.proofs import method_word

if TYPE_CHECKING:
    from decimal import Decimal

    from certwright.domain.product import Product

_LARGEST_COUNT = 250
_DIGITS = 3


def listed_product(product: Product) -> ListedProduct:
    """Write a product for the list."""
    takes_names = product.allow_names or product.allow_wildcard_names
    return ListedProduct(
        product_key=product.key,
        product_name=product.name,
        provider=product.provider,
        validation_type=_level_word(product),
        wildcard=product.wildcard,
        allow_san=product.allow_names,
        allow_wsan=product.allow_wildcard_names,
        # A bundle that is not empty marks a multi-domain product; each further name has its price here.
        bundle=Bundle(san=0, w_san=0) if takes_names else Bundle(),
        max_san=_most_names(product),
        terms=_terms(product),
        auth_types=_methods(product),
    )


def priced_product(product: Product) -> PricedProduct:
    """Write a product for the old list."""
    return PricedProduct(
        product_key=product.key,
        product_name=product.name,
        provider=product.provider,
        price=_number(product.price.base),
        wildcard=product.wildcard,
        allow_san=product.allow_names,
        allow_wsan=product.allow_wildcard_names,
        cert_type=_level_word(product),
    )


def product_rules(product: Product) -> ProductRulesAnswer:
    """Write what an order of a product may ask for."""
    return ProductRulesAnswer(
        product_key=product.key,
        rules=ProductRules(
            terms=_terms(product),
            min_san=0,
            max_san=_most_names(product),
            wildcard=product.wildcard,
            allow_san=product.allow_names,
            allow_wsan=product.allow_wildcard_names,
            auth_types=_methods(product),
            require_organization=product.validation_level is not ValidationLevel.DV,
            refund_days=product.refund_days,
            renewal_days_before_expiry=product.renewal_window_days,
            keep_remaining_days=product.keep_remaining_days,
            revoke_days_after_reissue=product.reissue_grace_days,
        ),
    )


def parse_count(name: str, text: str | None, usual: int | None = None) -> int:
    """Read a small number from a query string.

    Raises:
        InvalidParameters: it is no such number, or is missing and has no usual value.
    """
    if not text:
        if usual is None:
            raise invalid_parameter(name, MISSING)
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) <= _LARGEST_COUNT):
        raise invalid_parameter(name, f"must be a number from 0 to {_LARGEST_COUNT}")
    return int(text)


def price_answer(
    product: Product, currency: str, *, term: int, names: int, wildcard_names: int
) -> PriceAnswer:
    """Price an order of a term in years and so many further names.

    Raises:
        InvalidParameters: the product can't be ordered so.
    """
    if not 1 <= term <= product.max_term_years:
        raise invalid_parameter("term", f"must be one of {', '.join(_terms(product))}")
    if names and not product.allow_names:
        raise invalid_parameter("commonSAN", f"{product.name} does not take additional names")
    if wildcard_names and not product.allow_wildcard_names:
        raise invalid_parameter("wildcardSAN", f"{product.name} does not take wildcard names")
    if names + wildcard_names > _most_names(product):
        raise invalid_parameter("commonSAN", f"{product.name} takes at most {product.max_names} names")
    price = product.price_of(term_years=term, names=names, wildcard_names=wildcard_names)
    return PriceAnswer(
        price=_number(price.total),
        currency=currency,
        term=term,
        term_type="year",
        price_breakdown=PriceBreakdown(
            base_cert_price=_number(price.base),
            common_san_price=_number(price.names),
            wildcard_san_price=_number(price.wildcard_names),
        ),
    )


def _number(amount: Decimal) -> float:
    """Turn money into the number that JSON shows with the same digits."""
    return to_cents(amount) / 100


def _level_word(product: Product) -> str:
    return product.validation_level.value.upper()


def _most_names(product: Product) -> int:
    return product.max_names - 1 if product.allow_names or product.allow_wildcard_names else 0


def _terms(product: Product) -> list[str]:
    return [str(years) for years in range(1, product.max_term_years + 1)]


def _methods(product: Product) -> list[str]:
    return list(dict.fromkeys(method_word(method) for method in product.methods))
