"""Who is asking: the API key in ``X-DC-DEVKEY``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.account import Secret
from certwright.domain.errors import Unauthenticated

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.services.accounts import Accounts

_HEADER = "X-DC-DEVKEY"


async def authenticate(request: Request, accounts: Accounts) -> Caller:
    """Tell whose key the request carries.

    Raises:
        Unauthenticated: it carries none, or a key that is not good.
    """
    key = request.headers.get(_HEADER, "").strip()
    if not key:
        raise Unauthenticated("The request carries no API key")
    return await accounts.authenticate_key(Secret(key))
