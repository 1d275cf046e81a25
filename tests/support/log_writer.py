"""A process that writes to an account's log, to be killed: ``python -m tests.support.log_writer PLACE WRITER TASKS COUNT``.

Each of its tasks commits COUNT transactions one after the other. Some are slow before they take their number, some after;
some write two changes, some are undone at the end. Of each that was committed a line ``task turn changes`` is printed as soon
as the commit has returned. What it writes for another account must not disturb the first one's log.
"""

from __future__ import annotations

import asyncio
import random
import sys
from contextlib import suppress

from certwright.domain.change import Actor, ActorKind
from certwright.domain.ids import OrderId
from certwright.domain.order import place
from certwright.services.ports import NumberKind
from certwright.store.unit_of_work import SQLStore, SQLUnitOfWork
from tests.support.book import OTHER_ACCOUNT, order
from tests.support.stores import open_engine

PAUSE_SECONDS = 0.004


class Undone(Exception):
    """Ends a transaction that is not to be committed."""


async def write(store: SQLStore, writer: str, tasks: int, count: int) -> None:
    """Write with all tasks at once."""
    async with asyncio.TaskGroup() as group:
        for task in range(tasks):
            group.create_task(_write(store, writer, task, count))


async def _write(store: SQLStore, writer: str, task: int, count: int) -> None:
    chance = random.Random(f"{writer} {task}")
    actor = Actor(kind=ActorKind.KEY, id=f"{writer} {task}")
    for turn in range(count):
        numbers = await store.allot(NumberKind.ORDER, 2)
        changes = chance.choice((1, 1, 2))
        with suppress(Undone):
            async with store.writing() as work:
                assert isinstance(work, SQLUnitOfWork)
                for number in numbers[:changes]:
                    await work.orders.add(place(order(OrderId(number)), actor=actor, reason=f"{turn}"))
                await work.orders.add(
                    place(order(numbers[0] + 10**6, account_id=OTHER_ACCOUNT), actor=actor, reason="")
                )
                await _perhaps_pause(chance)
                if chance.random() < 0.2:
                    await work.log.flush()  # the number is taken, and the commit is yet to come
                    await _perhaps_pause(chance)
                if chance.random() < 0.1:
                    raise Undone
            sys.stdout.write(f"{task} {turn} {changes}\n")
            sys.stdout.flush()


async def _perhaps_pause(chance: random.Random) -> None:
    if chance.random() < 0.5:
        await asyncio.sleep(chance.random() * PAUSE_SECONDS)


async def main(place_of_store: str, writer: str, tasks: int, count: int) -> None:
    """Open the store and write."""
    async with open_engine(place_of_store) as engine:
        await write(SQLStore(engine), writer, tasks, count)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
