"""Webhooks: what is accepted, that secrets are sealed, and that delivery is tests/wire/digicert/test_webhooks.py's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.account import Secret
from certwright.domain.errors import Conflict, InvalidInput, NotFound
from certwright.domain.ids import WebhookId
from certwright.domain.webhook import EventKind, WebhookStatus
from certwright.services.webhooks import WebhookWishes

if TYPE_CHECKING:
    from tests.support.server import Server

SECRET = "correct-horse-battery-staple-0123456789"
WISHES: dict[str, Any] = {"endpoint": "https://hooks.example.com/", "secret": Secret(SECRET)}


async def test_secret_is_nowhere_in_the_database_and_comes_back(server: Server) -> None:
    webhooks, caller = server.program.use.webhooks, await server.caller()
    made = await webhooks.create(caller, WebhookWishes(**WISHES))
    assert made.sealed_secret is not None
    assert SECRET.encode() not in made.sealed_secret
    view = await webhooks.find(caller)
    assert view is not None
    assert view.secret is not None
    assert view.secret.reveal() == SECRET
    assert SECRET not in repr(view)


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": None},
        {"endpoint": "http://hooks.example.com/"},
        {"secret": Secret("s" * 31)},
        {"secret": Secret("s" * 513)},
        {"secret": Secret("s" * 32 + "\r\nX-Other: 1")},
        {"secret": Secret("ß" * 32)},
        {"events": frozenset({EventKind.TEST})},
    ],
)
async def test_refused(server: Server, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        await server.program.use.webhooks.create(
            await server.caller(), WebhookWishes(**{**WISHES, **changes})
        )


async def test_update_leaves_what_is_not_named(server: Server) -> None:
    webhooks, caller = server.program.use.webhooks, await server.caller()
    made = await webhooks.create(caller, WebhookWishes(**WISHES))
    with pytest.raises(Conflict):
        await webhooks.create(caller, WebhookWishes(**WISHES))
    changed = await webhooks.update(
        caller, made.id, WebhookWishes(events=frozenset({EventKind.ORDER_REJECTED}), sends_chain=True)
    )
    assert (changed.endpoint, changed.sealed_secret) == (made.endpoint, made.sealed_secret)
    assert changed.events == {EventKind.ORDER_REJECTED}
    assert changed.sends_chain
    assert changed.status is WebhookStatus.PENDING


async def test_unverified_webhook_is_not_activated(server: Server) -> None:
    webhooks, caller = server.program.use.webhooks, await server.caller()
    made = await webhooks.create(caller, WebhookWishes(**WISHES))
    with pytest.raises(Conflict):
        await webhooks.set_active(caller, made.id, active=True)
    with pytest.raises(InvalidInput):
        await webhooks.check_challenge(caller, made.id, Secret(""))


async def test_log_of_no_webhook(server: Server) -> None:
    webhooks, caller = server.program.use.webhooks, await server.caller()
    with pytest.raises(NotFound):
        await webhooks.list_events(caller)
    await webhooks.create(caller, WebhookWishes(**WISHES))
    assert await webhooks.list_events(caller) == []
    with pytest.raises(NotFound):
        await webhooks.list_events(caller, WebhookId(9))


async def test_delivery_to_a_webhook_that_is_gone_or_off_ends(server: Server) -> None:
    webhooks = server.program.use.webhooks
    assert await webhooks.deliver(WebhookId(9)) is None
    made = await webhooks.create(await server.caller(), WebhookWishes(**WISHES))
    assert await webhooks.deliver(made.id) is None
