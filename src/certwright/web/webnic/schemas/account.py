"""Generate Token and Get Account Balance."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from certwright.web.webnic.schemas.wire import Wire, required


class TokenRequest(Wire, frozen=True, kw_only=True):
    """Who asks for a token."""

    username: Annotated[str, required(100, "api-1001")] = ""
    password: Annotated[str, required(200)] = ""


class TokenAnswer(Struct, frozen=True, kw_only=True):
    """A bearer token and its seconds to live; the one answer with snake_case keys."""

    access_token: str
    expires_in: int


class Amount(Wire, frozen=True, kw_only=True):
    """Money in a currency; with at most two places, so that the number is exact to the cent."""

    amount: float
    currency: str


class BalanceAnswer(Wire, frozen=True, kw_only=True):
    """What the account has, one entry per currency."""

    balance: list[Amount]
