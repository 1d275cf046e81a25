"""Generate Token and Get Account Balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.ledger import to_amount
from certwright.web.shared import openapi
from certwright.web.webnic.auth import log_in
from certwright.web.webnic.routes import examples
from certwright.web.webnic.routes.endpoint import REFUSALS, operation, read_json, summary_of
from certwright.web.webnic.schemas.account import Amount, BalanceAnswer, TokenAnswer, TokenRequest
from certwright.web.webnic.schemas.envelope import Success

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases


async def generate_token(use: UseCases, request: Request) -> TokenAnswer:
    """Hand out a bearer token for an hour."""
    body = await read_json(request, TokenRequest)
    token = await log_in(use.accounts, body.username, body.password)
    lifetime = token.expires_at - use.clock.now()
    return TokenAnswer(access_token=token.secret.reveal(), expires_in=int(lifetime.total_seconds()))


async def get_balance(use: UseCases, caller: Caller, _request: Request) -> BalanceAnswer:
    """Show what the account has."""
    balance = await use.billing.balance(caller.account_id)
    amount = float(to_amount(balance.cents))
    return BalanceAnswer(balance=[Amount(amount=amount, currency=use.catalogue.currency)])


TOKEN = openapi.Operation(
    method="POST",
    path="/reseller/v2/api-user/token",
    name="generateToken",
    tag="Utility",
    summary=summary_of(generate_token),
    body=TokenRequest,
    body_example=examples.TOKEN_REQUEST,
    answer=Success[TokenAnswer],
    answer_example=Success(data=examples.TOKEN),
    errors={
        400: REFUSALS[400],
        413: "The body is larger than 1 MiB.",
        500: "The user name or password is wrong, or a fault of the server.",
        503: REFUSALS[503],
    },
    public=True,
)
"""The one operation that asks for no token."""

OPERATIONS = (
    operation(
        get_balance,
        "GET",
        "/reseller/v2/balance",
        "Utility",
        answer=BalanceAnswer,
        answer_example=examples.BALANCE,
    ),
)
