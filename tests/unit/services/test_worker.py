"""The worker: finishes what is done, tries again what failed, stays alive whatever happens."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.errors import StaleRecord, Unavailable
from certwright.domain.status import OrderStatus
from certwright.services.ports import JobKind
from certwright.services.worker import Worker, _pause_after
from tests.support.orders import NAME, fault_ca, place, script_caa, script_probe, show

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import pytest

    from certwright.domain.order import Order
    from certwright.services.ports import Job
    from tests.support.server import Server


async def jobs(server: Server, at: timedelta = timedelta(days=4000)) -> list[Job]:
    """List all jobs by claiming them in a transaction that is undone."""
    found: list[Job] = []
    with suppress(ZeroDivisionError):
        async with server.program.store.writing() as work:
            now = server.clock.now() + at
            found = await work.jobs.claim(now, now, 1000)
            raise ZeroDivisionError
    return found


async def test_issued_order_leaves_only_its_end_and_its_lapse(server: Server) -> None:
    script_probe(server, NAME)
    script_caa(server)
    await place(server)
    await server.work()
    assert {job.kind for job in await jobs(server)} == {JobKind.LAPSE_ORDER, JobKind.EXPIRE_CERTIFICATE}


async def test_waiting_order_is_looked_at_on_a_growing_schedule(server: Server) -> None:
    probe = script_probe(server)
    await place(server)
    looks = []
    for _ in range(12 * 60):
        await server.work()
        looks.append(len(probe.asked))
        server.clock.advance(timedelta(minutes=1))
    assert looks[5] >= 4
    assert 20 < looks[-1] < 60


async def test_asking_starts_the_schedule_anew(server: Server) -> None:
    script_probe(server)
    view = await place(server)
    for _ in range(8):
        await server.work()
        server.clock.advance(timedelta(hours=1))
    (job,) = [job for job in await jobs(server) if job.kind is JobKind.ADVANCE_ORDER]
    assert job.tries == 8
    validating = server.program.use.validating
    await validating.change_method(await server.caller(), view.order.id, view.order.names)
    (job,) = [job for job in await jobs(server, timedelta(0)) if job.kind is JobKind.ADVANCE_ORDER]
    assert job.tries == 0


async def test_fault_of_ours_is_logged_and_tried_again(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        if len(ca.asked) == 1:
            raise ZeroDivisionError

    ca = fault_ca(server, before=fail)
    script_probe(server, NAME)
    script_caa(server)
    view = await place(server)
    with caplog.at_level(logging.ERROR):
        await server.work()
    assert "ZeroDivisionError" in caplog.text
    server.clock.advance(timedelta(minutes=1))
    await server.work()
    assert (await show(server, view.order)).order.status == "issued"


async def test_race_is_run_again_at_once_but_not_for_ever(server: Server) -> None:
    runs = 0

    async def lose() -> None:
        nonlocal runs
        runs += 1
        raise StaleRecord("somebody was faster")

    script_probe(server, NAME).meanwhile = lose
    await place(server)
    await server.work()
    assert 1 < runs < 10


async def test_job_of_a_dead_worker_is_taken_over_when_its_lease_ends(server: Server) -> None:
    script_probe(server, NAME)
    script_caa(server)
    view = await place(server)
    async with server.program.store.writing() as work:
        now = server.clock.now()
        assert await work.jobs.claim(now, now + timedelta(minutes=2), 10)
    assert await server.work() == 0
    server.clock.advance(timedelta(minutes=2))
    await server.work()
    assert (await show(server, view.order)).order.status == "issued"


def test_pause_doubles_up_to_half_an_hour_with_jitter() -> None:
    for tries, low, high in (
        (0, 3.75, 6.25),
        (1, 7.5, 12.5),
        (5, 120, 200),
        (20, 1350, 2250),
        (10**6, 1350, 2250),
    ):
        pauses = {_pause_after(tries).total_seconds() for _ in range(50)}
        assert low <= min(pauses) < max(pauses) <= high


@asynccontextmanager
async def running(server: Server, **options: int) -> AsyncIterator[Worker]:
    """Run a worker of its own beside the test."""
    known = server.program.worker
    worker = Worker(
        known._store,
        server.clock,
        known._handlers,
        jobs_added=known._jobs_added,
        poll_every=timedelta(milliseconds=5),
        **options,
    )
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(holds: Callable[[], bool]) -> None:
    """Let the other tasks run until something holds."""
    async with asyncio.timeout(20):
        while True:
            if holds():
                return
            await asyncio.sleep(0.005)


async def test_running_worker_carries_orders_to_the_end(server: Server) -> None:
    script_probe(server, NAME)
    script_caa(server)
    async with running(server, concurrency=2):
        views = [await place(server) for _ in range(6)]
        for view in views:
            await until_issued(server, view.order)


async def until_issued(server: Server, order: Order) -> None:
    async with asyncio.timeout(20):
        while True:
            if (await show(server, order)).order.status is OrderStatus.ISSUED:
                return
            await asyncio.sleep(0.005)


async def test_heart_beats_while_every_hand_is_busy(server: Server) -> None:
    begun, end = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        begun.set()
        await end.wait()

    script_probe(server, NAME).meanwhile = hang
    await place(server)
    async with running(server, concurrency=1) as worker:
        await asyncio.wait_for(begun.wait(), 20)
        server.clock.advance(timedelta(minutes=1))
        await until(worker.is_alive)
        end.set()


async def test_silent_worker_is_not_alive(server: Server) -> None:
    await server.work()
    assert server.program.worker.is_alive()
    server.clock.advance(timedelta(seconds=30))
    assert not server.program.worker.is_alive()


async def test_worker_outlives_its_database(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Away:
        def writing(self) -> object:
            raise Unavailable("The database does not answer")

    worker = server.program.worker
    with monkeypatch.context() as away, caplog.at_level(logging.ERROR):
        away.setattr(worker, "_store", Away())
        assert await server.work() == 0
    assert "Jobs could not be claimed" in caplog.text
    await place(server)
    assert await server.work() > 0


async def hanging(server: Server) -> asyncio.Event:
    """Place an order whose look for proof hangs until the event is set."""
    end = asyncio.Event()

    async def hang() -> None:
        await end.wait()

    script_probe(server, NAME).meanwhile = hang
    script_caa(server)
    await place(server)
    return end


@asynccontextmanager
async def at_work(server: Server) -> AsyncIterator[Worker]:
    """Have the server's worker run the jobs that are due, and wait for their end."""
    worker = server.program.worker
    async with asyncio.TaskGroup() as group:
        for job in await worker._claim(10):
            group.create_task(worker._run_job(job))
        yield worker


async def test_job_that_runs_for_long_is_kept_from_others(each_server: Server) -> None:
    server = each_server
    end = await hanging(server)
    async with at_work(server) as worker:
        for _ in range(3):
            server.clock.advance(timedelta(seconds=29))
            await worker.renew_leases()
        assert await jobs(server, timedelta(0)) == []
        end.set()
    assert JobKind.ADVANCE_ORDER not in {job.kind for job in await jobs(server)}


async def test_job_that_another_took_over_is_neither_renewed_nor_settled(each_server: Server) -> None:
    server = each_server
    end = await hanging(server)
    async with at_work(server) as worker:
        server.clock.advance(timedelta(minutes=1))
        async with server.program.store.writing() as work:
            now = server.clock.now()
            (taken,) = await work.jobs.claim(now, now + timedelta(hours=1), 10)
        assert taken.kind is JobKind.ADVANCE_ORDER
        await worker.renew_leases()
        end.set()
    assert await jobs(server, timedelta(minutes=59)) == []  # the other has it
    assert JobKind.ADVANCE_ORDER in {job.kind for job in await jobs(server, timedelta(minutes=61))}


async def test_job_whose_lease_ran_out_is_not_run_twice_at_once_by_its_worker(each_server: Server) -> None:
    server = each_server
    end = await hanging(server)
    async with at_work(server) as worker:
        server.clock.advance(timedelta(minutes=1))
        assert await worker._claim(10) == []
        assert await jobs(server, timedelta(0)) == []  # but held again
        end.set()
    assert JobKind.ADVANCE_ORDER not in {job.kind for job in await jobs(server)}


async def test_worker_that_is_told_to_stop_puts_its_jobs_back(each_server: Server) -> None:
    server = each_server
    await hanging(server)
    async with running(server) as worker:
        await until(lambda: any(kind is JobKind.ADVANCE_ORDER for kind, _ in worker._held))
    assert JobKind.ADVANCE_ORDER in {job.kind for job in await jobs(server, timedelta(0))}
