"""Subscriptions in the store: kept whole, guarded, woken by every change, with what they hold and their attempts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.errors import NotFound, StaleRecord
from certwright.domain.ids import OrderId, SubscriptionId
from certwright.domain.status import Action, OrderStatus
from certwright.domain.subscription import (
    Attempt,
    AttemptOutcome,
    ChangeFilter,
    DisabledReason,
    HeldChange,
    Subscription,
    SubscriptionStatus,
)
from certwright.services.ports import JobKind, SettledJob
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts, add_order, order
from tests.support.clock import NOON
from tests.support.subscriptions import subscription

if TYPE_CHECKING:
    from certwright.services.ports import Job
    from certwright.store.unit_of_work import SQLStore
    from tests.support.stores import OpenStore

MINUTE = timedelta(minutes=1)
SEVEN = SubscriptionId(7)


async def add(store: SQLStore, *new: Subscription) -> None:
    await add_accounts(store)
    async with store.writing() as work:
        for one in new:
            await work.subscriptions.add(one)


async def claimed(store: SQLStore) -> list[Job]:
    async with store.writing() as work:
        jobs = await work.jobs.claim(NOON + MINUTE, NOON + 3 * MINUTE, 100)
    return [job for job in jobs if job.kind is JobKind.DELIVER_CHANGES]


async def test_subscription_comes_back_as_it_was_stored_and_changed(store: SQLStore) -> None:
    full = subscription(
        description="Inventory",
        filter=ChangeFilter(
            actions=frozenset({Action.PLACE, Action.ISSUE}), statuses=frozenset({OrderStatus.REVOKED})
        ),
        sealed_old_secret=b"old",
        old_secret_ends_at=NOON,
        position=5,
        turn=2,
        last_attempt=9,
        failing_since=NOON,
    )
    await add(store, full, subscription(8, account_id=OTHER_ACCOUNT))
    changed = replace(full.disabled(DisabledReason.GONE), url="https://other.example.com/", position=6)
    async with store.writing() as work:
        assert await work.subscriptions.get(ACCOUNT, SEVEN) == full
        await work.subscriptions.save(changed)
    async with store.reading() as work:
        assert await work.subscriptions.find(SEVEN) == replace(changed, version=1)
        assert await work.subscriptions.list_of_account(ACCOUNT) == [replace(changed, version=1)]
        with pytest.raises(NotFound, match=r"^Webhook not found$"):
            await work.subscriptions.get(OTHER_ACCOUNT, SEVEN)
        assert await work.subscriptions.find(SubscriptionId(9)) is None
    for late in (full, replace(full, version=7)):
        with pytest.raises(StaleRecord):
            async with store.writing() as work:
                await work.subscriptions.save(late)
        with pytest.raises(StaleRecord):
            async with store.writing() as work:
                await work.subscriptions.delete(late)


async def test_change_wakes_the_live_subscriptions_of_its_account(store: SQLStore) -> None:
    await add(
        store,
        subscription(),
        subscription(8, status=SubscriptionStatus.FAILING),
        subscription(9, status=SubscriptionStatus.INACTIVE),
        subscription(10, account_id=OTHER_ACCOUNT),
    )
    assert await claimed(store) == []
    await add_order(store, order())
    assert {job.subject_id for job in await claimed(store)} == {7, 8}


async def test_job_moves_forward_and_is_asked_for_anew_by_each_change(store: SQLStore) -> None:
    await add(store, subscription())
    async with store.writing() as work:
        await work.jobs.enqueue(JobKind.DELIVER_CHANGES, SEVEN, NOON + timedelta(hours=4))
    await add_order(store, order())
    (job,) = await claimed(store)
    await add_order(store, order(100_002))
    async with store.writing() as work:
        await work.jobs.settle(SettledJob(job=job))
    assert [again.subject_id for again in await claimed(store)] == [7]


async def test_edit_of_an_order_wakes_nobody(store: SQLStore) -> None:
    await add_accounts(store)
    placed = await add_order(store, order())
    async with store.writing() as work:
        await work.subscriptions.add(subscription())
    async with store.writing() as work:
        await work.orders.save(replace(placed, renewed_by_order_id=OrderId(1)))
    assert await claimed(store) == []


async def test_subscription_that_is_off_is_not_woken_and_one_switched_on_is(store: SQLStore) -> None:
    await add(store, subscription())
    async with store.writing() as work:
        off = (await work.subscriptions.get(ACCOUNT, SEVEN)).switched_off()
        await work.subscriptions.save(off)
    await add_order(store, order())
    assert await claimed(store) == []
    async with store.writing() as work:
        on = (await work.subscriptions.get(ACCOUNT, SEVEN)).switched_on(off.key_id)
        await work.subscriptions.save(on)
    await add_order(store, order(100_002))
    assert len(await claimed(store)) == 1


async def test_deleted_subscription_leaves_nothing(store: SQLStore) -> None:
    await add(store, subscription(), subscription(8))
    await add_order(store, order())
    async with store.writing() as work:
        (change,) = await work.changes.list_after(ACCOUNT, 0, 10)
        for each in (SEVEN, SubscriptionId(8)):
            await work.subscriptions.hold(each, [HeldChange(change=change, run_at=NOON)])
            await work.attempts.add(each, [attempt(1)])
        await work.subscriptions.delete(await work.subscriptions.get(ACCOUNT, SEVEN))
    async with store.reading() as work:
        assert await work.subscriptions.find(SEVEN) is None
        assert await work.subscriptions.list_held(subscription()) == []
        assert await work.attempts.list_before(SEVEN, None, 10) == []
        assert len(await work.subscriptions.list_held(subscription(8))) == 1
        assert len(await work.attempts.list_before(SubscriptionId(8), None, 10)) == 1
    await claimed(store)
    await add_order(store, order(100_002))
    async with store.writing() as work:
        await work.subscriptions.delete(await work.subscriptions.get(ACCOUNT, SubscriptionId(8)))
    await add_order(store, order(100_003))


async def test_subscriptions_that_come_and_go_at_once_are_counted_right(opened: OpenStore) -> None:
    """One is switched on while another is being switched off: were the count of live ones 0, nobody would be woken."""
    await add(opened.store, subscription().switched_off(), subscription(8))

    async def switch_off() -> None:
        async with opened.store.writing() as work:
            found = await work.subscriptions.get(ACCOUNT, SubscriptionId(8))
            await work.subscriptions.save(found.switched_off())

    async with opened.store.writing() as work:
        found = await work.subscriptions.get(ACCOUNT, SEVEN)
        await work.subscriptions.save(found.switched_on(found.key_id))
        switching = asyncio.create_task(switch_off())
        await _until_somebody_waits(opened)
    await switching
    async with opened.engine.reading() as connection:
        rows = await connection.fetch(
            "SELECT subscriptions FROM change_counters WHERE account_id = $1", ACCOUNT
        )
    assert rows[0][0] == 1
    await add_order(opened.store, order())
    assert {job.subject_id for job in await claimed(opened.store)} == {7}


async def _until_somebody_waits(opened: OpenStore) -> None:
    """Wait until another transaction is held up by a lock; SQLite's has not even begun."""
    waits = opened.is_sqlite
    while not waits:
        async with opened.engine.reading() as connection:
            waits = bool(await connection.fetch("SELECT 1 FROM pg_locks WHERE NOT granted"))


async def test_held_changes(store: SQLStore) -> None:
    await add(store, subscription())
    for number in (100_001, 100_002, 100_003):
        await add_order(store, order(number))
    async with store.writing() as work:
        changes = await work.changes.list_after(ACCOUNT, 0, 10)
        assert await work.changes.find_end(ACCOUNT) == 3
        assert await work.changes.find_end(OTHER_ACCOUNT) == 0
        held = [HeldChange(change=each, run_at=NOON) for each in changes]
        await work.subscriptions.hold(SEVEN, list(reversed(held)))
        assert await work.subscriptions.list_held(subscription()) == held
        failed = held[1].after_failure(at=NOON, pause=MINUTE)
        await work.subscriptions.hold(SEVEN, [failed])
        await work.subscriptions.release(SEVEN, [1, 99])
        assert await work.subscriptions.list_held(subscription()) == [failed, held[2]]
        await work.subscriptions.forgive(SEVEN, at=NOON + 2 * MINUTE)
        again = replace(failed, run_at=NOON + 2 * MINUTE, failed_at=None)
        assert (await work.subscriptions.list_held(subscription()))[0] == again
        await work.subscriptions.release_after(SEVEN, 2)
        assert await work.subscriptions.list_held(subscription()) == [again]


def attempt(number: int, **changes: Any) -> Attempt:
    made = Attempt(
        number=number,
        sequence=number,
        try_number=1,
        outcome=AttemptOutcome.DELIVERED,
        status_code=204,
        error="",
        duration=timedelta(milliseconds=12),
        attempted_at=NOON,
    )
    return replace(made, **changes)


async def test_attempts_are_listed_newest_first_by_page_and_outcome(store: SQLStore) -> None:
    await add(store, subscription(), subscription(8))
    failed = attempt(
        2, outcome=AttemptOutcome.FAILED, status_code=None, error="No answer", attempted_at=NOON + MINUTE
    )
    made = [attempt(1, sequence=None), failed, attempt(3, try_number=2, attempted_at=NOON + MINUTE)]
    async with store.writing() as work:
        await work.attempts.add(SEVEN, made)
        await work.attempts.add(SubscriptionId(8), [attempt(1)])
    async with store.reading() as work:
        assert await work.attempts.list_before(SEVEN, None, 10) == made[::-1]
        assert await work.attempts.list_before(SEVEN, None, 2) == made[:0:-1]
        assert await work.attempts.list_before(SEVEN, 2, 10) == made[:1]
        assert await work.attempts.list_before(SEVEN, None, 10, outcome=AttemptOutcome.FAILED) == [failed]
        assert await work.attempts.list_before(SEVEN, 2, 10, outcome=AttemptOutcome.FAILED) == []
    async with store.writing() as work:
        await work.attempts.purge(NOON + MINUTE)
        assert await work.attempts.list_before(SEVEN, None, 10) == made[:0:-1]
        assert await work.attempts.list_before(SubscriptionId(8), None, 10) == []
