"""Who may do what: the areas of an account, and two tables that open them by role and close them by restriction.

A request needs both to agree. Deciding requests is more than writing orders: it takes one of ``account.APPROVERS``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from certwright.domain.account import KeyRestriction, Role

if TYPE_CHECKING:
    from certwright.domain.account import APIKey


class Area(StrEnum):
    """What belongs together in an account."""

    ORDERS = "orders"  # with their certificates and requests
    DOMAINS = "domains"
    ORGANIZATIONS = "organizations"
    USERS = "users"
    FINANCE = "finance"
    SETTINGS = "settings"  # the account's own: custom fields, containers, webhooks
    PRODUCTS = "products"
    SUBSCRIPTIONS = "webhooks"  # those of our own API, which tell of every order of the account


_ALL = frozenset(Area)
_ORDERING = frozenset({Area.ORDERS, Area.DOMAINS, Area.ORGANIZATIONS, Area.SETTINGS, Area.PRODUCTS})

READABLE: dict[Role, frozenset[Area]] = {
    Role.ADMINISTRATOR: _ALL,
    Role.MANAGER: _ALL - {Area.FINANCE, Area.SUBSCRIPTIONS},
    Role.FINANCE: _ALL - {Area.SUBSCRIPTIONS},
    Role.STANDARD: _ORDERING,
    Role.LIMITED: _ORDERING,
}
"""What each role may read."""

WRITABLE: dict[Role, frozenset[Area]] = {
    Role.ADMINISTRATOR: _ALL,
    Role.MANAGER: frozenset({Area.ORDERS, Area.DOMAINS, Area.ORGANIZATIONS, Area.USERS}),
    Role.FINANCE: frozenset({Area.FINANCE}),
    Role.STANDARD: frozenset({Area.ORDERS, Area.DOMAINS}),
    Role.LIMITED: frozenset({Area.ORDERS}),
}
"""What each role may change."""

OPEN: dict[KeyRestriction, frozenset[Area]] = {
    KeyRestriction.NONE: _ALL,
    KeyRestriction.ORDERS: frozenset({Area.ORDERS, Area.PRODUCTS}),
    KeyRestriction.ORDERS_DOMAINS_ORGANIZATIONS: frozenset(
        {Area.ORDERS, Area.PRODUCTS, Area.DOMAINS, Area.ORGANIZATIONS}
    ),
    KeyRestriction.VIEW_ONLY: _ALL,
    KeyRestriction.USERS: frozenset({Area.USERS}),
}
"""What each restriction leaves open."""


def may(key: APIKey, area: Area, *, write: bool) -> bool:
    """Whether a key may read, or change, what is in an area."""
    if write and key.restriction is KeyRestriction.VIEW_ONLY:
        return False
    by_role = WRITABLE if write else READABLE
    return area in by_role[key.role] and area in OPEN[key.restriction]
