"""Delivering the log of changes to subscribers: at least once, and the changes of each order in their order.

A round reads what the subscription holds and what follows its position in the log, sends it, a few orders at a time, and
then stores in one transaction how far it got. A process that dies meanwhile leaves the old position behind, from which
the next round sends the same again under the same ids. The job of a subscription is its lease: no two workers deliver to
it at once, and one that outlives its lease finds, by the turn, that what it did does not count.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.subscription import DisabledReason, message_id_of
from certwright.services.delivery_round import DeliveryRound
from certwright.services.ports import Notice
from certwright.services.retrying import again_when_stale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from certwright.domain.account import Secret
    from certwright.domain.ids import OrderId, SubscriptionId
    from certwright.domain.subscription import Subscription
    from certwright.services.delivery_round import RoundResult
    from certwright.services.ports import Clock, NoticeSender, Store
    from certwright.services.signing_secrets import SigningSecrets

_log = logging.getLogger(__name__)

_BATCH = 100
_MOST_HELD = 1_000
"""With so many changes held back, the endpoint is down: nothing more is read until some are gone."""

_AT_ONCE = 8
_ROUND_LIMIT = timedelta(seconds=20)
"""When a round begins no further attempt; one may take ten seconds, and the job's lease lasts two minutes."""

_ROUNDS_AT_ONCE = 4
_PATIENCE_SECONDS = 0.2
_WAIT_FOR_TURN = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A round to be made, with the secrets that sign, and whether nothing was left in the log."""

    round: DeliveryRound
    secrets: tuple[Secret, ...]
    is_all: bool


class Notifying:
    """Delivers changes."""

    def __init__(
        self, store: Store, clock: Clock, sender: NoticeSender, signing_secrets: SigningSecrets
    ) -> None:
        self._store = store
        self._clock = clock
        self._sender = sender
        self._secrets = signing_secrets
        self._turns = asyncio.Semaphore(_ROUNDS_AT_ONCE)

    async def deliver(self, subscription_id: SubscriptionId) -> timedelta | None:
        """Make one round for a subscription, and return when the next is due; ``None`` when there is nothing to wait for.

        Only a few rounds run at once in this process, so that slow endpoints do not keep the worker from issuing.
        """
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._turns.acquire()
        except TimeoutError:
            return _WAIT_FOR_TURN
        try:
            plan = await self._plan(subscription_id)
            if plan is None:
                return None
            await self._send(plan)
            return await self._close(plan)
        finally:
            self._turns.release()

    async def _plan(self, subscription_id: SubscriptionId) -> _Plan | None:
        """Read what is to be sent; nothing for an account that is shut or in the name of a revoked key."""
        now = self._clock.now()
        async with self._store.reading() as work:
            subscription = await work.subscriptions.find(subscription_id)
            if subscription is None or not subscription.is_live:
                return None
            account = await work.accounts.get(subscription.account_id)
            key = await work.accounts.get_key(subscription.key_id)
            held = await work.subscriptions.list_held(subscription)
            batch = _BATCH if _has_room(len(held)) else 0
            fresh = await work.changes.list_after(account.id, subscription.position, batch)
        if not account.is_enabled:
            return None
        if key.revoked_at is not None:
            await self._disable(subscription_id, DisabledReason.KEY_REVOKED)
            return None
        return _Plan(
            round=DeliveryRound(subscription, held, fresh, at=now),
            secrets=await self._secrets.open(subscription, at=now),
            is_all=len(fresh) < batch,
        )

    async def _send(self, plan: _Plan) -> None:
        """Send what is due, some orders at a time, each order's changes one after the other."""
        begun_at = self._clock.now()
        orders = iter(plan.round.due(begun_at))
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(self._send_lines(plan, orders, begun_at + _ROUND_LIMIT))

    async def _send_lines(self, plan: _Plan, orders: Iterator[OrderId], until: datetime) -> None:
        for order_id in orders:
            goes_on = True
            while goes_on and (head := plan.round.head(order_id)) is not None:
                now = self._clock.now()
                if now >= until or plan.round.is_broken_off:
                    return
                subscription = plan.round.subscription
                notice = Notice(
                    id=message_id_of(subscription.id, head.change.sequence),
                    subscription_id=subscription.id,
                    occurred_at=head.change.changed_at,
                    change=head.change,
                )
                answer = await self._sender.send(subscription.url, notice, secrets=plan.secrets, at=now)
                goes_on = plan.round.note(order_id, answer, at=self._clock.now())

    async def _close(self, plan: _Plan) -> timedelta | None:
        now = self._clock.now()
        is_more = not plan.is_all and _has_room(plan.round.holding)
        result = plan.round.close(now, is_more=is_more)
        after = await self._settle(plan.round.subscription, result, now)
        if after is None or not after.is_live or result.next_run is None:
            return None
        return max(result.next_run - now, timedelta(0))

    @again_when_stale
    async def _settle(self, before: Subscription, result: RoundResult, at: datetime) -> Subscription | None:
        """Store what a round did; after somebody else moved the position meanwhile, only its attempts."""
        if not result.attempts and not result.released and result.position == before.position:
            return before
        async with self._store.writing() as work:
            now_stored = await work.subscriptions.find(before.id)
            if now_stored is None:
                return None
            first = now_stored.last_attempt + 1
            attempts = [replace(each, number=number) for number, each in enumerate(result.attempts, first)]
            await work.attempts.add(before.id, attempts)
            after = replace(now_stored, last_attempt=now_stored.last_attempt + len(attempts))
            if after.turn == before.turn:
                after = after.after(result.tally, position=result.position, at=at)
                await work.subscriptions.hold(before.id, result.held)
                await work.subscriptions.release(before.id, result.released)
            await work.subscriptions.save(after)
        if now_stored.is_live and after.disabled_reason is not None:
            _log.warning("Webhook %s was disabled: %s", before.id, after.disabled_reason.value)
        return after

    @again_when_stale
    async def _disable(self, subscription_id: SubscriptionId, reason: DisabledReason) -> None:
        async with self._store.writing() as work:
            subscription = await work.subscriptions.find(subscription_id)
            if subscription is not None and subscription.is_live:
                await work.subscriptions.save(subscription.disabled(reason))
        _log.warning("Webhook %s was disabled: %s", subscription_id, reason.value)


def _has_room(holding: int) -> bool:
    return holding + _BATCH <= _MOST_HELD
