"""Endpoints that may be named, what they are told, and when a delivery is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from certwright.domain.ids import WebhookId
from certwright.domain.webhook import (
    MAX_TRIES,
    SUBSCRIBABLE,
    EventKind,
    Webhook,
    WebhookStatus,
    is_usable_endpoint,
    pause_after,
)
from tests.support.book import ACCOUNT
from tests.support.clock import NOON


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example",
        "ftp://hooks.example/",
        "https://",
        "https:///path",
        "https://ada:secret@hooks.example/",
        "https://hooks.example:0/",
        "https://hooks.example:99999/",
        "https://hooks.example/a b",
        "https://h\u00f6\u00f6ks.example/",
        "https://hooks.example/\n",
        "https://[::1",
        f"https://hooks.example/{'x' * 2000}",
    ],
)
def test_url_that_is_no_endpoint(url: str) -> None:
    assert not is_usable_endpoint(url, allow_http=True)


def test_plain_http_only_where_it_is_allowed() -> None:
    assert is_usable_endpoint("https://hooks.example:8443/a?b=c", allow_http=False)
    assert is_usable_endpoint("http://hooks.example/", allow_http=True)
    assert not is_usable_endpoint("http://hooks.example/", allow_http=False)


@pytest.mark.parametrize("status", WebhookStatus)
def test_only_an_active_webhook_hears_what_it_asked_for(status: WebhookStatus) -> None:
    webhook = Webhook(
        id=WebhookId(1),
        account_id=ACCOUNT,
        endpoint="https://hooks.example/",
        events=frozenset({EventKind.CERTIFICATE_ISSUED}),
        status=status,
        created_at=NOON,
    )
    assert webhook.wants(EventKind.CERTIFICATE_ISSUED) is (status is WebhookStatus.ACTIVE)
    assert not webhook.wants(EventKind.ORDER_REJECTED)


def test_tests_and_challenges_can_not_be_asked_for() -> None:
    assert set(EventKind) - SUBSCRIBABLE == {EventKind.CHALLENGE, EventKind.TEST}


def test_pauses_double_up_to_eight_hours() -> None:
    pauses = [pause_after(tries) for tries in range(1, MAX_TRIES)]
    assert pauses[0] == timedelta(seconds=30)
    assert pauses == sorted(pauses)
    assert pauses[-1] <= timedelta(hours=8)
    assert pause_after(40) == timedelta(hours=8)
    assert timedelta(hours=12) < sum(pauses, timedelta(0)) < timedelta(hours=24)
