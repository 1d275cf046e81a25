"""Orders move by the table and by nothing else, and every move leaves its change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from certwright.domain.change import WORKER, Actor, ActorKind, StatusChange
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import Conflict
from certwright.domain.identifier import Identifier
from certwright.domain.order import LONGEST_REASON, Order, place
from certwright.domain.status import STARTS, TRANSITIONS, Action, OrderStatus
from tests.support.book import KEY, names, order
from tests.support.clock import NOON

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("status", OrderStatus)
@pytest.mark.parametrize("action", Action)
def test_action_follows_the_table_or_is_a_conflict(status: OrderStatus, action: Action) -> None:
    before = order(status=status)
    target = TRANSITIONS.get((status, action))
    assert before.can(action) is (target is not None)
    if target is None:
        with pytest.raises(Conflict, match=f"^Unable to {action.value.replace('_', ' ')} an order that is "):
            before.apply(action, actor=KEY, reason="", at=NOON)
        return
    applied = before.apply(action, actor=KEY, reason="because", at=NOON + HOUR)
    assert applied.order == replace(
        before, status=target, status_changed_at=NOON + HOUR, status_reason="because"
    )
    assert applied.change == StatusChange(
        account_id=before.account_id,
        order_id=before.id,
        certificate_id=before.certificate_id,
        action=action,
        from_status=status,
        to_status=target,
        actor=KEY,
        reason="because",
        changed_at=NOON + HOUR,
    )


@pytest.mark.parametrize("status", OrderStatus)
def test_life_begins_in_a_start(status: OrderStatus) -> None:
    new = order(status=status)
    if status not in STARTS:
        with pytest.raises(Conflict):
            place(new, actor=KEY, reason="")
        return
    applied = place(new, actor=KEY, reason="Waits")
    assert (applied.change.action, applied.change.from_status) == (Action.PLACE, None)
    assert applied.change.to_status is applied.order.status is status
    assert applied.change.changed_at == new.created_at


def test_reason_is_kept_as_far_as_a_feed_can_tell_it() -> None:
    applied = order().apply(Action.CANCEL, actor=KEY, reason="x" * 10**6, at=NOON)
    assert applied.change.reason == applied.order.status_reason == "x" * LONGEST_REASON


def test_first_name_speaks_for_the_order() -> None:
    new = order(names=(*names("b.example", method=DCVMethod.WEBSITE), *names("a.example")))
    assert (new.common_name, new.method) == (Identifier("b.example"), DCVMethod.WEBSITE)


class OrderLife(RuleBasedStateMachine):
    """Any sequence of actions at all: the log alone tells where the order stands."""

    current: Order
    log: list[StatusChange]

    @initialize(status=st.sampled_from(sorted(STARTS)))
    def begin(self, status: OrderStatus) -> None:
        applied = place(order(status=status), actor=KEY, reason="")
        self.current, self.log = applied.order, [applied.change]

    @rule(action=st.sampled_from(Action), hours=st.integers(0, 5))
    def act(self, action: Action, hours: int) -> None:
        legal = (self.current.status, action) in TRANSITIONS
        try:
            applied = self.current.apply(
                action, actor=WORKER, reason=action.value, at=self.current.status_changed_at + hours * HOUR
            )
        except Conflict:
            assert not legal
            return
        assert legal
        self.current = applied.order
        self.log.append(applied.change)

    @invariant()
    def log_is_unbroken(self) -> None:
        assert self.log[0].from_status is None
        for earlier, later in zip(self.log, self.log[1:], strict=False):
            assert later.from_status is earlier.to_status
            assert TRANSITIONS[earlier.to_status, later.action] is later.to_status
            assert later.changed_at >= earlier.changed_at
        assert self.log[-1].to_status is self.current.status
        assert self.log[-1].changed_at == self.current.status_changed_at


TestOrderLife = OrderLife.TestCase


def test_actor_is_named_by_kind_and_id() -> None:
    assert str(WORKER) == "worker"
    assert str(Actor(kind=ActorKind.APPLICANT, id="a@example.com")) == "applicant:a@example.com"
