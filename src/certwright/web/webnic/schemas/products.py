"""Products: lists, rules and prices. Prices are numbers with at most two places, exact to the cent."""

from __future__ import annotations

from msgspec import field

from certwright.web.webnic.schemas.wire import Wire


class Bundle(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The further names that the price of a multi-domain product includes; nothing at all for other products."""

    san: int | None = None
    w_san: int | None = None


class ListedProduct(Wire, frozen=True, kw_only=True):
    """A product in the list."""

    product_key: str
    product_name: str
    provider: str
    validation_type: str
    wildcard: bool
    allow_san: bool
    allow_wsan: bool
    bundle: Bundle
    max_san: int
    terms: list[str]
    auth_types: list[str]


class PricedProduct(Wire, frozen=True, kw_only=True):
    """A product in the old list, with its price for a year."""

    product_key: str
    product_name: str
    provider: str
    price: float
    wildcard: bool
    allow_san: bool
    allow_wsan: bool
    cert_type: str


class ProductRules(Wire, frozen=True, kw_only=True):
    """What an order of a product may ask for, and what may be done with it later."""

    terms: list[str]
    min_san: int
    max_san: int
    wildcard: bool
    allow_san: bool
    allow_wsan: bool
    auth_types: list[str]
    require_organization: bool
    refund_days: int
    renewal_days_before_expiry: int
    keep_remaining_days: bool
    revoke_days_after_reissue: int | None


class ProductRulesAnswer(Wire, frozen=True, kw_only=True):
    """A product's rules."""

    product_key: str
    rules: ProductRules


class PriceBreakdown(Wire, frozen=True, kw_only=True):
    """The parts of a price."""

    base_cert_price: float
    common_san_price: float = field(name="commonSANPrice")
    wildcard_san_price: float = field(name="wildcardSANPrice")


class PriceAnswer(Wire, frozen=True, kw_only=True):
    """What an order would cost."""

    price: float
    currency: str
    term: int
    term_type: str
    price_breakdown: PriceBreakdown
