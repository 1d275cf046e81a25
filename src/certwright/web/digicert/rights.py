"""Which area of an account an operation belongs to, by the first word of its path, and whether a key may enter it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import PermissionDenied
from certwright.domain.permission import Area, may

if TYPE_CHECKING:
    from certwright.domain.account import Caller

OPEN_TO_ALL = "/user/me"
"""Says whose key it is, and nothing that its holder does not know."""

AREAS: dict[str, Area] = {
    "order": Area.ORDERS,
    "certificate": Area.ORDERS,
    "request": Area.ORDERS,
    "report": Area.ORDERS,
    "domain": Area.DOMAINS,
    "organization": Area.ORGANIZATIONS,
    "user": Area.USERS,
    "key": Area.USERS,
    "authorization": Area.USERS,
    "finance": Area.FINANCE,
    "product": Area.PRODUCTS,
    "account": Area.SETTINGS,
    "container": Area.SETTINGS,
    "webhook": Area.SETTINGS,
}
"""The area of each first word; a word that is not here is of the account's settings."""


def check_may(caller: Caller, method: str, path: str) -> None:
    """Refuse a call that the key's role or restriction does not allow; ``path`` has no prefix.

    Raises:
        PermissionDenied: it does not.
    """
    if path == OPEN_TO_ALL:
        return
    area = AREAS.get(path.split("/")[1], Area.SETTINGS)
    if not may(caller.key, area, write=method not in {"GET", "HEAD"}):
        raise PermissionDenied(f"The key may not do this to {area.value}")
