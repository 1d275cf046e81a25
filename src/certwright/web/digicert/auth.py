"""Who is asking, by the API key in ``X-DC-DEVKEY``, and whether the key may do it, by its role and restriction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.account import Secret
from certwright.domain.errors import PermissionDenied, Unauthenticated
from certwright.domain.permission import Area, may

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.services.accounts import Accounts

_HEADER = "X-DC-DEVKEY"

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


async def authenticate(request: Request, accounts: Accounts) -> Caller:
    """Tell whose key the request carries.

    Raises:
        Unauthenticated: it carries none, or a key that is not good.
    """
    key = request.headers.get(_HEADER, "").strip()
    if not key:
        raise Unauthenticated("The request carries no API key")
    return await accounts.authenticate_key(Secret(key))


def area_of(path: str) -> Area:
    """Return the area that an operation belongs to; ``path`` has no prefix."""
    return AREAS.get(path.split("/")[1], Area.SETTINGS)


def check_may(caller: Caller, method: str, path: str) -> None:
    """Refuse a call that the key's role or restriction does not allow; ``path`` has no prefix.

    Raises:
        PermissionDenied: it does not.
    """
    if path == OPEN_TO_ALL:
        return
    area = area_of(path)
    if not may(caller.key, area, write=method not in {"GET", "HEAD"}):
        raise PermissionDenied(f"The key may not do this to {area.value}")
