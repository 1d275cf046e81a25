"""Subscriptions and the changes that they hold, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import NotFound, StaleRecord
from certwright.domain.ids import AccountId, APIKeyId, SubscriptionId
from certwright.domain.status import Action, OrderStatus
from certwright.domain.subscription import (
    LIVE,
    ChangeFilter,
    DisabledReason,
    HeldChange,
    Subscription,
    SubscriptionStatus,
)
from certwright.store.changes import COLUMNS as CHANGE_COLUMNS
from certwright.store.changes import change_from_row
from certwright.store.engine import (
    placeholders,
    to_instant,
    to_instant_or_none,
    to_stored,
    to_stored_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from certwright.store.engine import Bindable, Connection, Row

_COLUMNS = (
    "id",
    "account_id",
    "created_at",
    "key_id",
    "url",
    "description",
    "actions",
    "statuses",
    "status",
    "disabled_reason",
    "sealed_secret",
    "sealed_old_secret",
    "old_secret_ends_at",
    "position",
    "turn",
    "last_attempt",
    "failing_since",
    "version",
)
_FIXED = 3
_GUARD = "WHERE id = $1 AND version = $2"
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM subscriptions"
_INSERT = f"INSERT INTO subscriptions ({', '.join(_COLUMNS)}) VALUES ({placeholders(len(_COLUMNS))})"
_UPDATE = (
    f"UPDATE subscriptions SET {', '.join(f'{column} = ${n}' for n, column in enumerate(_COLUMNS[_FIXED:-1], start=3))}, "
    f"version = version + 1 {_GUARD}"
)
_TAKE = f"UPDATE subscriptions SET version = version + 1 {_GUARD}"
# In two steps: who waited for the lock in the first counts in the second what the others have committed.
_LOCK_COUNT = "UPDATE change_counters SET subscriptions = subscriptions WHERE account_id = $1"
_COUNT = (
    "UPDATE change_counters SET subscriptions = (SELECT count(*) FROM subscriptions s "
    "WHERE s.account_id = $1 AND s.status IN ('active', 'failing')) WHERE account_id = $1"
)
_HOLD = """
INSERT INTO held_changes (subscription_id, sequence, run_at, tries, failed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (subscription_id, sequence) DO UPDATE SET
  run_at = excluded.run_at, tries = excluded.tries, failed_at = excluded.failed_at
"""
_LIST_HELD = (
    f"SELECT h.run_at, h.tries, h.failed_at, {', '.join(f'c.{column}' for column in CHANGE_COLUMNS)} "
    "FROM held_changes h JOIN order_changes c ON c.account_id = $2 AND c.sequence = h.sequence "
    "WHERE h.subscription_id = $1 ORDER BY h.sequence"
)


class SQLSubscriptions:
    """Subscriptions in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, subscription: Subscription) -> None:
        """Store a new subscription; the account's counter is locked from here on."""
        await self._connection.execute(_INSERT, *_to_row(subscription))
        await self._count_live(subscription.account_id)

    async def save(self, subscription: Subscription) -> None:
        """Store a changed subscription."""
        rows = await self._connection.fetch(
            f"SELECT status FROM subscriptions {_GUARD}", subscription.id, subscription.version
        )
        values = _to_row(subscription)[_FIXED:-1]
        if await self._connection.execute(_UPDATE, subscription.id, subscription.version, *values) != 1:
            raise StaleRecord("The webhook has been changed by somebody else")
        if (SubscriptionStatus(rows[0][0]) in LIVE) is not subscription.is_live:
            await self._count_live(subscription.account_id)

    async def delete(self, subscription: Subscription) -> None:
        """Forget a subscription with what it holds and its attempts."""
        # The row first, by its version: whoever else wants to write it waits here or comes too late.
        if await self._connection.execute(_TAKE, subscription.id, subscription.version) != 1:
            raise StaleRecord("The webhook has been changed by somebody else")
        await self._connection.execute("DELETE FROM held_changes WHERE subscription_id = $1", subscription.id)
        await self._connection.execute(
            "DELETE FROM delivery_attempts WHERE subscription_id = $1", subscription.id
        )
        await self._connection.execute("DELETE FROM subscriptions WHERE id = $1", subscription.id)
        await self._count_live(subscription.account_id)

    async def get(self, account_id: AccountId, subscription_id: SubscriptionId) -> Subscription:
        """Return a subscription of the account."""
        subscription = await self.find(subscription_id)
        if subscription is None or subscription.account_id != account_id:
            raise NotFound("webhook")
        return subscription

    async def find(self, subscription_id: SubscriptionId) -> Subscription | None:
        """Return a subscription of any account."""
        rows = await self._connection.fetch(f"{_SELECT} WHERE id = $1", subscription_id)
        return _from_row(rows[0]) if rows else None

    async def list_of_account(self, account_id: AccountId) -> list[Subscription]:
        """List the account's subscriptions by id."""
        rows = await self._connection.fetch(f"{_SELECT} WHERE account_id = $1 ORDER BY id", account_id)
        return [_from_row(row) for row in rows]

    async def hold(self, subscription_id: SubscriptionId, held: Sequence[HeldChange]) -> None:
        """Store changes to be held, or what became of those that are."""
        await self._connection.execute_many(
            _HOLD,
            [
                (
                    subscription_id,
                    each.change.sequence,
                    to_stored(each.run_at),
                    each.tries,
                    to_stored_or_none(each.failed_at),
                )
                for each in held
            ],
        )

    async def release(self, subscription_id: SubscriptionId, sequences: Sequence[int]) -> None:
        """Hold changes no longer."""
        await self._connection.execute_many(
            "DELETE FROM held_changes WHERE subscription_id = $1 AND sequence = $2",
            [(subscription_id, sequence) for sequence in sequences],
        )

    async def release_after(self, subscription_id: SubscriptionId, sequence: int) -> None:
        """Hold no change behind a sequence number."""
        await self._connection.execute(
            "DELETE FROM held_changes WHERE subscription_id = $1 AND sequence > $2", subscription_id, sequence
        )

    async def forgive(self, subscription_id: SubscriptionId, *, at: datetime) -> None:
        """Let every held change be tried again from an instant on, as if it had not failed before."""
        await self._connection.execute(
            "UPDATE held_changes SET run_at = $2, failed_at = NULL WHERE subscription_id = $1",
            subscription_id,
            to_stored(at),
        )

    async def list_held(self, subscription: Subscription) -> list[HeldChange]:
        """List the changes that a subscription holds, in the order of the log."""
        rows = await self._connection.fetch(_LIST_HELD, subscription.id, subscription.account_id)
        return [
            HeldChange(
                run_at=to_instant(row[0]),
                tries=row[1],
                failed_at=to_instant_or_none(row[2]),
                change=change_from_row(row[3:]),
            )
            for row in rows
        ]

    async def _count_live(self, account_id: AccountId) -> None:
        """Note in the account's counter of changes how many live subscriptions there are to be woken."""
        await self._connection.execute(_LOCK_COUNT, account_id)
        await self._connection.execute(_COUNT, account_id)


def _to_row(subscription: Subscription) -> tuple[Bindable, ...]:
    reason = subscription.disabled_reason
    return (
        subscription.id,
        subscription.account_id,
        to_stored(subscription.created_at),
        subscription.key_id,
        subscription.url,
        subscription.description,
        ",".join(sorted(subscription.filter.actions)),
        ",".join(sorted(subscription.filter.statuses)),
        subscription.status.value,
        None if reason is None else reason.value,
        subscription.sealed_secret,
        subscription.sealed_old_secret,
        to_stored_or_none(subscription.old_secret_ends_at),
        subscription.position,
        subscription.turn,
        subscription.last_attempt,
        to_stored_or_none(subscription.failing_since),
        subscription.version,
    )


def _from_row(row: Row) -> Subscription:
    return Subscription(
        id=SubscriptionId(row[0]),
        account_id=AccountId(row[1]),
        created_at=to_instant(row[2]),
        key_id=APIKeyId(row[3]),
        url=row[4],
        description=row[5],
        filter=ChangeFilter(
            actions=frozenset(Action(word) for word in row[6].split(",") if word),
            statuses=frozenset(OrderStatus(word) for word in row[7].split(",") if word),
        ),
        status=SubscriptionStatus(row[8]),
        disabled_reason=None if row[9] is None else DisabledReason(row[9]),
        sealed_secret=row[10],
        sealed_old_secret=row[11],
        old_secret_ends_at=to_instant_or_none(row[12]),
        position=row[13],
        turn=row[14],
        last_attempt=row[15],
        failing_since=to_instant_or_none(row[16]),
        version=row[17],
    )
