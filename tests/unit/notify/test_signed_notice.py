"""Notices on the wire: the headers and the body of Standard Webhooks, over TLS that is trusted or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.change import Actor, ActorKind
from certwright.domain.errors import InvalidInput, Unavailable
from certwright.domain.ids import SubscriptionId
from certwright.domain.status import Action, OrderStatus
from certwright.domain.subscription import new_secret
from certwright.notify.http_post import HTTPPoster
from certwright.notify.signed_notice import SignedNoticeSender
from certwright.services.ports import Notice
from tests.support.clock import NOON
from tests.support.receiver import Receiver
from tests.support.subscriptions import change, is_signed

if TYPE_CHECKING:
    import ssl

    from tests.support.tls import TrustedTLS

PLACED = change(
    12,
    action=Action.PLACE,
    from_status=None,
    to_status=OrderStatus.PENDING,
    actor=Actor(kind=ActorKind.APPLICANT, id="owner@example.com"),
    reason="Waits f\u00fcr proof",
    changed_at=NOON + timedelta(microseconds=5),
)
NOTICE = Notice(
    id="msg_7_12", subscription_id=SubscriptionId(7), occurred_at=PLACED.changed_at, change=PLACED
)


async def at_home(_host: str) -> tuple[str, ...]:
    return ("127.0.0.1",)


async def nowhere(host: str) -> tuple[str, ...]:
    raise Unavailable(f"{host} has no public address")


async def test_notice_over_tls(trusted_tls: TrustedTLS) -> None:
    secret = new_secret()
    sender = SignedNoticeSender(HTTPPoster(at_home, trust=trusted_tls.client))
    async with Receiver(trusted_tls.server) as receiver:
        url = f"https://{trusted_tls.host}:{receiver.port}/hook"
        answer = await sender.send(url, NOTICE, secrets=[secret], at=NOON + timedelta(minutes=3))
        later = await sender.send(url, NOTICE, secrets=[secret], at=NOON + timedelta(minutes=4))
    assert (answer.status_code, answer.error, answer.is_success) == (200, "", True)
    assert timedelta() < answer.duration < timedelta(seconds=10)
    first, second = receiver.received
    assert later.is_success
    assert is_signed(first, secret.reveal())
    assert is_signed(second, secret.reveal())
    assert not is_signed(replace(first, raw=first.raw + b" "), secret.reveal())
    assert first.raw == second.raw
    assert first.headers["content-type"] == "application/json"
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "msg_7_12"
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 60
    assert first.body == {
        "type": "order.status_changed",
        "timestamp": "2026-11-22T12:00:00.000005Z",
        "data": {
            "sequence": 12,
            "order_id": 100_001,
            "certificate_id": 500_001,
            "action": "place",
            "from_status": None,
            "to_status": "pending",
            "reason": "Waits f\u00fcr proof",
            "actor": {"kind": "applicant", "id": "owner@example.com"},
            "changed_at": "2026-11-22T12:00:00.000005Z",
        },
    }


async def test_receiver_that_nobody_trusts_is_sent_nothing(untrusted_tls: ssl.SSLContext) -> None:
    sender = SignedNoticeSender(HTTPPoster(at_home))
    async with Receiver(untrusted_tls) as receiver:
        url = f"https://untrusted.test:{receiver.port}/"
        answer = await sender.send(url, NOTICE, secrets=[new_secret()], at=NOON)
    assert answer.status_code is None
    assert "did not answer (ClientConnectorCertificateError)" in answer.error
    assert receiver.received == []


async def test_host_is_judged_at_every_sending_and_beforehand(receiver: Receiver) -> None:
    sender = SignedNoticeSender(HTTPPoster(nowhere, allow_http=True))
    url = f"http://hooks.example.com:{receiver.port}/"
    answer = await sender.send(url, NOTICE, secrets=[new_secret()], at=NOON)
    assert (answer.status_code, answer.error) == (None, "hooks.example.com has no public address")
    with pytest.raises(InvalidInput, match="no public address"):
        await sender.check_url(url)
    assert receiver.received == []


async def test_url_without_tls_is_refused() -> None:
    sender = SignedNoticeSender(HTTPPoster(at_home))
    with pytest.raises(InvalidInput, match="https://"):
        await sender.check_url("http://hooks.example.com/")
    await sender.check_url("https://hooks.example.com/")
