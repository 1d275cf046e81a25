"""Delivery to subscribers, over HTTP to a receiver on loopback: in order, at least once, and never for ever."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.status import Action, OrderStatus
from certwright.domain.subscription import (
    GIVE_UP_AFTER,
    AttemptOutcome,
    ChangeFilter,
    DisabledReason,
    SubscriptionStatus,
)
from certwright.services import notifying
from certwright.services.ports import JobKind
from certwright.services.subscriptions import SubscriptionWishes
from tests.support.orders import issue
from tests.support.subscriptions import attempts, check_order, is_signed, log_changes, stands, subscribe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from certwright.services.notifying import Notifying
    from certwright.services.ports import Answer, NoticeSender
    from tests.support.receiver import Receiver
    from tests.support.server import Server

SEED = 20261122
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
STEPS = (Action.PROVE, Action.SUBMIT, Action.ISSUE)


def notifying_of(server: Server) -> Notifying:
    handlers: Any = server.program.worker._handlers
    delivering: Notifying = handlers[JobKind.DELIVER_CHANGES].__self__._notifying
    return delivering


def sequences(receiver: Receiver) -> list[int]:
    return [got.body["data"]["sequence"] for got in receiver.received]


async def test_life_of_an_order_is_told_signed_and_in_order(
    each_telling_server: Server, receiver: Receiver
) -> None:
    server = each_telling_server
    made = await subscribe(server, receiver)
    view = await issue(server)
    await server.work()
    told = [got.body for got in receiver.received]
    assert [body["data"]["action"] for body in told] == ["place", "submit", "issue"]
    assert [got.headers["webhook-id"] for got in receiver.received] == [
        f"msg_{made.subscription.id}_{sequence}" for sequence in (1, 2, 3)
    ]
    assert all(is_signed(got, made.secret.reveal()) for got in receiver.received)
    assert not any(is_signed(got, "whsec_" + "A" * 43 + "=") for got in receiver.received)
    assert {got.headers["webhook-timestamp"] for got in receiver.received} == {
        str(int(server.clock.now().timestamp()))
    }
    assert told[-1] == {
        "type": "order.status_changed",
        "timestamp": "2026-11-22T12:00:00.000000Z",
        "data": {
            "sequence": 3,
            "order_id": view.order.id,
            "certificate_id": view.order.certificate_id,
            "action": "issue",
            "from_status": "processing",
            "to_status": "issued",
            "reason": told[-1]["data"]["reason"],
            "actor": {"kind": "ca", "id": ""},
            "changed_at": "2026-11-22T12:00:00.000000Z",
        },
    }
    assert (await stands(server, made)).position == 3


async def test_nothing_before_the_subscription_and_nothing_of_others(
    telling_server: Server, receiver: Receiver
) -> None:
    server = telling_server
    await log_changes(server, 1)
    await subscribe(server, receiver)
    server.account, server.other = server.other, server.account
    await log_changes(server, 1, first=300_001)
    await server.work()
    assert receiver.received == []


async def test_only_what_was_asked_for(telling_server: Server, receiver: Receiver) -> None:
    server = telling_server
    chosen = ChangeFilter(actions=frozenset({Action.PROVE}), statuses=frozenset({OrderStatus.ISSUED}))
    made = await subscribe(server, receiver, filter=chosen)
    await log_changes(server, 2, *STEPS)
    await server.work()
    assert Counter(got.body["data"]["action"] for got in receiver.received) == {"prove": 2, "issue": 2}
    assert (await stands(server, made)).position == 8


async def test_receiver_that_fails_at_random_gets_all_in_the_order_of_each_order(
    each_telling_server: Server, receiver: Receiver
) -> None:
    server, chance = each_telling_server, random.Random(SEED)
    receiver.judge = lambda _body: chance.choice((200, 204, 302, 400, 500, 503))
    made = await subscribe(server, receiver)
    await log_changes(server, 15, *STEPS)
    for _ in range(200):
        await server.work()
        if not await _holds(server):
            break
        server.clock.advance(MINUTE)
    taken = check_order(receiver.received)
    assert taken == set(range(1, 61))
    ids = {got.headers["webhook-id"] for got in receiver.received}
    assert ids == {f"msg_{made.subscription.id}_{sequence}" for sequence in taken}
    assert all(is_signed(got, made.secret.reveal()) for got in receiver.received)
    noted = await attempts(server, made)
    assert [each.number for each in noted] == list(range(1, len(receiver.received) + 1))
    assert Counter(each.status_code for each in noted) == Counter(got.status for got in receiver.received)
    assert sum(each.outcome is AttemptOutcome.DELIVERED for each in noted) == 60


async def _holds(server: Server) -> bool:
    async with server.program.store.reading() as work:
        found = await work.subscriptions.list_of_account(server.account.account.id)
        return any([await work.subscriptions.list_held(each) for each in found])


async def test_order_that_fails_holds_up_no_other_and_is_given_up_after_three_days(
    telling_server: Server, receiver: Receiver
) -> None:
    server = telling_server
    bad, good = 200_001, 200_002
    receiver.judge = lambda body: 500 if body["data"]["order_id"] == bad else 200
    made = await subscribe(server, receiver)
    await log_changes(server, 2)
    await server.work()
    begun = server.clock.now()
    while server.clock.now() - begun < GIVE_UP_AFTER + timedelta(hours=5):
        server.clock.advance(HOUR)
        await log_changes(server, 1, first=201_000 + (server.clock.now() - begun) // HOUR)
        await server.work()
        if server.clock.now() - begun < GIVE_UP_AFTER:
            assert (await stands(server, made)).status is SubscriptionStatus.ACTIVE
    after = await stands(server, made)
    assert (after.status, after.failing_since) == (SubscriptionStatus.FAILING, None)
    tried = [each for each in await attempts(server, made) if each.sequence == 1]
    assert [each.try_number for each in tried] == list(range(1, len(tried) + 1))
    assert 15 < len(tried) < 40
    assert [each.outcome for each in tried[-2:]] == [AttemptOutcome.FAILED, AttemptOutcome.GIVEN_UP]
    assert GIVE_UP_AFTER <= tried[-1].attempted_at - begun <= GIVE_UP_AFTER + timedelta(hours=6)
    assert good in {got.body["data"]["order_id"] for got in receiver.received}
    assert not await _holds(server)

    await server.program.use.subscriptions.update(
        await server.caller(), made.subscription.id, SubscriptionWishes(is_active=True)
    )
    assert (await stands(server, made)).status is SubscriptionStatus.ACTIVE


async def test_endpoint_that_takes_nothing_for_three_days_is_switched_off_and_loses_nothing(
    telling_server: Server, receiver: Receiver
) -> None:
    server = telling_server
    receiver.status = 500
    made = await subscribe(server, receiver)
    orders = await log_changes(server, 20, Action.PROVE)
    begun = server.clock.now()
    while (await stands(server, made)).is_live:
        await server.work()
        server.clock.advance(HOUR)
    assert GIVE_UP_AFTER <= server.clock.now() - begun <= GIVE_UP_AFTER + timedelta(hours=6)
    after = await stands(server, made)
    assert after.disabled_reason is DisabledReason.UNREACHABLE
    assert AttemptOutcome.GIVEN_UP not in {each.outcome for each in await attempts(server, made)}

    count = len(receiver.received)
    await log_changes(server, 1, first=300_000)
    server.clock.advance(HOUR)
    await server.work()
    assert len(receiver.received) == count

    receiver.status = 200
    await server.program.use.subscriptions.update(
        await server.caller(), made.subscription.id, SubscriptionWishes(is_active=True)
    )
    await server.work()
    assert check_order(receiver.received) == set(range(1, 2 * len(orders) + 2))


async def test_endpoint_that_is_gone_is_told_nothing_more(telling_server: Server, receiver: Receiver) -> None:
    server = telling_server
    receiver.status = 410
    made = await subscribe(server, receiver)
    await log_changes(server, 1, *STEPS)
    await server.work()
    after = await stands(server, made)
    assert (after.status, after.disabled_reason) == (SubscriptionStatus.DISABLED, DisabledReason.GONE)
    assert sequences(receiver) == [1]


async def test_endpoint_that_is_down_is_not_asked_about_every_change(
    telling_server: Server, receiver: Receiver
) -> None:
    server = telling_server
    receiver.status = 500
    made = await subscribe(server, receiver)
    await log_changes(server, 60)
    await server.work()
    assert 8 <= len(receiver.received) < 16
    assert (await stands(server, made)).failing_since == server.clock.now()
    receiver.status = 200
    server.clock.advance(MINUTE)
    await server.work()
    assert check_order(receiver.received) == set(range(1, 61))


async def test_what_is_held_is_bounded(
    each_telling_server: Server, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying, "_BATCH", 5)
    monkeypatch.setattr(notifying, "_MOST_HELD", 20)
    server = each_telling_server
    receiver.status = 500
    made = await subscribe(server, receiver)
    await log_changes(server, 40)
    for _ in range(20):
        await server.work()
        server.clock.advance(20 * MINUTE)
    assert (await stands(server, made)).position == 20
    receiver.status = 200
    server.clock.advance(5 * HOUR)
    await server.work()
    assert check_order(receiver.received) == set(range(1, 41))


async def test_revoked_key_ends_deliveries_until_another_key_answers_for_them(
    telling_server: Server, receiver: Receiver
) -> None:
    server = telling_server
    made = await subscribe(server, receiver)
    other = await server.program.use.accounts.create_key(
        server.account.account.id,
        server.account.digicert.key.kind,
        "second",
        server.account.digicert.key.role,
    )
    await server.program.use.accounts.revoke_key(made.subscription.key_id)
    await log_changes(server, 1)
    await server.work()
    assert receiver.received == []
    caller = await server.program.use.accounts.authenticate_key(other.secret)
    found = await server.program.use.subscriptions.get(caller, made.subscription.id)
    assert found.disabled_reason is DisabledReason.KEY_REVOKED
    await server.program.use.subscriptions.update(
        caller, made.subscription.id, SubscriptionWishes(is_active=True)
    )
    await server.work()
    assert sequences(receiver) == [1]


async def test_disabled_account_is_told_nothing(telling_server: Server, receiver: Receiver) -> None:
    server = telling_server
    await subscribe(server, receiver)
    await server.program.use.accounts.disable(server.account.account.id)
    await log_changes(server, 1)
    await server.work()
    assert receiver.received == []


class Interrupted:
    """A sender that does what ``before`` and ``after`` say around sending."""

    def __init__(
        self,
        real: NoticeSender,
        *,
        before: Callable[[], Awaitable[None]] | None = None,
        after: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._real, self._before, self._after = real, before, after

    async def check_url(self, url: str) -> None:
        await self._real.check_url(url)

    async def send(self, url: str, notice: Any, *, secrets: Any, at: Any) -> Answer:
        if self._before is not None:
            await self._before()
        answer = await self._real.send(url, notice, secrets=secrets, at=at)
        if self._after is not None:
            await self._after()
        return answer


async def test_round_that_died_before_it_was_stored_is_made_again_under_the_same_ids(
    each_telling_server: Server, receiver: Receiver
) -> None:
    server = each_telling_server
    made = await subscribe(server, receiver)
    await log_changes(server, 2, *STEPS)
    delivering = notifying_of(server)
    real = delivering._sender

    async def die_after_five() -> None:
        if len(receiver.received) >= 5:
            raise ZeroDivisionError

    delivering._sender = Interrupted(real, after=die_after_five)
    with pytest.raises(ExceptionGroup):
        await delivering.deliver(made.subscription.id)
    delivering._sender = real
    assert (await stands(server, made)).position == 0
    await server.work()
    assert check_order(receiver.received) == set(range(1, 9))
    by_id = Counter(got.headers["webhook-id"] for got in receiver.received)
    assert len(by_id) == 8
    assert max(by_id.values()) == 2


async def test_worker_that_lost_its_lease_spoils_nothing(
    each_telling_server: Server, receiver: Receiver
) -> None:
    """While it is at the first request another worker does the whole round; what the late one did does not count."""
    server = each_telling_server
    receiver.judge = lambda body: 500 if body["data"]["order_id"] == 200_001 else 200
    made = await subscribe(server, receiver)
    await log_changes(server, 2, Action.PROVE)
    delivering = notifying_of(server)
    real = delivering._sender
    overtaken = False

    async def overtake() -> None:
        nonlocal overtaken
        if not overtaken:
            overtaken = True
            await delivering.deliver(made.subscription.id)

    delivering._sender = Interrupted(real, before=overtake)
    await delivering.deliver(made.subscription.id)
    delivering._sender = real
    after = await stands(server, made)
    assert (after.position, after.turn) == (4, 1)
    noted = await attempts(server, made)
    assert [each.number for each in noted] == list(range(1, len(receiver.received) + 1))
    async with server.program.store.reading() as work:
        held = await work.subscriptions.list_held(after)
    assert [(each.change.sequence, each.tries) for each in held] == [(1, 1), (3, 0)]


async def test_subscription_deleted_while_it_is_told_is_forgotten(
    each_telling_server: Server, receiver: Receiver
) -> None:
    server = each_telling_server
    made = await subscribe(server, receiver)
    await log_changes(server, 1)
    delivering = notifying_of(server)

    async def delete() -> None:
        await server.program.use.subscriptions.delete(await server.caller(), made.subscription.id)

    delivering._sender = Interrupted(delivering._sender, after=delete)
    assert await delivering.deliver(made.subscription.id) is None
    assert await delivering.deliver(made.subscription.id) is None
    assert len(receiver.received) == 1


async def test_few_rounds_at_once_leave_the_worker_free(telling_server: Server, receiver: Receiver) -> None:
    """Each round begins another before it sends anything; the fifth is put off, and all can be made again after."""
    server = telling_server
    made = await subscribe(server, receiver)
    await log_changes(server, 1)
    delivering = notifying_of(server)
    answers: list[timedelta | None] = []

    async def begin_another() -> None:
        answers.append(await delivering.deliver(made.subscription.id))

    real, delivering._sender = delivering._sender, Interrupted(delivering._sender, before=begin_another)
    await delivering.deliver(made.subscription.id)
    assert len(answers) == 4
    assert answers[0] == timedelta(seconds=1)
    delivering._sender = real
    assert await delivering.deliver(made.subscription.id) is None


async def test_round_ends_in_time_and_the_rest_follows(telling_server: Server, receiver: Receiver) -> None:
    """A slow endpoint: every request takes two of the twenty seconds that a round has."""
    server = telling_server
    made = await subscribe(server, receiver)
    await log_changes(server, 30)
    delivering = notifying_of(server)

    async def take_time() -> None:
        server.clock.advance(timedelta(seconds=2))

    delivering._sender = Interrupted(delivering._sender, before=take_time)
    assert await delivering.deliver(made.subscription.id) == timedelta(0)
    assert 10 <= len(receiver.received) < 30
    await server.work()
    assert check_order(receiver.received) == set(range(1, 31))
