"""Events on the wire: over TLS to a good certificate only, to the address that was judged, without following anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.account import Secret
from certwright.domain.errors import InvalidInput, Unavailable
from certwright.domain.ids import CertificateId, OrderId, WebhookId
from certwright.domain.webhook import EventKind, Subject
from certwright.notify.http_post import HTTPPoster
from certwright.notify.webhook import HTTPEventSender
from certwright.services.ports import Event
from tests.support.receiver import Receiver

if TYPE_CHECKING:
    import ssl

EVENT = Event(
    kind=EventKind.CERTIFICATE_ISSUED,
    subject=Subject(order_id=OrderId(1), certificate_id=CertificateId(2)),
)


async def at_home(_host: str) -> tuple[str, ...]:
    return ("127.0.0.1",)


async def nowhere(host: str) -> tuple[str, ...]:
    raise Unavailable(f"{host} has no public address")


async def test_event_goes_to_the_judged_address_under_the_endpoints_name(receiver: Receiver) -> None:
    sender = HTTPEventSender(HTTPPoster(at_home, allow_http=True))
    url = f"http://hooks.example.com:{receiver.port}/path?query=1"
    assert await sender.send(url, EVENT, secret=Secret("s" * 32)) == 200
    (got,) = receiver.received
    assert got.body == {"event": "certificate_issued", "data": {"order_id": 1, "certificate_id": 2}}
    assert got.headers["host"] == f"hooks.example.com:{receiver.port}"
    assert got.headers["x-webhook-key"] == "s" * 32
    assert got.path == "/path"


async def test_challenge_and_test_events(receiver: Receiver) -> None:
    sender = HTTPEventSender(HTTPPoster(at_home, allow_http=True))
    url = f"http://hooks.example.com:{receiver.port}/"
    token = Event(kind=EventKind.CHALLENGE, subject=Subject(), webhook_id=WebhookId(7), token=Secret("token"))
    await sender.send(url, token, secret=None)
    await sender.send(url, Event(kind=EventKind.TEST, subject=Subject()), secret=None)
    challenge, test = (each.body for each in receiver.received)
    assert challenge == {
        "event": "challenge_webhook_endpoint",
        "data": {"token": "token", "webhook_id": 7},
    }
    assert test == {"event": "test_webhook_endpoint"}
    assert "x-webhook-key" not in receiver.received[0].headers


async def test_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.status = 307
    sender = HTTPEventSender(HTTPPoster(at_home, allow_http=True))
    assert await sender.send(f"http://hooks.example.com:{receiver.port}/", EVENT, secret=None) == 307
    assert len(receiver.received) == 1


async def test_certificate_that_nobody_trusts_gets_nothing(untrusted_tls: ssl.SSLContext) -> None:
    async with Receiver(untrusted_tls) as receiver:
        sender = HTTPEventSender(HTTPPoster(at_home))
        with pytest.raises(Unavailable, match="did not answer"):
            await sender.send(f"https://untrusted.test:{receiver.port}/", EVENT, secret=Secret("s" * 32))
        assert receiver.received == []


async def test_no_answer(receiver: Receiver) -> None:
    await receiver.__aexit__()
    sender = HTTPEventSender(HTTPPoster(at_home, allow_http=True, time_limit=timedelta(seconds=1)))
    with pytest.raises(Unavailable, match="did not answer"):
        await sender.send(f"http://hooks.example.com:{receiver.port}/", EVENT, secret=None)
    with pytest.raises(Unavailable, match="no public address"):
        await HTTPEventSender(HTTPPoster(nowhere)).send("https://hooks.example.com/", EVENT, secret=None)


def test_endpoint_without_tls_is_refused() -> None:
    with pytest.raises(InvalidInput):
        HTTPEventSender(HTTPPoster(at_home)).check_endpoint("http://hooks.example.com/")
    HTTPEventSender(HTTPPoster(at_home)).check_endpoint("https://hooks.example.com/")
