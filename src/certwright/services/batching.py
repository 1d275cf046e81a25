"""Doing together what many ask for at the same time, with a transaction and a few statements for all of them.

What comes while a batch is under way makes the next one, so nobody waits for company: one that comes alone is done at
once, as a batch of one. A batch that fails is done again one by one, so that each finds its own fault and none of them
another's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

from certwright.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST = 100


class Batching(Generic[Item, Result]):
    """Collects items for ``work``, which does a batch of them and returns their results in their order.

    Work that fails must leave nothing behind, as a transaction does.
    """

    def __init__(
        self, work: Callable[[list[Item]], Awaitable[Sequence[Result]]], *, most: int = _MOST
    ) -> None:
        self._work = work
        self._most = most
        self._waiting: deque[_Turn[Item, Result]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def do(self, item: Item) -> Result:
        """Do an item with those that come at the same time, and return its result or raise its fault."""
        turn: _Turn[Item, Result] = _Turn(item)
        self._waiting.append(turn)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await turn.result

    async def _run(self) -> None:
        batch: list[_Turn[Item, Result]] = []
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most))]
                batch = [
                    turn for turn in batch if not turn.result.done()
                ]  # canceled, which is fine before it began
                await self._do(batch)
        finally:
            self._running = None
            for turn in (*batch, *self._waiting):
                turn.result.cancel()  # which does nothing to those that are done, as all are but at the program's end

    async def _do(self, batch: list[_Turn[Item, Result]]) -> None:
        try:
            results = await self._work([turn.item for turn in batch])
        except Exception as fault:  # noqa: BLE001 - whose it is gets it
            if len(batch) == 1 or isinstance(fault, Unavailable):
                for turn in batch:
                    turn.fail(fault)
            else:
                for turn in batch:
                    await self._do([turn])
        else:
            for turn, result in zip(batch, results, strict=True):
                turn.succeed(result)


class _Turn(Generic[Item, Result]):
    """An item whose result is waited for, unless the one who waits was canceled."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

    def succeed(self, result: Result) -> None:
        if not self.result.done():
            self.result.set_result(result)

    def fail(self, fault: Exception) -> None:
        if not self.result.done():
            self.result.set_exception(fault)
