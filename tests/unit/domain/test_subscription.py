"""What is sent, how it is signed, when it is sent again, and what failures do to a subscription."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from certwright.domain.account import Secret
from certwright.domain.ids import APIKeyId, SubscriptionId
from certwright.domain.status import Action, OrderStatus
from certwright.domain.subscription import (
    GIVE_UP_AFTER,
    LIVE,
    OVERLAP,
    ChangeFilter,
    DisabledReason,
    HeldChange,
    SubscriptionStatus,
    Tally,
    message_id_of,
    message_id_of_test,
    new_secret,
    pause_after,
    rest_after,
    sign,
)
from tests.support.clock import NOON
from tests.support.subscriptions import change, subscription

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("actions", "statuses", "passes"),
    [
        (set(), set(), True),
        ({Action.ISSUE}, set(), True),
        ({Action.PLACE}, set(), False),
        (set(), {OrderStatus.ISSUED}, True),
        (set(), {OrderStatus.REVOKED}, False),
        ({Action.PLACE}, {OrderStatus.ISSUED}, True),
        ({Action.ISSUE}, {OrderStatus.REVOKED}, True),
    ],
)
def test_filter(actions: set[Action], statuses: set[OrderStatus], passes: bool) -> None:
    chosen = ChangeFilter(actions=frozenset(actions), statuses=frozenset(statuses))
    assert chosen.lets_through(change()) is passes


def test_signature_is_that_of_standard_webhooks() -> None:
    # Computed by `printf … | openssl dgst -sha256 -mac HMAC -macopt hexkey:… -binary | base64`.
    secret = Secret("whsec_" + base64.b64encode(bytes(range(32))).decode())
    assert sign(secret, "msg_7_11", 1_795_348_800, b'{"type":"order.status_changed"}') == (
        "v1,FKAIrcGrNLldm0l0vlD1x0WHQLnvXC2OF54xMc/mlfQ="
    )


def test_secrets_are_random_and_have_their_form() -> None:
    one, other = new_secret(), new_secret()
    assert one.reveal() != other.reveal()
    assert one.reveal().startswith("whsec_")
    assert 24 <= len(base64.b64decode(one.reveal().removeprefix("whsec_"))) <= 64


def test_ids_name_a_change_always_and_a_test_never_twice() -> None:
    assert message_id_of(SubscriptionId(7), 11) == message_id_of(SubscriptionId(7), 11) == "msg_7_11"
    assert message_id_of(SubscriptionId(71), 1) != message_id_of(SubscriptionId(7), 11)
    assert message_id_of_test(SubscriptionId(7)) != message_id_of_test(SubscriptionId(7))


def test_replaced_secret_signs_for_a_day() -> None:
    rotated = subscription().with_new_secret(b"newer", at=NOON)
    assert rotated.sealed_secrets(NOON) == (b"newer", b"new")
    assert rotated.sealed_secrets(NOON + OVERLAP - timedelta(seconds=1)) == (b"newer", b"new")
    assert rotated.sealed_secrets(NOON + OVERLAP) == (b"newer",)
    twice = rotated.with_new_secret(b"newest", at=NOON)
    assert twice.sealed_secrets(NOON) == (b"newest", b"newer")


def test_pauses_double_up_to_four_hours_and_reach_three_days() -> None:
    pauses = [pause_after(tries) for tries in range(1, 60)]
    assert pauses[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=4)
    tries = next(count for count in range(60) if sum(pauses[:count], timedelta()) >= GIVE_UP_AFTER)
    assert 20 < tries < 40


def test_rest_grows_with_the_failure_within_bounds() -> None:
    assert rest_after(timedelta()) == timedelta(seconds=5)
    assert rest_after(timedelta(minutes=4)) == timedelta(minutes=2)
    assert rest_after(DAY) == timedelta(minutes=15)


def test_change_is_spent_three_days_after_its_first_failure() -> None:
    held = HeldChange(change=change(), run_at=NOON)
    assert not held.is_spent(NOON + GIVE_UP_AFTER)
    failed = held.after_failure(at=NOON, pause=timedelta(minutes=1))
    assert (failed.tries, failed.failed_at, failed.run_at) == (1, NOON, NOON + timedelta(minutes=1))
    again = failed.after_failure(at=NOON + DAY, pause=DAY)
    assert (again.tries, again.failed_at) == (2, NOON)
    assert not again.is_spent(NOON + GIVE_UP_AFTER - timedelta(seconds=1))
    assert again.is_spent(NOON + GIVE_UP_AFTER)


def test_failures_are_counted_from_the_last_success() -> None:
    failed = subscription().after(Tally(failed=2), position=12, at=NOON)
    assert (failed.position, failed.turn, failed.failing_since) == (12, 1, NOON)
    assert failed.after(Tally(failed=1), position=12, at=NOON + DAY).failing_since == NOON
    assert failed.after(Tally(failed=1, delivered=1), position=12, at=NOON + DAY).failing_since is None
    assert failed.after(Tally(), position=13, at=NOON + DAY).failing_since == NOON


@pytest.mark.parametrize(
    ("tally", "status", "reason"),
    [
        (Tally(delivered=1), SubscriptionStatus.ACTIVE, None),
        (Tally(delivered=1, failed=9), SubscriptionStatus.ACTIVE, None),
        (Tally(delivered=1, given_up=1), SubscriptionStatus.FAILING, None),
        (Tally(given_up=1), SubscriptionStatus.FAILING, None),
        (Tally(), SubscriptionStatus.ACTIVE, None),
        (Tally(failed=1), SubscriptionStatus.DISABLED, DisabledReason.UNREACHABLE),
        (Tally(failed=1, delivered=5, is_gone=True), SubscriptionStatus.DISABLED, DisabledReason.GONE),
    ],
)
def test_what_three_days_without_success_end_in(
    tally: Tally, status: SubscriptionStatus, reason: DisabledReason | None
) -> None:
    after = subscription(failing_since=NOON - GIVE_UP_AFTER).after(tally, position=10, at=NOON)
    assert (after.status, after.disabled_reason) == (status, reason)


def test_subscription_that_is_off_stays_off() -> None:
    off = subscription(failing_since=NOON - GIVE_UP_AFTER).switched_off()
    assert (
        off.after(Tally(failed=1, is_gone=True), position=11, at=NOON).status is SubscriptionStatus.INACTIVE
    )
    disabled = subscription().disabled(DisabledReason.GONE)
    assert disabled.switched_off() == disabled
    assert not disabled.rewound(3).is_live


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_switched_on_all_is_forgotten(status: SubscriptionStatus) -> None:
    before = subscription(status=status, disabled_reason=DisabledReason.GONE, failing_since=NOON)
    assert before.is_live is (status in LIVE)
    after = before.switched_on(APIKeyId(1002))
    assert after == replace(
        before,
        status=SubscriptionStatus.ACTIVE,
        disabled_reason=None,
        failing_since=None,
        key_id=APIKeyId(1002),
        turn=1,
    )


def test_rewound_and_moved_take_another_turn() -> None:
    failing = subscription(status=SubscriptionStatus.FAILING, failing_since=NOON)
    rewound = failing.rewound(3)
    assert (rewound.position, rewound.turn, rewound.status) == (3, 1, SubscriptionStatus.ACTIVE)
    moved = failing.moved("https://elsewhere.example.com/")
    assert (moved.turn, moved.failing_since, moved.status) == (1, None, SubscriptionStatus.FAILING)
