"""Durable jobs in the store: unique, leased to one worker at a time, and not lost when asked for while they run."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import Conflict
from certwright.services.ports import DueJob, Job, JobKind, SettledJob
from certwright.store.unit_of_work import SQLStore
from tests.support.clock import NOON

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.stores import OpenStore

KIND = JobKind.ADVANCE_ORDER
LEASE = timedelta(minutes=2)
MINUTE = timedelta(minutes=1)


async def enqueue(store: SQLStore, subject_id: int, run_at: datetime = NOON, kind: JobKind = KIND) -> None:
    async with store.writing() as work:
        await work.jobs.enqueue(kind, subject_id, run_at)


async def claim(store: SQLStore, at: datetime = NOON, limit: int = 10) -> list[Job]:
    async with store.writing() as work:
        return await work.jobs.claim(at, at + LEASE, limit)


async def finish(store: SQLStore, job: Job) -> None:
    async with store.writing() as work:
        await work.jobs.settle(SettledJob(job=job))


async def retry(store: SQLStore, job: Job, run_at: datetime) -> None:
    async with store.writing() as work:
        await work.jobs.settle(SettledJob(job=job, run_at=run_at, error="it failed"))


async def test_job_is_claimed_when_due_and_gone_when_finished(store: SQLStore) -> None:
    await enqueue(store, 7, NOON + MINUTE)
    assert await claim(store) == []

    (job,) = await claim(store, NOON + MINUTE)
    assert job == Job(kind=KIND, subject_id=7, run_at=NOON + MINUTE, lease_until=NOON + MINUTE + LEASE)
    await finish(store, job)
    assert await claim(store, NOON + timedelta(days=1)) == []


async def test_jobs_are_claimed_oldest_first_and_no_more_than_asked(store: SQLStore) -> None:
    for subject_id, minutes in ((1, 3), (2, 1), (3, 2), (4, 9)):
        await enqueue(store, subject_id, NOON + minutes * MINUTE)

    at = NOON + 5 * MINUTE
    assert [job.subject_id for job in await claim(store, at, limit=2)] == [2, 3]
    assert [job.subject_id for job in await claim(store, at, limit=2)] == [1]
    assert await claim(store, at, limit=0) == []


async def test_job_is_unique_by_kind_and_subject_and_moves_forward_only(store: SQLStore) -> None:
    await enqueue(store, 7, NOON + MINUTE)
    await enqueue(store, 7, NOON + 2 * MINUTE)
    await enqueue(store, 7, NOON, JobKind.LAPSE_ORDER)
    assert [job.kind for job in await claim(store)] == [JobKind.LAPSE_ORDER]

    await enqueue(store, 7, NOON)
    (job,) = await claim(store)
    assert (job.kind, job.run_at, job.generation) == (KIND, NOON, 2)


@pytest.mark.parametrize("count", [1, 60])  # some and many, which may be stored in different ways
async def test_first_jobs_are_as_good_as_others(store: SQLStore, count: int) -> None:
    due = [DueJob(KIND, number, NOON) for number in range(count)]
    async with store.writing() as work:
        await work.jobs.add_first(due)
    await enqueue(store, 0, NOON - MINUTE)
    with pytest.raises(Conflict):
        async with store.writing() as work:
            await work.jobs.add_first([*due[:1], DueJob(KIND, count, NOON)])

    jobs = await claim(store, limit=100)
    assert {job.subject_id for job in jobs} == set(range(count))
    assert (jobs[0].subject_id, jobs[0].run_at) == (0, NOON - MINUTE)
    for job in jobs:
        await finish(store, job)
    assert await claim(store, NOON + timedelta(days=1)) == []


async def test_claimed_job_is_held_until_its_lease_runs_out(store: SQLStore) -> None:
    await enqueue(store, 7)
    (first,) = await claim(store)
    assert await claim(store, NOON + LEASE - timedelta(microseconds=1)) == []

    (second,) = await claim(store, NOON + LEASE)
    assert (second.subject_id, second.lease_until) == (first.subject_id, NOON + 2 * LEASE)


async def test_job_asked_for_while_it_runs_runs_again(store: SQLStore) -> None:
    await enqueue(store, 7)
    (job,) = await claim(store)
    await enqueue(store, 7, NOON + MINUTE)
    assert await claim(store, NOON + MINUTE) == []  # one run at a time

    await finish(store, job)
    (again,) = await claim(store, NOON + MINUTE)
    assert (again.subject_id, again.tries) == (7, 0)
    await finish(store, again)
    assert await claim(store, NOON + timedelta(days=1)) == []


async def test_failed_job_runs_later_and_counts_its_tries(store: SQLStore) -> None:
    await enqueue(store, 7)
    (job,) = await claim(store)
    await retry(store, job, NOON + MINUTE)
    assert await claim(store) == []

    (again,) = await claim(store, NOON + MINUTE)
    assert again.tries == 1
    await retry(store, again, NOON + 2 * MINUTE)
    await enqueue(store, 7, NOON + 3 * MINUTE)
    (fresh,) = await claim(store, NOON + 2 * MINUTE)
    assert fresh.tries == 0


async def test_failed_job_asked_for_meanwhile_runs_at_once(store: SQLStore) -> None:
    await enqueue(store, 7)
    (job,) = await claim(store)
    await enqueue(store, 7)
    await retry(store, job, NOON + timedelta(days=1))
    (again,) = await claim(store)
    assert again.tries == 0


@pytest.mark.parametrize("way", ["finish", "retry"])
async def test_worker_that_lost_its_lease_settles_nothing(store: SQLStore, way: str) -> None:
    """A stalled worker wakes up after another has taken its job over."""
    await enqueue(store, 7)
    (lost,) = await claim(store)
    (held,) = await claim(store, NOON + LEASE)
    await (finish(store, lost) if way == "finish" else retry(store, lost, NOON))
    assert await claim(store, NOON + LEASE) == []  # still held by the other

    await finish(store, held)
    assert await claim(store, NOON + timedelta(days=1)) == []


@pytest.mark.parametrize("way", ["finish", "retry"])
async def test_worker_that_lost_its_lease_does_not_settle_a_later_request(store: SQLStore, way: str) -> None:
    await enqueue(store, 7)
    (lost,) = await claim(store)
    (held,) = await claim(store, NOON + LEASE)
    await finish(store, held)
    await enqueue(store, 7, NOON + LEASE)
    await (finish(store, lost) if way == "finish" else retry(store, lost, NOON + timedelta(days=1)))

    (job,) = await claim(store, NOON + LEASE)
    assert job.tries == 0


async def test_concurrent_claimants_share_the_jobs(opened: OpenStore) -> None:
    stores = [opened.store, await opened.another(), await opened.another()]
    for subject_id in range(60):
        await enqueue(opened.store, subject_id)

    claims = await asyncio.gather(*(claim(stores[number % 3], limit=7) for number in range(12)))
    taken = [job.subject_id for jobs in claims for job in jobs]
    assert len(taken) == len(set(taken))
    assert all(len(jobs) <= 7 for jobs in claims)
    rest = [job.subject_id for job in await claim(opened.store, limit=100)]
    assert sorted(taken + rest) == list(range(60))


async def test_claim_does_not_wait_for_a_job_that_somebody_touches(opened: OpenStore) -> None:
    """On PostgreSQL; SQLite has one writer at a time anyway."""
    if opened.is_sqlite:
        return
    await enqueue(opened.store, 1)
    await enqueue(opened.store, 2)
    async with opened.store.writing() as work:
        await work.jobs.enqueue(KIND, 1, NOON)
        claimed = await asyncio.wait_for(claim(opened.store), 10)
    assert [job.subject_id for job in claimed] == [2]


async def test_rolled_back_request_asks_for_nothing(store: SQLStore) -> None:
    async def fail() -> None:
        async with store.writing() as work:
            await work.jobs.enqueue(KIND, 7, NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await claim(store) == []


async def test_worker_is_told_of_jobs_after_the_commit(opened: OpenStore) -> None:
    told: list[int] = []
    store = SQLStore(opened.engine, on_jobs=lambda: told.append(len(told)))
    async with store.writing() as work:
        await work.jobs.enqueue(KIND, 7, NOON)
        assert told == []
    assert told == [0]
    async with store.writing() as work:
        await work.accounts.list_all()
    assert told == [0]


async def test_longest_due_is_what_no_worker_has_taken(store: SQLStore) -> None:
    async def longest_due() -> datetime | None:
        async with store.reading() as work:
            return await work.jobs.find_longest_due(NOON)

    await enqueue(store, 1, NOON + MINUTE)
    assert await longest_due() is None
    await enqueue(store, 2, NOON - MINUTE)
    await enqueue(store, 3, NOON - 2 * MINUTE)
    assert await longest_due() == NOON - 2 * MINUTE
    (job,) = await claim(store, limit=1)
    assert await longest_due() == NOON - MINUTE
    await retry(store, job, NOON - 3 * MINUTE)
    assert await longest_due() == NOON - 3 * MINUTE
