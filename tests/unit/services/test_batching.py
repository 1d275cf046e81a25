"""What comes while a batch is under way makes the next one; a failing batch is done again one by one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import Conflict, Unavailable
from certwright.services.batching import Batching

if TYPE_CHECKING:
    from collections.abc import Sequence


class Work:
    """Doubles numbers, holds the first batch until told to go on, and refuses the numbers in ``bad``."""

    def __init__(self, *bad: int, fault: Exception | None = None) -> None:
        self.bad = bad
        self.fault = fault or Conflict("a bad number")
        self.batches: list[list[int]] = []
        self.go_on = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        if len(self.batches) == 1:
            await self.go_on.wait()
        if set(self.bad) & set(numbers):
            raise self.fault
        return [2 * number for number in numbers]


async def do(batching: Batching[int, int], *numbers: int) -> list[asyncio.Task[int]]:
    """Let one come first, and the others while its batch is under way."""
    first, *others = numbers
    tasks = [asyncio.create_task(batching.do(first))]
    for _ in range(3):
        await asyncio.sleep(0)
    tasks += [asyncio.create_task(batching.do(number)) for number in others]
    await asyncio.sleep(0)
    return tasks


async def test_those_who_come_meanwhile_are_done_together() -> None:
    work = Work()
    tasks = await do(Batching(work), 1, 2, 3, 4)
    work.go_on.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6, 8]
    assert work.batches == [[1], [2, 3, 4]]


async def test_batch_has_a_limit() -> None:
    work = Work()
    tasks = await do(Batching(work, most=2), 1, 2, 3, 4)
    work.go_on.set()
    await asyncio.gather(*tasks)
    assert work.batches == [[1], [2, 3], [4]]


async def test_bad_one_does_not_spoil_the_others() -> None:
    work = Work(3)
    tasks = await do(Batching(work), 1, 2, 3, 4)
    work.go_on.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results == [2, 4, work.fault, 8]
    assert work.batches == [[1], [2, 3, 4], [2], [3], [4]]


async def test_what_fails_for_all_is_not_tried_for_each() -> None:
    work = Work(3, fault=Unavailable("The database does not answer"))
    tasks = await do(Batching(work), 1, 2, 3)
    work.go_on.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results == [2, work.fault, work.fault]
    assert work.batches == [[1], [2, 3]]


async def test_one_who_is_gone_before_its_batch_begins_is_left_out() -> None:
    work = Work()
    tasks = await do(Batching(work), 1, 2, 3)
    tasks[1].cancel()
    await asyncio.sleep(0)
    work.go_on.set()
    assert await asyncio.gather(*tasks, return_exceptions=True) != [2, 4, 6]
    assert work.batches == [[1], [3]]


async def test_one_who_goes_while_its_batch_is_done_takes_nobody_along() -> None:
    work = Work()
    batching = Batching(work)
    tasks = [asyncio.create_task(batching.do(number)) for number in (1, 2)]
    for _ in range(3):
        await asyncio.sleep(0)
    assert work.batches == [[1, 2]]
    tasks[0].cancel()
    await asyncio.sleep(0)
    work.go_on.set()
    assert await tasks[1] == 4


async def test_work_that_is_canceled_leaves_nobody_waiting() -> None:
    batching = Batching(Work())
    tasks = await do(batching, 1, 2)
    assert batching._running is not None
    batching._running.cancel()
    for task in tasks:
        with pytest.raises(asyncio.CancelledError):
            await task
    with suppress(asyncio.CancelledError):
        await asyncio.wait_for(batching.do(3), 20)
