"""Webhooks read and told: what is left out stays, and times, filters and pages come out as they are."""

from __future__ import annotations

from datetime import timedelta

from certwright.domain.account import Secret
from certwright.domain.status import Action, OrderStatus
from certwright.domain.subscription import (
    OVERLAP,
    Attempt,
    AttemptOutcome,
    ChangeFilter,
    DisabledReason,
)
from certwright.services.subscriptions import NewSecret, SubscriptionWishes
from certwright.web.native.schemas.webhooks import Events, NewWebhook, WebhookChange
from certwright.web.native.translate import webhooks
from tests.support.clock import NOON
from tests.support.subscriptions import subscription


def attempt(number: int, sequence: int | None = 5) -> Attempt:
    return Attempt(
        number=number,
        sequence=sequence,
        try_number=2,
        outcome=AttemptOutcome.GIVEN_UP,
        status_code=500,
        error="",
        duration=timedelta(milliseconds=12, microseconds=900),
        attempted_at=NOON,
    )


def test_change_leaves_out_what_is_not_named() -> None:
    assert webhooks.wishes(WebhookChange()) == SubscriptionWishes()
    assert webhooks.wishes(WebhookChange(active=False)).is_active is False
    assert webhooks.wishes(WebhookChange(events=Events())).filter == ChangeFilter()


def test_new_webhook_wants_everything_at_once() -> None:
    wishes = webhooks.wishes(NewWebhook(url="https://hooks.example.com/"))
    assert wishes == SubscriptionWishes(
        url="https://hooks.example.com/", description="", filter=ChangeFilter(), is_active=True
    )


def test_events_become_a_filter_and_come_back_sorted() -> None:
    events = Events(actions=[Action.REVOKE, Action.ISSUE, Action.ISSUE], to_statuses=[OrderStatus.REJECTED])
    wishes = webhooks.wishes(WebhookChange(events=events))
    assert wishes.filter is not None
    shown = webhooks.webhook(subscription(filter=wishes.filter), at=NOON)
    assert shown.events == Events(actions=[Action.ISSUE, Action.REVOKE], to_statuses=[OrderStatus.REJECTED])


def test_what_failed_is_told() -> None:
    shown = webhooks.webhook(
        subscription(failing_since=NOON, position=7).disabled(DisabledReason.GONE), at=NOON
    )
    assert (shown.status, shown.disabled_reason, shown.cursor) == ("disabled", "gone", 7)
    assert shown.failing_since == "2026-11-22T12:00:00.000000Z"


def test_old_secret_is_told_of_while_it_signs() -> None:
    rotated = subscription().with_new_secret(b"newer", at=NOON)
    assert webhooks.webhook(rotated, at=NOON).old_secret_until == "2026-11-23T12:00:00.000000Z"
    assert webhooks.webhook(rotated, at=NOON + OVERLAP).old_secret_until is None
    made = NewSecret(subscription=rotated, secret=Secret("whsec_eA=="))
    assert webhooks.webhook_with_secret(made, at=NOON).secret == "whsec_eA=="


def test_attempts() -> None:
    found = subscription()
    told = webhooks.delivery(found.id, attempt(3))
    assert (told.message_id, told.duration_ms, told.status) == ("msg_7_5", 12, "given_up")
    assert webhooks.delivery(found.id, attempt(3, None)).message_id is None
    page = webhooks.deliveries(found.id, [attempt(3), attempt(2), attempt(1)], limit=2)
    assert ([each.delivery_id for each in page.deliveries], page.cursor) == ([3, 2], 2)
    assert webhooks.deliveries(found.id, [attempt(3), attempt(2)], limit=2).cursor is None
    assert webhooks.deliveries(found.id, [], limit=2).cursor is None
