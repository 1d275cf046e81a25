"""Subscriptions to the log of changes, what they hold back, the attempts to deliver, and the way out to endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from certwright.domain.account import Secret
    from certwright.domain.change import StatusChange
    from certwright.domain.ids import AccountId, SubscriptionId
    from certwright.domain.subscription import Attempt, AttemptOutcome, HeldChange, Subscription


class Subscriptions(Protocol):
    """The subscriptions of all accounts, and the changes that they hold.

    While an account has a live one, every unit of work that writes a change of the account's asks for the job
    ``DELIVER_CHANGES`` of each live one when it commits.
    """

    async def add(self, subscription: Subscription) -> None:
        """Store a new subscription; others of the account wait until this unit of work ends."""
        ...

    async def save(self, subscription: Subscription) -> None:
        """Store a changed subscription.

        Raises:
            StaleRecord: the row's version is no longer that of the subscription.
        """
        ...

    async def delete(self, subscription: Subscription) -> None:
        """Forget a subscription with everything that belongs to it.

        Raises:
            StaleRecord: as for ``save``.
        """
        ...

    async def get(self, account_id: AccountId, subscription_id: SubscriptionId) -> Subscription:
        """Return a subscription of the account.

        Raises:
            NotFound: no such subscription in this account.
        """
        ...

    async def find(self, subscription_id: SubscriptionId) -> Subscription | None:
        """Return a subscription of any account; for the worker."""
        ...

    async def list_of_account(self, account_id: AccountId) -> list[Subscription]:
        """List the account's subscriptions by id."""
        ...

    async def hold(self, subscription_id: SubscriptionId, held: Sequence[HeldChange]) -> None:
        """Store changes to be held, or what became of those that are."""
        ...

    async def release(self, subscription_id: SubscriptionId, sequences: Sequence[int]) -> None:
        """Hold changes no longer."""
        ...

    async def release_after(self, subscription_id: SubscriptionId, sequence: int) -> None:
        """Hold no change behind a sequence number."""
        ...

    async def forgive(self, subscription_id: SubscriptionId, *, at: datetime) -> None:
        """Let every held change be tried again from an instant on, as if it had not failed before."""
        ...

    async def list_held(self, subscription: Subscription) -> list[HeldChange]:
        """List the changes that a subscription holds, in the order of the log."""
        ...


class DeliveryAttempts(Protocol):
    """The attempts to deliver."""

    async def add(self, subscription_id: SubscriptionId, attempts: Sequence[Attempt]) -> None:
        """Store attempts, which have their numbers."""
        ...

    async def list_before(
        self,
        subscription_id: SubscriptionId,
        number: int | None,
        limit: int,
        *,
        outcome: AttemptOutcome | None = None,
    ) -> list[Attempt]:
        """List attempts of lower numbers, or (``None``) the last ones, newest first."""
        ...

    async def purge(self, before: datetime) -> None:
        """Forget the attempts made before an instant."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What goes out to an endpoint: a change, or (``None``) a test; ``id`` is the same at every attempt."""

    id: str
    subscription_id: SubscriptionId
    occurred_at: datetime
    change: StatusChange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: a status or, in ``error``, why there was none; and after how long."""

    status_code: int | None
    error: str
    duration: timedelta

    @property
    def is_success(self) -> bool:
        """Whether the endpoint took it: a status of RFC 9110 §15.3."""
        return self.status_code is not None and 200 <= self.status_code < 300  # noqa: PLR2004 - the 2xx


class NoticeSender(Protocol):
    """Sends signed notices to endpoints."""

    async def check_url(self, url: str) -> None:
        """Refuse a URL to which nothing would be sent.

        Raises:
            InvalidInput: it is none, or its host lies where nothing may be sent.
        """
        ...

    async def send(self, url: str, notice: Notice, *, secrets: Sequence[Secret], at: datetime) -> Answer:
        """Send a notice once, signed with every secret as of an instant; never raises for what the endpoint does."""
        ...
