"""States from which golden pairs start; ids are those of a fresh server: the first order is 100001."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.account import KeyKind, KeyRestriction, Role
from certwright.domain.subscription import MOST_PER_ACCOUNT, Attempt
from certwright.domain.subscription import AttemptOutcome as A
from certwright.services.ports import Answer
from tests.support.orders import issue, place
from tests.support.subscriptions import log_changes, subscribe_unreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from certwright.domain.account import Secret
    from certwright.services.ports import Notice
    from tests.support.server import Server


async def nothing(_server: Server) -> None:
    """Begin with empty accounts."""


async def orders(server: Server) -> None:
    """Issue a certificate for two names, and place an order that waits."""
    await issue(server, "shop.example.com", "www.example.com")
    await place(server, "mail.example.com")


async def key_for_users(server: Server) -> None:
    """Ask with a key that has nothing to do with orders."""
    new = await server.program.use.accounts.create_key(
        server.account.account.id,
        KeyKind.DIGICERT,
        "users",
        Role.ADMINISTRATOR,
        restriction=KeyRestriction.USERS,
    )
    server.account = replace(server.account, digicert=new)


async def host(server: Server) -> None:
    """Let hooks.example.com lead to a public address."""
    server.dns.publish("hooks.example.com", "A", "93.184.216.34")


async def webhook(server: Server) -> None:
    """Make a webhook."""
    await subscribe_unreachable(server, "hooks.example.com")


async def webhook_that_answers(server: Server) -> None:
    """Make a webhook whose endpoint takes 38 ms to say 204."""
    await webhook(server)
    server.program.use.subscriptions._sender = PromptEndpoint()


async def webhook_with_history(server: Server) -> None:
    """Make a webhook that was sent a change, at the third attempt, and a test."""
    made = await subscribe_unreachable(server, "hooks.example.com")
    found = made.subscription
    await log_changes(server, 1)
    outcomes = (A.FAILED, A.FAILED, A.DELIVERED)
    tried = [
        Attempt(
            number=number,
            sequence=1,
            try_number=number,
            outcome=outcome,
            status_code=204 if outcome is A.DELIVERED else None,
            error=""
            if outcome is A.DELIVERED
            else "The endpoint at hooks.example.com did not answer (TimeoutError)",
            duration=timedelta(milliseconds=38),
            attempted_at=server.clock.now(),
        )
        for number, outcome in enumerate(outcomes, start=1)
    ]
    tried.append(replace(tried[2], number=4, sequence=None, try_number=1))
    async with server.program.store.writing() as work:
        await work.attempts.add(found.id, tried)
        await work.subscriptions.save(replace(found, position=1, turn=1, last_attempt=4))


async def ten_webhooks(server: Server) -> None:
    """Make as many webhooks as an account may have."""
    for _ in range(MOST_PER_ACCOUNT):
        await subscribe_unreachable(server, "hooks.example.com")
    await host(server)


async def key_of_a_manager(server: Server) -> None:
    """Ask with a key that may do everything but what only administrators may."""
    new = await server.program.use.accounts.create_key(
        server.account.account.id, KeyKind.DIGICERT, "manager", Role.MANAGER
    )
    await webhook(server)
    server.account = replace(server.account, digicert=new)


class PromptEndpoint:
    """A way to an endpoint that answers 204 after 38 ms, by the book."""

    async def check_url(self, url: str) -> None:
        """Take every URL."""

    async def send(self, url: str, notice: Notice, *, secrets: Sequence[Secret], at: datetime) -> Answer:
        return Answer(status_code=204, error="", duration=timedelta(milliseconds=38))


GIVEN: dict[str, Callable[[Server], Awaitable[None]]] = {
    "nothing": nothing,
    "orders": orders,
    "a key for users": key_for_users,
    "a host for webhooks": host,
    "a webhook": webhook,
    "a webhook that answers": webhook_that_answers,
    "a webhook with a history": webhook_with_history,
    "ten webhooks": ten_webhooks,
    "a webhook and the key of a manager": key_of_a_manager,
}
