"""Webhooks in the store: one to an account, and their events numbered, due in order, kept for a while."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.errors import Conflict, NotFound, StaleRecord
from certwright.domain.ids import CertificateId, DomainId, OrderId, OrganizationId, WebhookId
from certwright.domain.webhook import DeliveryStatus, EventKind, Subject, Webhook, WebhookStatus
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.store.unit_of_work import SQLStore
    from tests.support.stores import OpenStore

MINUTE = timedelta(minutes=1)
HOOK = WebhookId(1)
SUBJECT = Subject(order_id=OrderId(1), certificate_id=CertificateId(2))


def webhook(number: int = 1, **changes: Any) -> Webhook:
    made = Webhook(
        id=WebhookId(number),
        account_id=ACCOUNT,
        endpoint="https://hooks.example.com/",
        events=frozenset({EventKind.CERTIFICATE_ISSUED, EventKind.DOMAIN_EXPIRED}),
        status=WebhookStatus.PENDING,
        created_at=NOON,
    )
    return replace(made, **changes)


async def add(store: SQLStore, *new: Webhook) -> None:
    await add_accounts(store)
    async with store.writing() as work:
        for one in new:
            await work.webhooks.add(one)


async def test_webhook_comes_back_as_it_was_stored_and_changed(store: SQLStore) -> None:
    full = webhook(sends_chain=True, sealed_secret=b"sealed", challenge_hash=b"h", challenge_ends_at=NOON)
    await add(store, full)
    changed = replace(
        full, endpoint="https://other.example.com/", status=WebhookStatus.ACTIVE, challenge_hash=None
    )
    async with store.writing() as work:
        assert await work.webhooks.get(ACCOUNT, HOOK) == full
        await work.webhooks.save(changed)
    async with store.reading() as work:
        assert await work.webhooks.find_of_account(ACCOUNT) == replace(changed, version=1)
        assert await work.webhooks.find_of_account(OTHER_ACCOUNT) is None
        with pytest.raises(NotFound, match=r"^Webhook not found$"):
            await work.webhooks.get(OTHER_ACCOUNT, HOOK)
    with pytest.raises(StaleRecord):
        async with store.writing() as work:
            await work.webhooks.save(full)


async def test_account_has_one(store: SQLStore) -> None:
    await add(store, webhook(), webhook(2, account_id=OTHER_ACCOUNT))
    with pytest.raises(Conflict):
        async with store.writing() as work:
            await work.webhooks.add(webhook(3))


async def test_events_are_numbered_and_due_in_order(store: SQLStore) -> None:
    await add(store, webhook())
    about = Subject(organization_id=OrganizationId(3), domain_id=DomainId(4))
    async with store.writing() as work:
        first = await work.webhooks.add_event(HOOK, EventKind.CERTIFICATE_ISSUED, SUBJECT, at=NOON)
        second = await work.webhooks.add_event(HOOK, EventKind.DOMAIN_EXPIRED, about, at=NOON + MINUTE)
    assert (first.sequence, second.sequence) == (1, 2)
    async with store.writing() as work:
        assert await work.webhooks.list_due(HOOK, NOON, 10) == [first]
        assert await work.webhooks.list_due(HOOK, NOON + MINUTE, 10) == [first, second]
        assert await work.webhooks.list_due(HOOK, NOON + MINUTE, 1) == [first]
        assert await work.webhooks.find_next_run(HOOK) == NOON
        sent = replace(
            first,
            status=DeliveryStatus.DELIVERED,
            tries=1,
            sent_at=NOON,
            answered_at=NOON + MINUTE,
            response_code=204,
        )
        await work.webhooks.save_event(sent)
    async with store.reading() as work:
        assert await work.webhooks.list_events(HOOK) == [second, sent]
        assert await work.webhooks.list_due(HOOK, NOON + MINUTE, 10) == [second]
        assert await work.webhooks.find_next_run(HOOK) == NOON + MINUTE
    async with store.writing() as work:
        await work.webhooks.purge_events(NOON + MINUTE)
        assert await work.webhooks.list_events(HOOK) == [second]


async def test_events_of_many_at_once_are_numbered_without_gaps(opened: OpenStore) -> None:
    await add(opened.store, webhook())
    stores = [opened.store, await opened.another()]

    async def announce(number: int) -> None:
        while True:
            try:
                async with stores[number % 2].writing() as work:
                    await work.webhooks.add_event(HOOK, EventKind.CERTIFICATE_ISSUED, SUBJECT, at=NOON)
            except StaleRecord:
                continue
            return

    await asyncio.gather(*(announce(number) for number in range(8)))
    async with opened.store.reading() as work:
        assert [event.sequence for event in await work.webhooks.list_events(HOOK)] == [*range(8, 0, -1)]
