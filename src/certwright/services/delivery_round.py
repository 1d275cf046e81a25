"""One round of deliveries to a subscriber: what is to be sent in which order, and what comes of it. No I/O.

The changes of an order stand in a line, and only the first of a line may be sent. So a change never arrives before an
earlier one of its order was delivered or given up, and an order that fails holds up no other.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from certwright.domain.subscription import (
    Attempt,
    AttemptOutcome,
    HeldChange,
    Subscription,
    Tally,
    pause_after,
    rest_after,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from certwright.domain.change import StatusChange
    from certwright.domain.ids import OrderId
    from certwright.services.ports import Answer

_GONE = 410
_STRIKES = 8
"""After so many failures and no success a round is broken off: the endpoint itself is down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundResult:
    """What a round leaves behind: the attempts, and which changes are to be held from now on, or no longer."""

    tally: Tally
    position: int
    attempts: tuple[Attempt, ...]
    held: tuple[HeldChange, ...]
    released: tuple[int, ...]
    next_run: datetime | None


class DeliveryRound:
    """A round under way.

    ``held`` are the changes that the subscription holds, ``fresh`` those behind its position, as many as were read.
    """

    def __init__(
        self,
        subscription: Subscription,
        held: Sequence[HeldChange],
        fresh: Sequence[StatusChange],
        *,
        at: datetime,
    ) -> None:
        self.subscription = subscription
        self._held = {each.change.sequence: each for each in held}
        self._position = fresh[-1].sequence if fresh else subscription.position
        self._lines: dict[OrderId, deque[HeldChange]] = {}
        self._attempts: list[Attempt] = []
        self._spent: dict[OrderId, int] = {}
        self._delivered = 0
        self._is_gone = False
        for each in (*held, *(HeldChange(change=change, run_at=at) for change in fresh)):
            if subscription.filter.lets_through(each.change):
                self._lines.setdefault(each.change.order_id, deque()).append(each)

    def due(self, at: datetime) -> list[OrderId]:
        """List the orders with a change to be sent now: by turns one never tried and one that failed before."""
        heads = [(order_id, line[0]) for order_id, line in self._lines.items() if line[0].run_at <= at]
        new = [order_id for order_id, head in heads if head.tries == 0]
        failed = [order_id for order_id, head in heads if head.tries > 0]
        turns = chain.from_iterable(zip_longest(new, failed))
        return [order_id for order_id in turns if order_id is not None]

    def head(self, order_id: OrderId) -> HeldChange | None:
        """Return the first change of an order's line."""
        line = self._lines.get(order_id)
        return line[0] if line else None

    @property
    def holding(self) -> int:
        """How many changes are still to be delivered."""
        return sum(len(line) for line in self._lines.values())

    @property
    def is_broken_off(self) -> bool:
        """Whether the endpoint wants nothing more, or seems to be down."""
        return self._is_gone or (self._delivered == 0 and len(self._attempts) >= _STRIKES)

    def note(self, order_id: OrderId, answer: Answer, *, at: datetime) -> bool:
        """Note what came of sending the first change of a line; whether the next of the line may be sent."""
        line = self._lines[order_id]
        head = line[0]
        self._attempts.append(
            Attempt(
                sequence=head.change.sequence,
                try_number=head.tries + 1,
                outcome=AttemptOutcome.DELIVERED if answer.is_success else AttemptOutcome.FAILED,
                status_code=answer.status_code,
                error=answer.error,
                duration=answer.duration,
                attempted_at=at,
            )
        )
        if answer.is_success:
            self._delivered += 1
            line.popleft()
            if not line:
                del self._lines[order_id]
            return True
        if head.is_spent(at):
            self._spent[order_id] = len(self._attempts) - 1
        line[0] = head.after_failure(at=at, pause=_jittered(pause_after(head.tries + 1)))
        self._is_gone = self._is_gone or answer.status_code == _GONE
        return False

    def close(self, at: datetime, *, is_more: bool) -> RoundResult:
        """Sum up; ``is_more`` says that changes were left in the log."""
        failed = len(self._attempts) - self._delivered
        given_up = 0 if self._ends_it_all(at) else self._give_up()
        remaining = {each.change.sequence: each for line in self._lines.values() for each in line}
        return RoundResult(
            tally=Tally(
                delivered=self._delivered,
                failed=failed - given_up,
                given_up=given_up,
                is_gone=self._is_gone,
            ),
            position=self._position,
            attempts=tuple(self._attempts),
            held=tuple(each for sequence, each in remaining.items() if self._held.get(sequence) != each),
            released=tuple(self._held.keys() - remaining.keys()),
            next_run=self._next_run(at, is_more=is_more),
        )

    def _ends_it_all(self, at: datetime) -> bool:
        """Whether this round disables the subscription; what it holds is then kept until it is switched on again."""
        tally = Tally(
            delivered=self._delivered,
            failed=len(self._attempts) - self._delivered,
            is_gone=self._is_gone,
        )
        return not self.subscription.after(tally, position=self._position, at=at).is_live

    def _give_up(self) -> int:
        for order_id, index in self._spent.items():
            self._attempts[index] = replace(self._attempts[index], outcome=AttemptOutcome.GIVEN_UP)
            self._lines[order_id].popleft()
            if not self._lines[order_id]:
                del self._lines[order_id]
        return len(self._spent)

    def _next_run(self, at: datetime, *, is_more: bool) -> datetime | None:
        runs = [line[0].run_at for line in self._lines.values()]
        if is_more:
            runs.append(at)
        if not runs:
            return None
        if not self.is_broken_off:
            return min(runs)
        failing_for = at - (self.subscription.failing_since or at)
        return max(min(runs), at + _jittered(rest_after(failing_for)))


def _jittered(span: timedelta) -> timedelta:
    """Vary a span by a quarter, so that what failed together is not tried again together."""
    return span * random.uniform(0.75, 1.25)  # noqa: S311 - not a secret
