"""Products of the catalogue: what can be ordered, under both vendors' names, with its limits and prices."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certwright.domain.identifier import Identifier
    from certwright.domain.ids import ProductKey


class ValidationLevel(StrEnum):
    """How much of the subject is validated (CA/Browser Forum policy OIDs 2.23.140.1.2.1, .2.2 and 1.1)."""

    DV = "dv"
    OV = "ov"
    EV = "ev"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price of a product for a year, in the catalogue's currency; names beyond the first are charged apart."""

    base: Decimal
    name: Decimal = Decimal(0)
    wildcard_name: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A thing that can be ordered.

    ``key`` is WebNIC's ``productKey`` and ours, ``name_id`` is DigiCert's. ``wildcard`` products take a wildcard
    common name and no other; ``allow_names`` and ``allow_wildcard_names`` say which further names fit, up to
    ``max_names`` in all. An order canceled within ``refund_days`` is refunded. It can be renewed from
    ``renewal_window_days`` before its end to 30 days behind it, and ``keep_remaining_days`` adds what is left of it to
    the new order. A certificate is revoked ``reissue_grace_days`` after its reissue, or kept (``None``). A ``retired``
    product is one that the operator has taken off the catalogue: its orders can be read, canceled and refunded, and
    nothing more is issued under them.
    """

    key: ProductKey
    name_id: str
    name: str
    provider: str
    validation_level: ValidationLevel
    price: Price
    private: bool = False
    wildcard: bool = False
    allow_names: bool = False
    allow_wildcard_names: bool = False
    max_names: int = 1
    max_term_years: int = 3
    methods: tuple[DCVMethod, ...] = ()
    free_www: bool = True
    refund_days: int = 30
    renewal_window_days: int = 90
    keep_remaining_days: bool = True
    reissue_grace_days: int | None = None
    retired: bool = False

    def check_names(self, names: Sequence[Identifier]) -> None:
        """Refuse names that the product does not take; the common name stands first.

        Raises:
            InvalidInput: with one fault per name that does not fit.
        """
        common_name, *others = names
        if self.wildcard and not common_name.is_wildcard:
            raise InvalidInput.for_field(
                "common_name", f"{self.name} needs a wildcard common name such as *.example.com"
            )
        if common_name.is_wildcard and not (self.wildcard or self.allow_wildcard_names):
            raise InvalidInput.for_field("common_name", f"{self.name} does not take a wildcard common name")
        charged = self.charged_names(names)
        for index, name in enumerate(others):
            if name in charged and not self._takes(name):
                kind = "wildcard names" if name.is_wildcard else "additional names"
                raise InvalidInput.for_field(
                    f"names[{index + 1}]", f"{self.name} does not take {kind} such as {name}"
                )
        if 1 + len(charged) > self.max_names:
            raise InvalidInput.for_field("names", f"{self.name} takes at most {self.max_names} names")

    def charged_names(self, names: Sequence[Identifier]) -> tuple[Identifier, ...]:
        """List the names that are charged for beside the common name, which stands first."""
        common_name, *others = names
        return tuple(name for name in others if not self._is_included(common_name, name))

    def price_of(self, *, term_years: int, names: int = 0, wildcard_names: int = 0) -> PriceBreakdown:
        """Price an order of so many names beside the common name."""
        years = Decimal(term_years)
        return PriceBreakdown(
            base=self.price.base * years,
            names=self.price.name * names * years,
            wildcard_names=self.price.wildcard_name * wildcard_names * years,
        )

    def method_for(self, name: Identifier) -> DCVMethod:
        """Return the first of the product's methods that can prove a name."""
        usable = (method for method in self.methods if method.reaches_subdomains or not name.is_wildcard)
        return next(usable, DCVMethod.DNS_TXT)

    def _takes(self, name: Identifier) -> bool:
        return self.allow_wildcard_names if name.is_wildcard else self.allow_names

    def _is_included(self, common_name: Identifier, name: Identifier) -> bool:
        """Whether a name comes free with the common name: its www twin, or a wildcard's own base."""
        if common_name.is_wildcard:
            return name.name == common_name.fqdn
        pair = {common_name.name.removeprefix("www."), "www." + common_name.name.removeprefix("www.")}
        return self.free_www and name.name in pair


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBreakdown:
    """What an order costs, part by part."""

    base: Decimal
    names: Decimal
    wildcard_names: Decimal

    @property
    def total(self) -> Decimal:
        """The sum of the parts."""
        return self.base + self.names + self.wildcard_names


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Catalogue:
    """All products, found by either vendor's name, and the currency of their prices; equal to itself alone."""

    currency: str
    products: tuple[Product, ...]
    _by_key: dict[str, Product] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Order the products by key; of two with the same, the first is meant."""
        object.__setattr__(self, "_by_key", {product.key: product for product in reversed(self.products)})

    def get(self, key: str) -> Product:
        """Return the product with our key, which is WebNIC's ``productKey``.

        Raises:
            NotFound: the catalogue has no such product.
        """
        return self._found(self._by_key.get(key))

    def get_ordered(self, key: ProductKey) -> Product:
        """Return the product of an order: the catalogue's, or a retired stand-in of which only the key is known."""
        return self._by_key.get(key) or Product(
            key=key,
            name_id=key,
            name=key,
            provider="",
            validation_level=ValidationLevel.DV,
            price=Price(base=Decimal(0)),
            retired=True,
        )

    def get_by_name_id(self, name_id: str) -> Product:
        """Return the product with DigiCert's ``name_id``.

        Raises:
            NotFound: the catalogue has no such product.
        """
        return self._found(next((each for each in self.products if each.name_id == name_id), None))

    def get_by_any_name(self, name: str) -> Product:
        """Return the product with this key, or else with this ``name_id``.

        Raises:
            NotFound: the catalogue has no such product.
        """
        return self._by_key.get(name) or self.get_by_name_id(name)

    @staticmethod
    def _found(product: Product | None) -> Product:
        if product is None:
            raise NotFound("product")
        return product
