"""Who is asking: a user name and password for a bearer token, the token for everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.account import Secret
from certwright.domain.errors import Unauthenticated
from certwright.web.shared.credentials import bearer

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import AccessToken, Caller
    from certwright.services.accounts import Accounts


class LoginRefused(Unauthenticated):
    """The user name or password of a token request is wrong; told otherwise than a token that is."""


async def log_in(accounts: Accounts, username: str, password: str) -> AccessToken:
    """Hand out a bearer token.

    Raises:
        LoginRefused: the user name or the password is wrong, or the user has been shut out.
    """
    try:
        return await accounts.log_in(username, Secret(password))
    except Unauthenticated as cause:
        raise LoginRefused(cause.message) from cause


async def authenticate(accounts: Accounts, request: Request) -> Caller:
    """Tell who holds the request's bearer token.

    Raises:
        Unauthenticated: there is none.
        TokenExpired: it is not, or no longer, good.
    """
    token = bearer(request)
    if token is None:
        raise Unauthenticated("Unauthorized: the request carries no bearer token")
    return await accounts.authenticate_token(token)
