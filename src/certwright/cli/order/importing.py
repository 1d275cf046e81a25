"""Bringing the orders of a file into the book, in its order: some are checked while those before them are placed.

Nothing has to be remembered between two runs: every order carries a name that is stored with it, its own number or else
the file's digest and its line, so that a run takes up where the last one ended, however that ended.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from certwright.cli.order.transport import Refusal
from certwright.domain.errors import CertwrightError
from certwright.services.new_order import CheckedOrder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certwright.cli.order.checking import Check, Checker
    from certwright.cli.order.reading import OrderFile, Record
    from certwright.cli.order.transport import Checked
    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases

_AT_ONCE = 500
_AHEAD = 6
"""How many parts are checked ahead."""
_ENOUGH_NEW_PARTS = 5
"""After so many parts of which nothing is in, the rest is taken for new. There may be one whose orders were all refused."""
_BESIDE = 1
"""How many parts are placed beside the one before them: while the database stores that, their rows are made."""


@dataclass(kw_only=True)
class Tally:
    """How far an import has got: orders read, and what became of them."""

    placed: int = 0
    known: int = 0
    refused: int = 0

    @property
    def done(self) -> int:
        """How many orders something has become of."""
        return self.placed + self.known + self.refused


@dataclass(frozen=True, slots=True)
class _Refused:
    line: int
    refusal: Refusal


class Listener(Protocol):
    """Hears how an import goes on."""

    def refused(self, line: int, refusal: Refusal) -> None:
        """Hear of an order that was refused."""
        ...

    def went_on(self, tally: Tally) -> None:
        """Hear how far it has got."""
        ...


class Import:
    """Imports a file for a caller; a rehearsal does everything but store the orders."""

    def __init__(
        self, use: UseCases, caller: Caller, checker: Checker, listener: Listener, *, rehearsed: bool
    ) -> None:
        self._use = use
        self._caller = caller
        self._checker = checker
        self._listener = listener
        self._rehearsed = rehearsed
        self._spent_cents = 0
        self._new_parts = 0
        self.tally = Tally()

    async def run(self, file: OrderFile, check: Check) -> Tally:
        """Import the whole file.

        Raises:
            UnreadableFileError: the file has changed since it was surveyed.
            Unavailable: the database or the processes that check orders are gone.
        """
        checking: deque[tuple[list[Record], asyncio.Task[list[Checked]]]] = deque()
        placing: deque[asyncio.Task[list[_Refused]]] = deque()

        async def place_next() -> None:
            records, task = checking.popleft()
            charged = asyncio.Event()
            placing.append(asyncio.create_task(self._place(records, await task, charged)))
            await charged.wait()
            if len(placing) > (0 if self._rehearsed else _BESIDE):
                self._tell(await placing.popleft())

        try:
            for part in _parts(file.records()):
                new = await self._without_known(part)
                check_part = check(new, self._use.clock.now())
                checking.append((new, asyncio.ensure_future(check_part)))
                if len(checking) > _AHEAD:
                    await place_next()
            while checking:
                await place_next()
            while placing:
                self._tell(await placing.popleft())
        finally:
            left = [*placing, *(task for _, task in checking)]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        return self.tally

    async def _without_known(self, part: list[Record]) -> list[Record]:
        """Leave out what an earlier run has placed, without checking it; where that ends, nothing is looked for any more."""
        if self._new_parts >= _ENOUGH_NEW_PARTS:
            return part
        keys = [self._checker.find_key(record) for record in part]
        known = await self._use.bulk_ordering.find_placed(self._caller, keys)
        self._new_parts = 0 if any(known) else self._new_parts + 1
        self.tally.known += sum(known)
        return [record for record, is_known in zip(part, known, strict=True) if not is_known]

    async def _place(
        self, records: Sequence[Record], checked: Sequence[Checked], charged: asyncio.Event
    ) -> list[_Refused]:
        """Place a part; funds go to the parts in the order of the file, so the next may begin when it has been charged."""
        good = [each for each in checked if isinstance(each, CheckedOrder)]
        try:
            outcomes = iter(await self._outcomes(good, charged))
        finally:
            charged.set()
        refusals = [each if isinstance(each, Refusal) else next(outcomes) for each in checked]
        return [
            _Refused(record.line, refusal)
            for record, refusal in zip(records, refusals, strict=True)
            if refusal is not None
        ]

    def _tell(self, refused: Sequence[_Refused]) -> None:
        """Tell of the refused orders of a part, after those of the parts before it."""
        self.tally.refused += len(refused)
        for each in refused:
            self._listener.refused(each.line, each.refusal)
        self._listener.went_on(self.tally)

    async def _outcomes(self, orders: list[CheckedOrder], charged: asyncio.Event) -> list[Refusal | None]:
        """Place orders, or rehearse it, count what was placed, and return why the others were not."""
        use = self._use.bulk_ordering
        if self._rehearsed:
            rehearsal = await use.rehearse(self._caller, orders, spent_cents=self._spent_cents)
            self._spent_cents = rehearsal.spent_cents
            self.tally.placed += rehearsal.refusals.count(None)
            return [None if each is None else Refusal.of(each) for each in rehearsal.refusals]
        found = await use.place_checked(self._caller, orders, charged=charged.set)
        refusals = [Refusal.of(each) if isinstance(each, CertwrightError) else None for each in found]
        new = sum(not isinstance(each, CertwrightError) and each.is_new for each in found)
        self.tally.placed += new
        self.tally.known += refusals.count(None) - new
        return refusals


def _parts(records: Iterator[Record]) -> Iterator[list[Record]]:
    while part := list(islice(records, _AT_ONCE)):
        yield part
