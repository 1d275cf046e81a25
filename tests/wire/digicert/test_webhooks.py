"""Webhooks from registering to delivery, to a listener on loopback, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.account import ApprovalPolicy
from certwright.domain.product import ValidationLevel
from certwright.domain.webhook import MAX_TRIES
from tests.support.server import running_server
from tests.wire.digicert.given import API, CERTIFICATE, ORDER, add_organization, issue, place, use_approvals
from tests.wire.digicert.given_account import DOMAIN, add_domain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.receiver import Receiver
    from tests.support.server import Server

HOST = "hooks.example.net"
SECRET = "correct-horse-battery-staple-0123456789"
ALL = [
    "certificate_issued",
    "certificate_revoked",
    "order_rejected",
    "organization_validated",
    "organization_revalidation_notice",
    "organization_expired",
    "domain_validated",
    "domain_revalidation_notice",
    "domain_expired",
]
DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
async def server(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    environment = {"CERTWRIGHT_WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "true"}
    if request.param == "postgresql":
        environment["CERTWRIGHT_DATABASE_URL"] = request.getfixturevalue("fresh_database_url")
    async with running_server(tmp_path, **environment) as running:
        running.dns.publish(HOST, "A", "127.0.0.1")
        yield running


async def _send(server: Server, method: str, path: str, status: int = 204, **request: Any) -> Any:
    response = await server.digicert(method, f"{API}/webhook{path}", **request)
    assert response.status_code == status, response.text
    return response.json() if response.content else None


async def _register(server: Server, receiver: Receiver, **changes: Any) -> None:
    body = {"endpoint": f"http://{HOST}:{receiver.port}/events", "secret": SECRET, "events": ALL, **changes}
    assert await _send(server, "POST", "", 201, json=body) == {"webhook_id": 1}
    await _send(server, "PUT", "/1/send-challenge")
    token = receiver.received[-1].body["data"]["token"]
    await _send(server, "PUT", "/1/check-challenge", json={"token": token})
    await _send(server, "PUT", "/1/activate")
    receiver.received.clear()


async def test_webhook_is_verified_then_told_of_an_issued_and_a_revoked_certificate(
    server: Server, receiver: Receiver
) -> None:
    await _register(server, receiver)
    await issue(server)
    await server.work()
    about = {"order_id": ORDER, "certificate_id": CERTIFICATE}
    (told,) = receiver.received
    assert (told.path, told.body) == ("/events", {"event": "certificate_issued", "data": about})
    assert told.headers["x-webhook-key"] == SECRET
    assert told.headers["host"] == f"{HOST}:{receiver.port}"
    assert told.headers["content-type"] == "application/json"

    await server.digicert("PUT", f"{API}/order/certificate/{ORDER}/revoke", json={"skip_approval": True})
    await server.work()
    assert receiver.received[-1].body == {"event": "certificate_revoked", "data": about}


async def test_chain_comes_with_the_event_where_it_is_wanted(server: Server, receiver: Receiver) -> None:
    await _register(server, receiver, webhook_settings={"webhook_send_certificate_chain": "1"})
    await issue(server)
    await server.work()
    chain = receiver.received[0].body["data"]["certificate_chain"]
    assert chain[0]["subject_common_name"] == "shop.example.com"
    assert len(chain) == 3
    assert chain[2]["pem"].endswith("-----END CERTIFICATE-----\r\n")


async def test_event_that_is_not_taken_is_sent_again_later(server: Server, receiver: Receiver) -> None:
    await _register(server, receiver)
    receiver.status = 500
    await issue(server)
    await server.work()
    assert len(receiver.received) == 1
    log = await _send(server, "GET", "/1/event-logs", 200)
    assert (log["events"][0]["request_status"], log["events"][0]["response_code"]) == ("pending", 500)

    receiver.status = 204
    await server.work()
    assert len(receiver.received) == 1
    server.clock.advance(timedelta(minutes=1))
    await server.work()
    assert receiver.events == ["certificate_issued", "certificate_issued"]
    log = await _send(server, "GET", "/event-logs?filters[event_name]=certificate_issued", 200)
    assert [(row["request_status"], row["response_code"]) for row in log["events"]] == [("success", 204)]
    assert log["page"]["total"] == 1


async def test_event_is_given_up_after_many_failures_and_the_next_one_still_arrives(
    server: Server, receiver: Receiver
) -> None:
    await _register(server, receiver)
    receiver.status = 302  # a redirect is no success, and is not followed
    await issue(server)
    for _ in range(MAX_TRIES + 2):
        await server.work()
        server.clock.advance(timedelta(hours=9))
    assert len(receiver.received) == MAX_TRIES
    assert {each.path for each in receiver.received} == {"/events"}
    log = await _send(server, "GET", "/1/event-logs", 200)
    assert log["events"][0]["request_status"] == "failed"

    receiver.status = 200
    await server.digicert("PUT", f"{API}/order/certificate/{ORDER}/revoke", json={"skip_approval": True})
    await server.work()
    assert receiver.events[-1] == "certificate_revoked"


async def test_what_happens_while_the_webhook_is_off_is_not_told(server: Server, receiver: Receiver) -> None:
    await _register(server, receiver)
    await _send(server, "PUT", "/1/deactivate")
    await issue(server)
    await _send(server, "PUT", "/1/activate")
    await server.work()
    assert receiver.received == []


async def test_only_what_was_asked_for_is_told(server: Server, receiver: Receiver) -> None:
    await _register(server, receiver, events=["certificate_revoked"], secret=None)
    await issue(server)
    await server.digicert("PUT", f"{API}/order/certificate/{ORDER}/revoke", json={"skip_approval": True})
    await server.work()
    assert receiver.events == ["certificate_revoked"]
    assert "x-webhook-key" not in receiver.received[0].headers


async def test_rejected_order(server: Server, receiver: Receiver) -> None:
    await use_approvals(server, ApprovalPolicy.ONE_STEP)
    await _register(server, receiver)
    placed = await place(server)
    path = f"{API}/request/{placed['requests'][0]['id']}/status"
    await server.digicert("PUT", path, json={"status": "rejected", "processor_comment": "No"})
    await server.work()
    about = {"order_id": placed["id"], "certificate_id": placed["certificate_id"]}
    assert receiver.received[-1].body == {"event": "order_rejected", "data": about}


async def test_life_of_a_domain_and_of_an_organization(server: Server, receiver: Receiver) -> None:
    await _register(server, receiver)
    added = await add_domain(server)
    await server.prove(DOMAIN, added["dcv_token"]["token"])
    await server.work()
    organization = await add_organization(server, level=None)
    await server.program.use.organizations.approve(organization.id, ValidationLevel.OV)
    await server.work()
    assert sorted(receiver.events) == ["domain_validated", "organization_validated"]
    assert receiver.received[0].body["data"] == {"domain_id": 1}
    assert receiver.received[1].body["data"] == {"organization_id": organization.id}
    receiver.received.clear()
    for _ in range(42):
        server.clock.advance(10 * DAY)
        await server.work()
    assert receiver.events == [
        "domain_revalidation_notice",
        "domain_expired",
        "organization_revalidation_notice",
        "organization_expired",
    ]


async def test_token_is_good_once_for_half_an_hour_and_for_one_endpoint(
    server: Server, receiver: Receiver
) -> None:
    await _send(server, "POST", "", 201, json={"endpoint": f"http://{HOST}:{receiver.port}/"})
    refused = await _send(server, "PUT", "/1/activate", 400)
    assert refused["errors"][0]["code"] == "webhook_not_verified"

    await _send(server, "PUT", "/1/send-challenge")
    token = receiver.received[-1].body["data"]["token"]
    server.clock.advance(timedelta(minutes=30))
    await _send(server, "PUT", "/1/check-challenge", 400, json={"token": token})

    await _send(server, "PUT", "/1/send-challenge")
    token = receiver.received[-1].body["data"]["token"]
    await _send(server, "PUT", "/1/check-challenge", json={"token": token})
    await _send(server, "PUT", "/1/check-challenge", 400, json={"token": token})
    await _send(server, "PUT", "/1", json={"endpoint": f"http://{HOST}:{receiver.port}/other"})
    assert (await _send(server, "GET", "", 200))["webhooks"][0]["status"] == "pending"
    await _send(server, "PUT", "/1/activate", 400)


async def test_test_event(server: Server, receiver: Receiver) -> None:
    endpoint = {"endpoint": f"http://{HOST}:{receiver.port}/"}
    await _send(server, "POST", "/test-endpoint", json=endpoint)
    assert receiver.received[0].body == {"event": "test_webhook_endpoint"}
    receiver.status = 404
    refused = await _send(server, "POST", "/test-endpoint", 400, json=endpoint)
    assert refused["errors"][0]["code"] == "webhook_endpoint_error"


async def test_webhook_of_another_account_is_unknown(server: Server, receiver: Receiver) -> None:
    await _register(server, receiver)
    for method, path in (
        ("PUT", "/1"),
        ("PUT", "/1/activate"),
        ("PUT", "/1/deactivate"),
        ("PUT", "/1/send-challenge"),
        ("PUT", "/1/check-challenge"),
        ("GET", "/1/event-logs"),
    ):
        known = await _send(server, method, path, 404, account=server.other, json={})
        unknown = await _send(server, method, path.replace("1", "9"), 404, json={})
        assert known == unknown, path
    await issue(server, account=server.other)
    await server.work()
    assert receiver.received == []
