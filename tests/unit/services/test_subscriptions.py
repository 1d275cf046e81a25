"""Subscriptions: what is accepted, how they are changed, tried out and rewound."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.errors import Conflict, InvalidInput
from certwright.domain.status import Action
from certwright.domain.subscription import (
    MOST_PER_ACCOUNT,
    OVERLAP,
    AttemptOutcome,
    ChangeFilter,
    DisabledReason,
    SubscriptionStatus,
)
from certwright.services.ports import JobKind
from certwright.services.subscriptions import KEPT_FOR, SubscriptionWishes
from tests.support.subscriptions import attempts, is_signed, log_changes, stands, subscribe

if TYPE_CHECKING:
    from certwright.services.subscriptions import NewSecret, Subscriptions
    from tests.support.receiver import Receiver
    from tests.support.server import Server

HOUR = timedelta(hours=1)


def use(server: Server) -> Subscriptions:
    return server.program.use.subscriptions


async def change(server: Server, made: NewSecret, **wishes: Any) -> None:
    await use(server).update(await server.caller(), made.subscription.id, SubscriptionWishes(**wishes))


async def test_secret_is_nowhere_in_the_database(telling_server: Server, receiver: Receiver) -> None:
    made = await subscribe(telling_server, receiver)
    found = await stands(telling_server, made)
    assert found == made.subscription
    assert made.secret.reveal().encode() not in found.sealed_secret
    assert made.secret.reveal() not in repr(made)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "http://hooks.example.com/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://private.example.com/",
        "https://no-such-name.example.com/",
        "https://ada:secret@93.184.216.34/",
    ],
)
async def test_url_that_nothing_is_sent_to(server: Server, url: str | None) -> None:
    server.dns.publish("private.example.com", "A", "192.168.1.1")
    with pytest.raises(InvalidInput) as refused:
        await use(server).create(await server.caller(), SubscriptionWishes(url=url))
    assert [fault.field for fault in refused.value.faults] == ["url"]


async def test_public_url_is_taken_and_a_move_to_a_private_one_is_not(server: Server) -> None:
    server.dns.publish("hooks.example.com", "A", "93.184.216.34")
    made = await use(server).create(
        await server.caller(), SubscriptionWishes(url="https://hooks.example.com:8443/x")
    )
    with pytest.raises(InvalidInput):
        await change(server, made, url="https://127.0.0.1/")
    with pytest.raises(InvalidInput):
        await change(server, made, description="x" * 256)


async def test_account_has_ten_at_most(telling_server: Server, receiver: Receiver) -> None:
    made = [await subscribe(telling_server, receiver) for _ in range(MOST_PER_ACCOUNT)]
    with pytest.raises(Conflict, match=r"^An account has at most 10 webhooks$"):
        await subscribe(telling_server, receiver)
    listed = await use(telling_server).list_all(await telling_server.caller())
    assert [each.id for each in listed] == [each.subscription.id for each in made]
    await use(telling_server).delete(await telling_server.caller(), made[0].subscription.id)
    await subscribe(telling_server, receiver)


async def test_account_has_ten_at_most_however_fast_it_asks(
    each_telling_server: Server, receiver: Receiver
) -> None:
    asked = [subscribe(each_telling_server, receiver) for _ in range(MOST_PER_ACCOUNT + 3)]
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(each, Conflict) for each in told) == 3
    listed = await use(each_telling_server).list_all(await each_telling_server.caller())
    assert len(listed) == MOST_PER_ACCOUNT


async def test_change_leaves_what_is_not_named(telling_server: Server, receiver: Receiver) -> None:
    chosen = ChangeFilter(actions=frozenset({Action.ISSUE}))
    made = await subscribe(telling_server, receiver, description="Inventory", filter=chosen)
    await change(telling_server, made, description="")
    found = await stands(telling_server, made)
    assert (found.description, found.filter, found.url) == ("", chosen, made.subscription.url)
    await change(telling_server, made, filter=ChangeFilter())
    found = await stands(telling_server, made)
    assert found.filter == ChangeFilter()
    assert found.turn == 0


async def test_inactive_subscription_hears_later_what_happened_meanwhile(
    each_telling_server: Server, receiver: Receiver
) -> None:
    server = each_telling_server
    made = await subscribe(server, receiver, is_active=False)
    await log_changes(server, 2)
    await server.work()
    assert receiver.received == []
    await change(server, made, is_active=True)
    await server.work()
    assert len(receiver.received) == 2
    await change(server, made, is_active=False)
    assert (await stands(server, made)).status is SubscriptionStatus.INACTIVE


async def test_moved_subscription_tries_at_once_what_it_holds(
    telling_server: Server, receiver: Receiver
) -> None:
    server = telling_server
    made = await subscribe(server, receiver, url=f"http://127.0.0.1:{receiver.port}/wrong")
    receiver.status = 404
    await log_changes(server, 1)
    await server.work()
    receiver.status = 200
    await change(server, made, url=f"http://127.0.0.1:{receiver.port}/right")
    await server.work()
    assert [got.path for got in receiver.received] == ["/wrong", "/right"]


async def test_both_secrets_sign_for_a_day(each_telling_server: Server, receiver: Receiver) -> None:
    server = each_telling_server
    made = await subscribe(server, receiver)
    newer = await use(server).rotate_secret(await server.caller(), made.subscription.id)
    await log_changes(server, 1)
    await server.work()
    server.clock.advance(OVERLAP)
    await log_changes(server, 1, first=300_001)
    await server.work()
    during, after = receiver.received
    assert is_signed(during, made.secret.reveal())
    assert is_signed(during, newer.secret.reveal())
    assert len(during.headers["webhook-signature"].split(" ")) == 2
    assert not is_signed(after, made.secret.reveal())
    assert is_signed(after, newer.secret.reveal())


async def test_replay_sends_the_same_under_the_same_ids(
    each_telling_server: Server, receiver: Receiver
) -> None:
    server = each_telling_server
    made = await subscribe(server, receiver)
    await log_changes(server, 2, Action.PROVE)
    await server.work()
    before = {got.headers["webhook-id"]: got.raw for got in receiver.received}
    receiver.received.clear()
    await use(server).replay(await server.caller(), made.subscription.id, 2)
    await server.work()
    again = {got.headers["webhook-id"]: got.raw for got in receiver.received}
    assert again == {key: raw for key, raw in before.items() if key.endswith(("_3", "_4"))}
    assert len(again) == 2


async def test_replay_never_leaves_anything_out(telling_server: Server, receiver: Receiver) -> None:
    """What is held from before the cursor stays held, and what is held behind it comes once, from the log."""
    server = telling_server
    receiver.status = 500
    made = await subscribe(server, receiver)
    await log_changes(server, 2, Action.PROVE)
    await server.work()
    caller = await server.caller()
    for beyond in (5, -1):
        with pytest.raises(InvalidInput) as refused:
            await use(server).replay(caller, made.subscription.id, beyond)
        assert refused.value.faults[0].field == "after"
    await use(server).replay(caller, made.subscription.id, 1)
    receiver.status = 200
    receiver.received.clear()
    server.clock.advance(HOUR)
    await server.work()
    assert sorted(got.body["data"]["sequence"] for got in receiver.received) == [1, 2, 3, 4]


async def test_test_is_sent_at_once_signed_and_noted(each_telling_server: Server, receiver: Receiver) -> None:
    server = each_telling_server
    made = await subscribe(server, receiver, is_active=False)
    receiver.status = 503
    caller = await server.caller()
    failed = await use(server).send_test(caller, made.subscription.id)
    receiver.status = 204
    good = await use(server).send_test(caller, made.subscription.id)
    assert (failed.outcome, failed.status_code) == (AttemptOutcome.FAILED, 503)
    assert (good.outcome, good.status_code, good.sequence) == (AttemptOutcome.DELIVERED, 204, None)
    first, second = receiver.received
    assert is_signed(first, made.secret.reveal())
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert first.body == {
        "type": "webhook.test",
        "timestamp": "2026-11-22T12:00:00.000000Z",
        "data": {"webhook_id": made.subscription.id},
    }
    assert [each.number for each in await attempts(server, made)] == [1, 2]
    await receiver.__aexit__()
    silent = await use(server).send_test(caller, made.subscription.id)
    assert silent.status_code is None
    assert silent.error.startswith("The endpoint at 127.0.0.1 did not answer")


async def test_history_is_kept_for_a_month(telling_server: Server, receiver: Receiver) -> None:
    server = telling_server
    made = await subscribe(server, receiver)
    await use(server).send_test(await server.caller(), made.subscription.id)
    for span, left in ((KEPT_FOR, 1), (HOUR, 0)):
        server.clock.advance(span)
        async with server.program.store.writing() as work:
            await work.jobs.enqueue(JobKind.PURGE, 0, server.clock.now())
        await server.work()
        assert len(await attempts(server, made)) == left


async def test_disabled_subscription_can_be_rewound_and_hears_when_it_is_on_again(
    telling_server: Server, receiver: Receiver
) -> None:
    server = telling_server
    receiver.status = 410
    made = await subscribe(server, receiver)
    await log_changes(server, 1, Action.PROVE)
    await server.work()
    receiver.status = 200
    receiver.received.clear()
    await use(server).replay(await server.caller(), made.subscription.id, 0)
    await server.work()
    assert (await stands(server, made)).disabled_reason is DisabledReason.GONE
    assert receiver.received == []
    await change(server, made, is_active=True)
    await server.work()
    assert [got.body["data"]["sequence"] for got in receiver.received] == [1, 2]
