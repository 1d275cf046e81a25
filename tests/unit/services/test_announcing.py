"""Events are stored in the transaction of the change they tell of, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import Conflict
from certwright.domain.ids import OrderId
from certwright.domain.webhook import EventKind, Subject, WebhookStatus
from certwright.services.announcing import announce
from certwright.services.webhooks import WebhookWishes

if TYPE_CHECKING:
    from certwright.domain.webhook import Webhook
    from tests.support.server import Server

ABOUT = Subject(order_id=OrderId(1))


async def _webhook(server: Server, status: WebhookStatus) -> Webhook:
    made = await server.program.use.webhooks.create(
        await server.caller(), WebhookWishes(endpoint="https://hooks.example.com/")
    )
    async with server.program.store.writing() as work:
        await work.webhooks.save(replace(made, status=status))
    return made


@pytest.mark.parametrize(
    ("status", "kind", "count"),
    [
        (WebhookStatus.ACTIVE, EventKind.CERTIFICATE_ISSUED, 1),
        (WebhookStatus.ACTIVE, EventKind.DOMAIN_VALIDATED, 0),
        (WebhookStatus.INACTIVE, EventKind.CERTIFICATE_ISSUED, 0),
        (WebhookStatus.PENDING, EventKind.CERTIFICATE_ISSUED, 0),
    ],
)
async def test_who_is_told(server: Server, status: WebhookStatus, kind: EventKind, count: int) -> None:
    made = await _webhook(server, status)
    async with server.program.store.writing() as work:
        await announce(work, made.account_id, kind, ABOUT, at=server.clock.now())
        await announce(work, server.other.account.id, kind, ABOUT, at=server.clock.now())
        assert len(await work.webhooks.list_events(made.id)) == count


async def test_nothing_is_told_of_what_did_not_happen(server: Server) -> None:
    made = await _webhook(server, WebhookStatus.ACTIVE)

    async def fail() -> None:
        async with server.program.store.writing() as work:
            await announce(work, made.account_id, EventKind.CERTIFICATE_ISSUED, ABOUT, at=server.clock.now())
            raise Conflict("It did not happen")

    with pytest.raises(Conflict):
        await fail()
    async with server.program.store.reading() as work:
        assert await work.webhooks.list_events(made.id) == []
