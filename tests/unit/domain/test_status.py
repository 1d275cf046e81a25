"""The table of the status machine, judged as a whole."""

from __future__ import annotations

from collections import deque

from certwright.domain.status import AWAITING_PROOF, OPEN, STARTS, TRANSITIONS, Action, OrderStatus

S = OrderStatus
NO_WAY_BACK = {S.REJECTED, S.REFUNDED, S.REVOKED}


def test_every_status_is_reached_from_a_start() -> None:
    reached, queue = set(STARTS), deque(STARTS)
    while queue:
        status = queue.popleft()
        for (source, _), target in TRANSITIONS.items():
            if source is status and target not in reached:
                reached.add(target)
                queue.append(target)
    assert reached == set(OrderStatus)


def test_every_action_but_placing_is_used() -> None:
    assert {action for _, action in TRANSITIONS} == set(Action) - {Action.PLACE}


def test_final_statuses_lead_nowhere() -> None:
    assert {source for source, _ in TRANSITIONS}.isdisjoint(NO_WAY_BACK)
    assert {target for (source, _), target in TRANSITIONS.items() if source is S.CANCELED} == {S.REFUNDED}
    # A renewal may come late, and so may a reissue while the order's term lasts.
    assert {target for (source, _), target in TRANSITIONS.items() if source is S.EXPIRED} == {
        S.REISSUE_PENDING
    }


def test_an_order_is_issued_by_way_of_the_ca_alone() -> None:
    sources = {source for (source, _), target in TRANSITIONS.items() if target is S.ISSUED} - {S.ISSUED}
    assert sources == {S.PROCESSING, S.REISSUE_PENDING}
    assert {action for (_, action), target in TRANSITIONS.items() if target is S.PROCESSING} == {
        Action.SUBMIT
    }


def test_certificates_beside_the_current_one_leave_the_order_where_it_is() -> None:
    for action in (Action.ISSUE_DUPLICATE, Action.REVOKE_CERTIFICATE):
        moves = {(source, target) for (source, each), target in TRANSITIONS.items() if each is action}
        assert moves
        assert all(source is target for source, target in moves)


def test_reissue_given_up_goes_back_where_it_came_from() -> None:
    back = {Action.CANCEL_REISSUE: S.ISSUED, Action.CANCEL_LATE_REISSUE: S.EXPIRED}
    for action, target in back.items():
        assert TRANSITIONS[S.REISSUE_PENDING, action] is target
        assert TRANSITIONS[target, Action.REISSUE] is S.REISSUE_PENDING


def test_nothing_can_be_canceled_once_the_ca_has_it() -> None:
    cancelable = {source for source, action in TRANSITIONS if action is Action.CANCEL}
    assert cancelable == OPEN - {S.PROCESSING}
    assert cancelable == {source for source, action in TRANSITIONS if action is Action.LAPSE}


def test_sets_of_statuses_agree_with_the_table() -> None:
    assert STARTS <= OPEN
    assert {source for source, action in TRANSITIONS if action is Action.SUBMIT} == AWAITING_PROOF
    assert {source for source, action in TRANSITIONS if action is Action.REVOKE}.isdisjoint(OPEN)
