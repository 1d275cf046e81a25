"""Placing orders by the thousand: the same checks, rows and answers as for one, a few hundred in a transaction."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from certwright.domain.errors import CertwrightError, NotFound
from certwright.domain.ids import CertificateId, OrderId
from certwright.domain.text import is_storable
from certwright.services.admission import Admission, Admitted, Candidate, Repeated
from certwright.services.new_order import CheckedOrder, check_order
from certwright.services.placing import Numbers, Placing, StoredOrder
from certwright.services.retrying import again_when_stale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from certwright.domain.account import Caller
    from certwright.domain.key_blocklist import KeyBlocklist
    from certwright.domain.status import OrderStatus
    from certwright.services.idempotency import IdempotencyKey
    from certwright.services.new_order import NewOrder
    from certwright.services.placing import Result, Schedule
    from certwright.services.ports import Clock, Store

_MOST_ORDERS = 500
_MOST_NAMES = 2000
"""How much goes into one transaction, which on SQLite keeps everybody else waiting."""

_CHECKED_AT_ONCE = 16
"""How many orders are translated and checked before other requests get their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """What became of an order: its number and where it stands; one that is not new was placed earlier under its key."""

    order_id: OrderId
    status: OrderStatus
    is_new: bool = True


Outcome = PlacedOrder | CertwrightError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What placing orders would come to: the refusal of each, or ``None``, and what has been spent by then."""

    refusals: list[CertwrightError | None]
    spent_cents: int


class BulkOrdering:
    """Places many orders; ``blocklist`` is what ``check_order`` is to be called with."""

    def __init__(self, store: Store, clock: Clock, *, blocklist: KeyBlocklist, schedule: Schedule) -> None:
        self._store = store
        self._clock = clock
        self.blocklist = blocklist
        self._schedule = schedule

    async def place_many(self, caller: Caller, orders: Iterable[NewOrder | CertwrightError]) -> list[Outcome]:
        """Check orders and place those that are good; an order that could not even be read stands as its error.

        Returns what became of each, in their order. Each is judged as if it were placed alone, after those before it.
        Orders that are read while they are iterated over leave their turn to other requests in between.
        """
        batch: list[CheckedOrder | CertwrightError] = []
        for new in orders:
            batch.append(new if isinstance(new, CertwrightError) else self._check(new))
            if len(batch) % _CHECKED_AT_ONCE == 0:
                await asyncio.sleep(0)
        return await self.place_checked(caller, batch)

    async def place_checked(
        self,
        caller: Caller,
        orders: Sequence[CheckedOrder | CertwrightError],
        *,
        charged: Callable[[], None] = lambda: None,
    ) -> list[Outcome]:
        """Place orders that ``check_order`` has let pass; else as ``place_many``.

        ``charged`` is called when all of them have been charged, before they are stored: others that are placed from then
        on come after them, and need not wait for their end.
        """
        outcomes: list[Outcome] = []
        parts = list(_parts(orders))
        for number, some in enumerate(parts, start=1):
            good = [each for each in some if isinstance(each, CheckedOrder)]
            is_last = number == len(parts)
            placed = iter(await self._place(caller, good, charged if is_last else lambda: None))
            outcomes += [each if isinstance(each, CertwrightError) else next(placed) for each in some]
        return outcomes

    async def find_placed(self, caller: Caller, keys: Sequence[IdempotencyKey | None]) -> list[bool]:
        """Tell under which keys the very same was placed before."""
        texts = {key.text for key in keys if key is not None and is_storable(key.text)}
        async with self._store.reading() as work:
            used = await work.answered.find(caller.account_id, texts)
        return [
            key is not None and key.text in used and used[key.text].fingerprint == key.fingerprint
            for key in keys
        ]

    async def rehearse(
        self, caller: Caller, orders: Sequence[CheckedOrder], *, spent_cents: int = 0
    ) -> Rehearsal:
        """Judge orders that ``check_order`` has let pass as if they were placed, and store nothing.

        ``spent_cents`` is what earlier orders of the same rehearsal would have been charged.
        """
        candidates = [
            Candidate(checked=each, order_id=OrderId(0), certificate_id=CertificateId(0)) for each in orders
        ]
        async with self._store.reading() as work:
            admission = await Admission.open(work, caller, [each.new for each in orders], self._clock.now())
            balance = await work.ledger.balance(caller.account_id)
        verdicts = admission.judge(candidates, replace(balance, cents=balance.cents - spent_cents))
        charged = sum(each.checked.price_cents for each in verdicts if isinstance(each, Admitted))
        refusals = [each if isinstance(each, CertwrightError) else None for each in verdicts]
        return Rehearsal(refusals=refusals, spent_cents=spent_cents + charged)

    def _check(self, new: NewOrder) -> CheckedOrder | CertwrightError:
        try:
            return check_order(new, self.blocklist, self._clock.now())
        except CertwrightError as refusal:
            return refusal

    @again_when_stale
    async def _place(
        self, caller: Caller, batch: Sequence[CheckedOrder], charged: Callable[[], None]
    ) -> list[Outcome]:
        numbers = await Numbers.allot(self._store, batch)
        placing = Placing(caller=caller, at=self._clock.now(), schedule=self._schedule, charged=charged)
        async with self._store.writing() as work:
            results = await placing.place(work, batch, numbers)
            placed = {
                each.order_id: PlacedOrder(order_id=each.order_id, status=each.order.status)
                for each in results
                if isinstance(each, StoredOrder)
            }
            earlier = {each.order_id for each in results if isinstance(each, Repeated)} - placed.keys()
            for order in await work.orders.find_several(caller.account_id, earlier):
                if caller.may_see(order):
                    placed[order.id] = PlacedOrder(order_id=order.id, status=order.status)
        return [_outcome(each, placed) for each in results]


def _outcome(result: Result, placed: Mapping[OrderId, PlacedOrder]) -> Outcome:
    if isinstance(result, CertwrightError):
        return result
    found = placed.get(result.order_id)
    if found is None:
        return NotFound("order")
    return replace(found, is_new=False) if isinstance(result, Repeated) else found


def _parts(
    orders: Sequence[CheckedOrder | CertwrightError],
) -> Iterator[list[CheckedOrder | CertwrightError]]:
    """Split orders into what goes into one transaction each."""
    part: list[CheckedOrder | CertwrightError] = []
    names = 0
    for each in orders:
        count = 0 if isinstance(each, CertwrightError) else len(each.new.names)
        if part and (len(part) == _MOST_ORDERS or names + count > _MOST_NAMES):
            yield part
            part, names = [], 0
        part.append(each)
        names += count
    if part:
        yield part
