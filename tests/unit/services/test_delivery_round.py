"""A round: whose turn it is, what a failure holds back, when it is broken off and when the next is due."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.ids import OrderId
from certwright.domain.status import Action
from certwright.domain.subscription import GIVE_UP_AFTER, AttemptOutcome, ChangeFilter, HeldChange
from certwright.services.delivery_round import DeliveryRound
from certwright.services.ports import Answer
from tests.support.clock import NOON
from tests.support.subscriptions import change, subscription

if TYPE_CHECKING:
    from collections.abc import Sequence

A, B, C = OrderId(1), OrderId(2), OrderId(3)
SECOND = timedelta(seconds=1)
GOOD = Answer(status_code=204, error="", duration=SECOND)
BAD = Answer(status_code=500, error="", duration=SECOND)
GONE = Answer(status_code=410, error="", duration=SECOND)
SILENT = Answer(status_code=None, error="The endpoint did not answer", duration=SECOND)


def held(sequence: int, order: int, *, tries: int = 1, wait: timedelta = timedelta()) -> HeldChange:
    failed_at = NOON - SECOND if tries else None
    return HeldChange(change=change(sequence, order), run_at=NOON + wait, tries=tries, failed_at=failed_at)


def fresh_round(*changes: tuple[int, int], kept: Sequence[HeldChange] = ()) -> DeliveryRound:
    fresh = [change(sequence, order) for sequence, order in changes]
    return DeliveryRound(subscription(), kept, fresh, at=NOON)


def sequence_at_head(made: DeliveryRound, order_id: OrderId) -> int:
    head = made.head(order_id)
    assert head is not None
    return head.change.sequence


def test_changes_of_an_order_go_one_after_the_other() -> None:
    made = fresh_round((1, A), (2, B), (3, A))
    assert made.due(NOON) == [A, B]
    assert sequence_at_head(made, A) == 1
    assert made.note(A, GOOD, at=NOON)
    assert sequence_at_head(made, A) == 3
    assert made.note(A, GOOD, at=NOON)
    assert made.head(A) is None
    assert made.note(B, GOOD, at=NOON)
    result = made.close(NOON, is_more=False)
    assert (result.position, result.held, result.released, result.next_run) == (3, (), (), None)
    assert [each.sequence for each in result.attempts] == [1, 3, 2]
    assert result.tally.delivered == 3


def test_failure_holds_its_order_and_no_other() -> None:
    made = fresh_round((1, A), (2, B), (3, A))
    assert not made.note(A, SILENT, at=NOON)
    assert made.note(B, GOOD, at=NOON)
    result = made.close(NOON, is_more=False)
    first, second = result.held
    assert (first.change.sequence, first.tries, first.failed_at) == (1, 1, NOON)
    assert (second.change.sequence, second.tries) == (3, 0)
    assert result.position == 3
    assert result.next_run == first.run_at
    assert timedelta(seconds=3.75) <= first.run_at - NOON <= timedelta(seconds=6.25)
    attempt = result.attempts[0]
    assert (attempt.outcome, attempt.status_code, attempt.try_number) == (AttemptOutcome.FAILED, None, 1)
    assert attempt.error == "The endpoint did not answer"


def test_new_change_waits_behind_a_held_one_of_its_order() -> None:
    made = fresh_round((5, A), (6, B), kept=[held(2, A, wait=SECOND), held(3, A, tries=0)])
    assert made.due(NOON) == [B]
    assert made.due(NOON + SECOND) == [B, A]
    made.note(B, GOOD, at=NOON)
    result = made.close(NOON, is_more=False)
    assert [each.change.sequence for each in result.held] == [5]
    assert result.released == ()
    assert result.next_run == NOON + SECOND


def test_held_change_that_is_taken_lets_the_next_go() -> None:
    made = fresh_round(kept=[held(2, A), held(3, A, tries=0)])
    assert made.note(A, GOOD, at=NOON)
    assert not made.note(A, BAD, at=NOON)
    result = made.close(NOON, is_more=False)
    assert result.released == (2,)
    assert [(each.change.sequence, each.tries) for each in result.held] == [(3, 1)]
    assert [each.try_number for each in result.attempts] == [2, 1]


def test_new_and_failed_orders_take_turns() -> None:
    made = fresh_round((8, 4), (9, 5), kept=[held(1, A), held(2, B), held(3, C)])
    assert made.due(NOON) == [4, A, 5, B, C]


def test_endpoint_that_takes_nothing_is_left_alone() -> None:
    made = fresh_round(*((number, number) for number in range(1, 21)))
    for order_id in made.due(NOON)[:8]:
        assert not made.is_broken_off
        made.note(order_id, BAD, at=NOON)
    assert made.is_broken_off
    result = made.close(NOON, is_more=True)
    assert len(result.held) == 20
    assert result.next_run is not None
    assert result.next_run >= NOON + timedelta(seconds=3.75)


def test_one_success_keeps_a_round_going() -> None:
    made = fresh_round(*((number, number) for number in range(1, 21)))
    orders = made.due(NOON)
    made.note(orders[0], GOOD, at=NOON)
    for order_id in orders[1:]:
        made.note(order_id, BAD, at=NOON)
    assert not made.is_broken_off
    assert made.close(NOON, is_more=True).next_run == NOON


def test_gone_ends_the_round_and_keeps_what_was_not_taken() -> None:
    made = fresh_round((1, A), (2, B))
    made.note(A, GONE, at=NOON)
    assert made.is_broken_off
    result = made.close(NOON, is_more=False)
    assert result.tally.is_gone
    assert [each.change.sequence for each in result.held] == [1, 2]


@pytest.mark.parametrize("others_work", [True, False])
def test_spent_change_is_given_up_unless_the_endpoint_is_what_fails(others_work: bool) -> None:
    """Where nothing was taken for three days the subscription ends, and what it holds waits to be asked for."""
    begun = NOON - GIVE_UP_AFTER
    spent = HeldChange(change=change(1, A), run_at=NOON, tries=30, failed_at=begun)
    behind = HeldChange(change=change(2, A), run_at=begun)
    since = NOON - timedelta(hours=1) if others_work else begun
    made = DeliveryRound(subscription(position=2, failing_since=since), [spent, behind], [], at=NOON)
    made.note(A, BAD, at=NOON)
    result = made.close(NOON, is_more=False)
    if others_work:
        assert result.attempts[0].outcome is AttemptOutcome.GIVEN_UP
        assert (result.tally.given_up, result.tally.failed) == (1, 0)
        assert result.released == (1,)
        assert result.next_run == behind.run_at
    else:
        assert result.attempts[0].outcome is AttemptOutcome.FAILED
        assert (result.tally.given_up, result.tally.failed) == (0, 1)
        assert result.released == ()
        assert [each.tries for each in result.held] == [31]


def test_unwanted_changes_are_passed_and_no_longer_held() -> None:
    wanting = subscription(filter=ChangeFilter(actions=frozenset({Action.REVOKE})))
    made = DeliveryRound(wanting, [held(1, A)], [change(2, A), change(3, B, action=Action.REVOKE)], at=NOON)
    assert made.due(NOON) == [B]
    made.note(B, GOOD, at=NOON)
    result = made.close(NOON, is_more=False)
    assert (result.position, result.released, result.held) == (3, (1,), ())


def test_nothing_to_do() -> None:
    made = fresh_round()
    assert made.due(NOON) == []
    result = made.close(NOON, is_more=False)
    assert (result.position, result.attempts, result.next_run) == (0, (), None)
