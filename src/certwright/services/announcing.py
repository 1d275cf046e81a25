"""Telling an account's webhook of an event, in the transaction of the change that the event is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.services.ports import JobKind

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.ids import AccountId
    from certwright.domain.webhook import EventKind, Subject
    from certwright.services.ports import UnitOfWork


async def announce(
    work: UnitOfWork, account_id: AccountId, kind: EventKind, *subjects: Subject, at: datetime
) -> None:
    """Have the account's webhook told of events of a kind, if it has one that wants to hear of them."""
    webhook = await work.webhooks.find_of_account(account_id)
    if webhook is not None and webhook.wants(kind):
        for subject in subjects:
            await work.webhooks.add_event(webhook.id, kind, subject, at=at)
        await work.jobs.enqueue(JobKind.DELIVER_EVENTS, webhook.id, at)
