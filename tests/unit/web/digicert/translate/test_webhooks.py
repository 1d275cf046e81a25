"""Webhooks and their events as they are asked for and told."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from certwright.domain.account import Secret
from certwright.domain.errors import InvalidInput
from certwright.domain.ids import DomainId, WebhookId
from certwright.domain.webhook import Delivery, DeliveryStatus, EventKind, Subject, Webhook, WebhookStatus
from certwright.services.webhooks import WebhookView
from certwright.web.digicert.schemas import webhooks as wire
from certwright.web.digicert.translate import webhooks
from certwright.web.digicert.translate.query_string import parse_query_string
from tests.support.book import ACCOUNT
from tests.support.clock import NOON

WEBHOOK = Webhook(
    id=WebhookId(1),
    account_id=ACCOUNT,
    endpoint="https://hooks.example.com/",
    events=frozenset({EventKind.DOMAIN_EXPIRED, EventKind.CERTIFICATE_ISSUED}),
    status=WebhookStatus.ACTIVE,
    created_at=NOON,
)
DELIVERY = Delivery(
    webhook_id=WebhookId(1),
    sequence=1,
    kind=EventKind.DOMAIN_EXPIRED,
    subject=Subject(domain_id=DomainId(4)),
    status=DeliveryStatus.WAITING,
    created_at=NOON,
    run_at=NOON,
)


def test_nothing_said_is_nothing_wished() -> None:
    wishes = webhooks.parse_wishes(wire.WebhookBody(endpoint="", secret="", events=[]))
    assert (wishes.endpoint, wishes.secret, wishes.events, wishes.sends_chain) == (None,) * 4


def test_wishes() -> None:
    settings = wire.WishedSettings(webhook_send_certificate_chain="1")
    wishes = webhooks.parse_wishes(
        wire.WebhookBody(secret="s" * 32, events=["domain_expired", None], webhook_settings=settings)
    )
    assert wishes.events == frozenset({EventKind.DOMAIN_EXPIRED})
    assert wishes.sends_chain
    assert "s" * 32 not in repr(wishes)
    with pytest.raises(InvalidInput):
        webhooks.parse_wishes(wire.WebhookBody(events=["domain_expired", "unheard_of"]))


def test_secret_is_told_to_those_who_may_have_it() -> None:
    view = WebhookView(webhook=WEBHOOK, secret=Secret("s" * 32))
    assert webhooks.webhook(view, with_secret=True).secret == "s" * 32
    assert "secret" not in msgspec.to_builtins(webhooks.webhook(view, with_secret=False))
    told = msgspec.to_builtins(webhooks.webhook(replace(view, secret=None), with_secret=True))
    assert "secret" not in told
    assert told["events"] == ["certificate_issued", "domain_expired"]


def test_event_on_its_way_and_event_answered() -> None:
    assert msgspec.to_builtins(webhooks.logged(DELIVERY)) == {
        "event_name": "domain_expired",
        "event_info": {"domain_id": 4},
        "request_status": "pending",
    }
    answered = replace(
        DELIVERY, status=DeliveryStatus.FAILED, sent_at=NOON, answered_at=NOON, response_code=500
    )
    told = msgspec.to_builtins(webhooks.logged(answered))
    assert (told["request_status"], told["response_code"]) == ("failed", 500)
    assert told["response_received_time"] == "2026-11-22T12:00:00"


@pytest.mark.parametrize(
    ("name", "value", "count"),
    [
        ("filters[event_name]", "domain_expired", 1),
        ("filters[event_name]", "order_rejected", 0),
        ("filters[request_status]", "pending", 1),
        ("filters[request_status]", "success", 0),
        ("filters[other]", "x", 1),
    ],
)
def test_filters_of_the_log(name: str, value: str, count: int) -> None:
    assert len(webhooks.select([DELIVERY], parse_query_string([(name, value)]))) == count
