"""Who is asking, by ``Authorization: Bearer …``, and whether the key may do it, by its role and restriction.

The bearer is the secret of an API key (the one that DigiCert's clients send in ``X-DC-DEVKEY``), or an access token that
a WebNIC user got. Both stand for a key, and the key for what may be done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import PermissionDenied, Unauthenticated
from certwright.domain.permission import may
from certwright.web.shared.credentials import bearer

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.domain.permission import Area
    from certwright.services.accounts import Accounts


async def authenticate(accounts: Accounts, request: Request) -> Caller:
    """Tell whose key the request carries.

    Raises:
        Unauthenticated: it carries none.
        TokenExpired: it is not, or no longer, good.
    """
    secret = bearer(request)
    if secret is None:
        raise Unauthenticated("The request carries no bearer credential")
    return await accounts.authenticate_bearer(secret)


def check_may(caller: Caller, area: Area, *, write: bool) -> None:
    """Refuse what the key's role or restriction does not allow.

    Raises:
        PermissionDenied: it does not.
    """
    if not may(caller.key, area, write=write):
        raise PermissionDenied(f"The key may not {'change' if write else 'read'} {area.value}")
