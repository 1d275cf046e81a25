"""The worker: takes durable jobs and carries them out, however often the process is killed.

A job says only "look at this again"; what is to be done is read from the order itself, so a job that runs twice does
no harm. A job is held by a lease, renewed while it runs: when its worker dies, the lease runs out and another takes it. A
failed run is tried again after a growing, jittered pause; an order that only waits for its applicant is looked at on a
gentler schedule. Each job runs by itself, and what many of them write at the same time is written together.
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.errors import CertwrightError, StaleRecord
from certwright.services.batching import Batching
from certwright.services.ports import JobKind, SettledJob
from certwright.services.upkeep import BACK_OFF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from certwright.services.ports import Clock, Job, Store
    from certwright.services.upkeep import Handler

_log = logging.getLogger(__name__)

_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=30)
_LEASE = timedelta(seconds=30)
_RENEW_EVERY = timedelta(seconds=10)
_HEARTBEAT_LIMIT = timedelta(seconds=30)
_TRIES_AT_ONCE = 3
_GATHERING = timedelta(milliseconds=20)


class Worker:
    """Claims jobs and runs them, many at a time, until canceled.

    ``jobs_added`` cuts the pause between two looks at the table short; whoever commits a job in this process sets it.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        handlers: Mapping[JobKind, Handler],
        *,
        jobs_added: asyncio.Event,
        concurrency: int = 100,
        poll_every: timedelta = timedelta(seconds=1),
    ) -> None:
        self._store = store
        self._clock = clock
        self._concurrency = concurrency
        self._poll_every = poll_every
        self._jobs_added = jobs_added
        self._beat_at = clock.now()
        self._handlers = handlers
        self._held: dict[tuple[JobKind, int], Job] = {}
        self._leases = asyncio.Lock()  # a job is not settled by a lease that is just being renewed
        self._settling = Batching(self._settle_all)

    def is_alive(self) -> bool:
        """Whether the worker has looked at the table lately."""
        return self._clock.now() - self._beat_at < _HEARTBEAT_LIMIT

    async def run(self) -> None:
        """Carry out jobs until canceled; those that are running then are free for others at once."""
        async with self._store.writing() as work:
            await work.jobs.enqueue(JobKind.PURGE, 0, self._clock.now())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_leases())
                await self._work(group)
        finally:
            await self.renew_leases(timedelta(0))

    async def _work(self, group: asyncio.TaskGroup) -> None:
        running: set[asyncio.Task[None]] = set()
        while True:
            self._jobs_added.clear()
            free = self._concurrency - len(running)
            jobs = await self._claim(free) if free else []
            for job in jobs:
                task = group.create_task(self._run_job(job))
                running.add(task)
                task.add_done_callback(running.discard)
            if len(jobs) < free:
                await self._pause()
            elif running:  # unless the last of them ended during the claim
                # Not for ever: the heart beats on while every hand is busy.
                seconds = self._poll_every.total_seconds()
                await asyncio.wait(running, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
                if len(running) > self._concurrency // 2:
                    # Others end soon after; jobs that begin together share their statements all the way.
                    await asyncio.sleep(_GATHERING.total_seconds())
                self._beat_at = self._clock.now()

    async def run_due(self) -> int:
        """Carry out the jobs that are due now, one after the other, and return how many there were."""
        done = 0
        while jobs := await self._claim(self._concurrency):
            for job in jobs:
                await self._run_job(job)
            done += len(jobs)
        return done

    async def _claim(self, limit: int) -> list[Job]:
        now = self._clock.now()
        self._beat_at = now
        try:
            async with self._store.writing() as work:
                jobs = await work.jobs.claim(now, now + _LEASE, limit)
        except Exception:
            # The database may be away for a while; the worker outlives that.
            _log.exception("Jobs could not be claimed")
            return []
        return [job for job in jobs if self._take(job)]

    def _take(self, job: Job) -> bool:
        """Note a job as held; false for one that runs already, whose lease ran out and is only taken anew."""
        key = (job.kind, job.subject_id)
        running = self._held.get(key)
        self._held[key] = job if running is None else replace(running, lease_until=job.lease_until)
        return running is None

    async def _pause(self) -> None:
        # Not wait_for, which forgets that it was canceled when the event comes at the same moment.
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll_every.total_seconds()):
                await self._jobs_added.wait()

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_EVERY.total_seconds())
            await self.renew_leases()

    async def renew_leases(self, span: timedelta = _LEASE) -> None:
        """Hold the jobs that run now for another span; what another worker took over stays that other's."""
        try:
            async with self._leases:
                async with self._store.writing() as work:
                    renewed = await work.jobs.renew(list(self._held.values()), self._clock.now() + span)
                self._held.update({(job.kind, job.subject_id): job for job in renewed})
        except Exception:
            _log.exception("The leases of running jobs could not be renewed")

    async def _run_job(self, job: Job) -> None:
        """Run one job; whatever it raises is logged and tried again, for a lost job would be a lost order."""
        error = ""
        try:
            again = await self._handlers[job.kind](job.subject_id)
        except StaleRecord:
            again = timedelta(0) if job.tries < _TRIES_AT_ONCE else BACK_OFF
        except CertwrightError as failure:
            error, again = failure.message, _pause_after(job.tries)
            _log.warning("Job %s of %s failed: %s", job.kind, job.subject_id, error)
        except Exception as failure:
            error, again = type(failure).__name__, _pause_after(job.tries)
            _log.exception("Job %s of %s failed", job.kind, job.subject_id)
        if again == BACK_OFF:
            again = _pause_after(job.tries)
        run_at = None if again is None else self._clock.now() + again
        try:
            await self._settling.do(SettledJob(job=job, run_at=run_at, error=error))
        except Exception:
            _log.exception(
                "Job %s of %s could not be settled; its lease will free it", job.kind, job.subject_id
            )
        finally:
            self._held.pop((job.kind, job.subject_id), None)

    async def _settle_all(self, settled: Sequence[SettledJob]) -> list[None]:
        async with self._leases, self._store.writing() as work:
            await work.jobs.settle(
                *(replace(each, job=self._held[each.job.kind, each.job.subject_id]) for each in settled)
            )
        return [None] * len(settled)


def _pause_after(tries: int) -> timedelta:
    """Return a pause that doubles with each try, with a quarter of jitter so that orders placed together spread out."""
    seconds = min(_FIRST_PAUSE.total_seconds() * 2 ** min(tries, 16), _LONGEST_PAUSE.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311 - not a secret
