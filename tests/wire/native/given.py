"""States from which golden pairs start; ids are those of a fresh server: the first order is 100001."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from certwright.domain.account import KeyKind, KeyRestriction, Role
from tests.support.orders import issue, place

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

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


GIVEN: dict[str, Callable[[Server], Awaitable[None]]] = {
    "nothing": nothing,
    "orders": orders,
    "a key for users": key_for_users,
}
