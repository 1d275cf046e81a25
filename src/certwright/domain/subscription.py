"""Subscriptions: where an account has its status changes sent, which of them, how signed, and when one is sent again.

    active ── a change was given up ──> failing
      both ── switched off ──> inactive
      both ── the endpoint is gone, or takes nothing for three days, or the key is revoked ──> disabled
      all  ── switched on ──> active

A subscription reads the account's log of changes from its ``position`` on. A change that could not be delivered is held,
and with it all later changes of its order; the others go on.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from certwright.domain.account import Secret

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.change import StatusChange
    from certwright.domain.ids import AccountId, APIKeyId, SubscriptionId
    from certwright.domain.status import Action, OrderStatus

GIVE_UP_AFTER = timedelta(days=3)
"""How long after its first failure a change is given up, and after how long without any success a subscription ends."""

OVERLAP = timedelta(hours=24)
"""How long a replaced secret still signs, beside the new one."""

MOST_PER_ACCOUNT = 10

_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(hours=4)
_SHORTEST_REST = timedelta(seconds=5)
_LONGEST_REST = timedelta(minutes=15)
_SECRET_PREFIX = "whsec_"  # noqa: S105 - what all secrets begin with, by Standard Webhooks
_SECRET_BYTES = 32


class SubscriptionStatus(StrEnum):
    """Whether changes are sent."""

    ACTIVE = "active"
    FAILING = "failing"  # as active; some change was given up since it was switched on
    INACTIVE = "inactive"  # the account does not want it now
    DISABLED = "disabled"  # we do not want it any more


LIVE = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.FAILING})
"""The statuses in which changes are sent."""


class DisabledReason(StrEnum):
    """Why we switched a subscription off."""

    GONE = "gone"  # the endpoint answered 410
    UNREACHABLE = "unreachable"  # it took nothing for three days
    KEY_REVOKED = "key_revoked"  # nobody answers for it any more


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFilter:
    """Which changes are sent: those with one of the actions, and those that lead to one of the statuses.

    A filter that names neither lets everything through.
    """

    actions: frozenset[Action] = frozenset()
    statuses: frozenset[OrderStatus] = frozenset()

    def lets_through(self, change: StatusChange) -> bool:
        """Whether a change is sent."""
        if not self.actions and not self.statuses:
            return True
        return change.action in self.actions or change.to_status in self.statuses


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What came of a round of deliveries: how many attempts of each outcome, and whether one was told 410 Gone."""

    delivered: int = 0
    failed: int = 0
    given_up: int = 0
    is_gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A place that has an account's status changes sent.

    ``key_id`` is the API key in whose name it works: that of who made it or switched it on last. All changes through
    ``position`` have been dealt with: they were delivered, given up, not asked for, or are held. ``turn`` grows with
    whatever moves the position or what is held, so that of two rounds that began alike only the first counts.
    ``last_attempt`` numbers the attempts. ``failing_since`` is the first failure after the last success. Secrets are
    envelopes. ``version`` guards every update.
    """

    id: SubscriptionId
    account_id: AccountId
    key_id: APIKeyId
    url: str
    created_at: datetime
    sealed_secret: bytes
    position: int
    description: str = ""
    filter: ChangeFilter = ChangeFilter()
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE
    disabled_reason: DisabledReason | None = None
    sealed_old_secret: bytes | None = None
    old_secret_ends_at: datetime | None = None
    turn: int = 0
    last_attempt: int = 0
    failing_since: datetime | None = None
    version: int = 0

    @property
    def is_live(self) -> bool:
        """Whether changes are sent."""
        return self.status in LIVE

    def sealed_secrets(self, at: datetime) -> tuple[bytes, ...]:
        """Return the envelopes of the secrets that sign now, the newest first."""
        if self.sealed_old_secret is None or self.old_secret_ends_at is None or at >= self.old_secret_ends_at:
            return (self.sealed_secret,)
        return (self.sealed_secret, self.sealed_old_secret)

    def with_new_secret(self, sealed: bytes, *, at: datetime) -> Subscription:
        """Replace the secret; the one until now, and no older one, signs a while longer."""
        return replace(
            self,
            sealed_secret=sealed,
            sealed_old_secret=self.sealed_secret,
            old_secret_ends_at=at + OVERLAP,
        )

    def switched_on(self, key_id: APIKeyId) -> Subscription:
        """Return it active, in the name of a key, with its failures forgotten."""
        return replace(
            self,
            key_id=key_id,
            status=SubscriptionStatus.ACTIVE,
            disabled_reason=None,
            failing_since=None,
            turn=self.turn + 1,
        )

    def switched_off(self) -> Subscription:
        """Return it inactive; one that we disabled stays disabled, and says why."""
        return replace(self, status=SubscriptionStatus.INACTIVE) if self.is_live else self

    def disabled(self, reason: DisabledReason) -> Subscription:
        """Return it disabled."""
        return replace(self, status=SubscriptionStatus.DISABLED, disabled_reason=reason)

    def moved(self, url: str) -> Subscription:
        """Return it with another endpoint, which has not failed yet."""
        return replace(self, url=url, failing_since=None, turn=self.turn + 1)

    def rewound(self, position: int) -> Subscription:
        """Return it standing at an earlier position, with what was given up forgotten: it comes again."""
        status = SubscriptionStatus.ACTIVE if self.is_live else self.status
        return replace(self, position=position, status=status, turn=self.turn + 1)

    def after(self, tally: Tally, *, position: int, at: datetime) -> Subscription:
        """Return it after a round that dealt with the changes through ``position``."""
        failing_since = self.failing_since or (at if tally.failed or tally.given_up else None)
        if tally.delivered:
            failing_since = None
        after = replace(self, position=position, turn=self.turn + 1, failing_since=failing_since)
        if not self.is_live:
            return after
        if tally.is_gone:
            return after.disabled(DisabledReason.GONE)
        if failing_since is not None and tally.failed and at - failing_since >= GIVE_UP_AFTER:
            return after.disabled(DisabledReason.UNREACHABLE)
        return replace(after, status=SubscriptionStatus.FAILING) if tally.given_up else after


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldChange:
    """A change still to be delivered, and not before ``run_at``; ``failed_at`` is its first failure."""

    change: StatusChange
    run_at: datetime
    tries: int = 0
    failed_at: datetime | None = None

    def after_failure(self, *, at: datetime, pause: timedelta) -> HeldChange:
        """Return it after one more failure."""
        return replace(self, run_at=at + pause, tries=self.tries + 1, failed_at=self.failed_at or at)

    def is_spent(self, at: datetime) -> bool:
        """Whether another failure would be its last."""
        return self.failed_at is not None and at - self.failed_at >= GIVE_UP_AFTER


class AttemptOutcome(StrEnum):
    """What came of an attempt."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GIVEN_UP = "given_up"  # failed, and was the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request to an endpoint: for a change by its ``sequence``, or (``None``) as a test.

    ``try_number`` counts the attempts of a change from 1. ``status_code`` is that of the answer; without one, ``error``
    says why.
    """

    sequence: int | None
    try_number: int
    outcome: AttemptOutcome
    status_code: int | None
    error: str
    duration: timedelta
    attempted_at: datetime
    number: int = 0


def new_secret() -> Secret:
    """Make a secret of 256 random bits, in the form of Standard Webhooks."""
    return Secret(_SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode())


def sign(secret: Secret, message_id: str, timestamp: int, body: bytes) -> str:
    """Sign a message as Standard Webhooks has it: ``v1,`` and the base64 of an HMAC-SHA256."""
    key = base64.b64decode(secret.reveal().removeprefix(_SECRET_PREFIX))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def message_id_of(subscription_id: SubscriptionId, sequence: int) -> str:
    """Name a change on its way to a subscriber, the same at every attempt, by which duplicates are dropped."""
    return f"msg_{subscription_id}_{sequence}"


def message_id_of_test(subscription_id: SubscriptionId) -> str:
    """Name a test: a message of its own each time, which no receiver may take for a duplicate of the last."""
    return f"msg_{subscription_id}_test_{secrets.token_hex(8)}"


def pause_after(tries: int) -> timedelta:
    """Return how long a change waits after so many failures: five seconds, doubled with each, at most four hours."""
    return min(_FIRST_PAUSE * (1 << min(tries - 1, 16)), _LONGEST_PAUSE)


def rest_after(failing_for: timedelta) -> timedelta:
    """Return how long an endpoint that takes nothing is left alone: half as long as it has been so, within bounds."""
    return min(max(failing_for / 2, _SHORTEST_REST), _LONGEST_REST)
