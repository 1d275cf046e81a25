"""Domain names of a reseller's order book: few customers with many names, many with a few (Zipf), the usual hosts."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

_FIRST = (
    "north",
    "harbor",
    "alpine",
    "cedar",
    "silver",
    "prime",
    "urban",
    "golden",
    "coral",
    "summit",
    "lotus",
    "pacific",
    "river",
    "bright",
    "stone",
    "maple",
    "orchid",
    "delta",
    "zen",
    "nova",
    "arctic",
    "amber",
    "bamboo",
    "crystal",
    "falcon",
    "garden",
    "hill",
    "indigo",
    "jade",
    "kite",
)
_HOSTS = ("mail", "shop", "api", "portal", "vpn", "staging")
_SECOND = (
    "bakery",
    "logistics",
    "dental",
    "studio",
    "motors",
    "travel",
    "legal",
    "clinic",
    "foods",
    "media",
    "design",
    "hotel",
    "yoga",
    "energy",
    "labs",
    "supply",
    "academy",
    "systems",
    "finance",
    "realty",
    "fitness",
    "music",
    "press",
    "capital",
    "audio",
    "books",
    "cargo",
)
_ENDINGS = (
    "com",
    "com",
    "com",
    "com",
    "net",
    "org",
    "com.my",
    "sg",
    "co.uk",
    "de",
    "io",
    "com.au",
    "id",
    "co.th",
)

_ORDERS_PER_CUSTOMER = 25

NEEDLE = "needle-7f3a"
"""A label that three orders of a book carry."""


class Names:
    """Draws common names; the same seed gives the same names."""

    def __init__(self, orders: int, rng: random.Random) -> None:
        self._rng = rng
        customers = max(10, orders // _ORDERS_PER_CUSTOMER)
        self._customers = range(customers)
        self._weights = list(accumulate(1 / rank for rank in range(1, customers + 1)))

    def draw(self) -> str:
        """Draw a common name."""
        (customer,) = self._rng.choices(self._customers, cum_weights=self._weights)
        return common_name(customer_domain(customer), self._rng.random(), self._rng.randrange(10_000))


def common_name(domain: str, kind: float, host: int) -> str:
    """Return a name at or below a domain; ``kind``, from 0 to 1, says of what kind, ``host`` which of them."""
    if kind < 0.30:
        return domain
    if kind < 0.60:
        return f"www.{domain}"
    if kind < 0.65:
        return f"*.{domain}"
    if kind < 0.85:
        return f"{_HOSTS[host % len(_HOSTS)]}.{domain}"
    return f"host{host}.{domain}"


def customer_domain(customer: int) -> str:
    """Return the domain of a customer; customer 0 has the most orders."""
    number, first = divmod(customer, len(_FIRST))
    number, second = divmod(number, len(_SECOND))
    suffix = str(number) if number else ""
    return f"{_FIRST[first]}-{_SECOND[second]}{suffix}.{_ENDINGS[customer % len(_ENDINGS)]}"
