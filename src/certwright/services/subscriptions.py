"""Subscriptions: making and changing them, their secrets, their history, trying them out and going back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.errors import Conflict, InvalidInput
from certwright.domain.ids import SubscriptionId
from certwright.domain.subscription import (
    MOST_PER_ACCOUNT,
    Attempt,
    AttemptOutcome,
    ChangeFilter,
    Subscription,
    message_id_of_test,
    new_secret,
)
from certwright.services.ports import JobKind, Notice, NumberKind
from certwright.services.retrying import again_when_stale

if TYPE_CHECKING:
    from certwright.domain.account import Caller, Secret
    from certwright.services.ports import Answer, Clock, NoticeSender, Store, UnitOfWork
    from certwright.services.signing_secrets import SigningSecrets

KEPT_FOR = timedelta(days=30)
"""How long attempts stay in the history."""

_MAX_DESCRIPTION_LENGTH = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionWishes:
    """What a client says of a subscription; what is ``None`` stays as it is, or is what a new one begins with."""

    url: str | None = None
    description: str | None = None
    filter: ChangeFilter | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """A subscription whose secret was just made: the only moment at which it can be seen."""

    subscription: Subscription
    secret: Secret


class Subscriptions:
    """Keeps accounts' subscriptions."""

    def __init__(
        self, store: Store, clock: Clock, sender: NoticeSender, signing_secrets: SigningSecrets
    ) -> None:
        self._store = store
        self._clock = clock
        self._sender = sender
        self._secrets = signing_secrets

    async def create(self, caller: Caller, wishes: SubscriptionWishes) -> NewSecret:
        """Subscribe to all changes that happen from now on.

        Raises:
            InvalidInput: the URL is missing or none that anything may be sent to, or the description is too long.
            Conflict: the account has as many as it may have.
        """
        await self._check(wishes)
        if wishes.url is None:
            raise InvalidInput.for_field("url", "A webhook needs a URL")
        (number,) = await self._store.allot(NumberKind.SUBSCRIPTION)
        secret = new_secret()
        sealed = await self._secrets.seal(SubscriptionId(number), secret)
        async with self._store.writing() as work:
            subscription = Subscription(
                id=SubscriptionId(number),
                account_id=caller.account_id,
                key_id=caller.key.id,
                url=wishes.url,
                created_at=self._clock.now(),
                sealed_secret=sealed,
                position=await work.changes.find_end(caller.account_id),
                description=wishes.description or "",
                filter=wishes.filter or ChangeFilter(),
            )
            if wishes.is_active is False:
                subscription = subscription.switched_off()
            await work.subscriptions.add(subscription)
            if len(await work.subscriptions.list_of_account(caller.account_id)) > MOST_PER_ACCOUNT:
                raise Conflict(f"An account has at most {MOST_PER_ACCOUNT} webhooks")
            await self._wake(work, subscription)
        return NewSecret(subscription=subscription, secret=secret)

    async def list_all(self, caller: Caller) -> list[Subscription]:
        """List the account's subscriptions by id."""
        async with self._store.reading() as work:
            return await work.subscriptions.list_of_account(caller.account_id)

    async def get(self, caller: Caller, subscription_id: SubscriptionId) -> Subscription:
        """Return a subscription.

        Raises:
            NotFound: no such subscription in this account.
        """
        async with self._store.reading() as work:
            return await work.subscriptions.get(caller.account_id, subscription_id)

    @again_when_stale
    async def update(
        self, caller: Caller, subscription_id: SubscriptionId, wishes: SubscriptionWishes
    ) -> Subscription:
        """Change a subscription; switched on, or sent elsewhere, it tries at once what it holds.

        Whoever switches it on puts it under the own key.

        Raises:
            NotFound: no such subscription in this account.
            InvalidInput: as for ``create``.
        """
        await self._check(wishes)
        async with self._store.writing() as work:
            before = await work.subscriptions.get(caller.account_id, subscription_id)
            after = replace(
                before,
                description=before.description if wishes.description is None else wishes.description,
                filter=wishes.filter or before.filter,
            )
            if wishes.url is not None and wishes.url != before.url:
                after = after.moved(wishes.url)
            if wishes.is_active is not None:
                after = after.switched_on(caller.key.id) if wishes.is_active else after.switched_off()
            await work.subscriptions.save(after)
            if after.turn != before.turn:
                await work.subscriptions.forgive(subscription_id, at=self._clock.now())
                await self._wake(work, after)
        return replace(after, version=before.version + 1)

    @again_when_stale
    async def delete(self, caller: Caller, subscription_id: SubscriptionId) -> None:
        """Forget a subscription and its history.

        Raises:
            NotFound: no such subscription in this account.
        """
        async with self._store.writing() as work:
            await work.subscriptions.delete(await work.subscriptions.get(caller.account_id, subscription_id))

    @again_when_stale
    async def rotate_secret(self, caller: Caller, subscription_id: SubscriptionId) -> NewSecret:
        """Make a new secret; the one until now signs beside it for a day.

        Raises:
            NotFound: no such subscription in this account.
        """
        secret = new_secret()
        sealed = await self._secrets.seal(subscription_id, secret)
        async with self._store.writing() as work:
            before = await work.subscriptions.get(caller.account_id, subscription_id)
            after = before.with_new_secret(sealed, at=self._clock.now())
            await work.subscriptions.save(after)
        return NewSecret(subscription=after, secret=secret)

    async def send_test(self, caller: Caller, subscription_id: SubscriptionId) -> Attempt:
        """Send a signed test at once, whether the subscription is live or not, and return what came of it.

        Raises:
            NotFound: no such subscription in this account.
        """
        subscription = await self.get(caller, subscription_id)
        now = self._clock.now()
        secrets = await self._secrets.open(subscription, at=now)
        notice = Notice(
            id=message_id_of_test(subscription_id),
            subscription_id=subscription_id,
            occurred_at=now,
        )
        answer = await self._sender.send(subscription.url, notice, secrets=secrets, at=now)
        return await self._note_test(caller, subscription_id, answer)

    @again_when_stale
    async def _note_test(self, caller: Caller, subscription_id: SubscriptionId, answer: Answer) -> Attempt:
        async with self._store.writing() as work:
            subscription = await work.subscriptions.get(caller.account_id, subscription_id)
            attempt = Attempt(
                number=subscription.last_attempt + 1,
                sequence=None,
                try_number=1,
                outcome=AttemptOutcome.DELIVERED if answer.is_success else AttemptOutcome.FAILED,
                status_code=answer.status_code,
                error=answer.error,
                duration=answer.duration,
                attempted_at=self._clock.now(),
            )
            await work.attempts.add(subscription_id, [attempt])
            await work.subscriptions.save(replace(subscription, last_attempt=attempt.number))
        return attempt

    async def list_attempts(
        self,
        caller: Caller,
        subscription_id: SubscriptionId,
        *,
        before: int | None,
        limit: int,
        outcome: AttemptOutcome | None = None,
    ) -> list[Attempt]:
        """List attempts of lower numbers, or the last ones, newest first.

        Raises:
            NotFound: no such subscription in this account.
        """
        async with self._store.reading() as work:
            await work.subscriptions.get(caller.account_id, subscription_id)
            return await work.attempts.list_before(subscription_id, before, limit, outcome=outcome)

    @again_when_stale
    async def replay(self, caller: Caller, subscription_id: SubscriptionId, after: int) -> Subscription:
        """Deliver everything behind a sequence number again, under the same ids.

        Raises:
            NotFound: no such subscription in this account.
            InvalidInput: nothing behind the number has been delivered yet, so that something would be left out.
        """
        async with self._store.writing() as work:
            before = await work.subscriptions.get(caller.account_id, subscription_id)
            if not 0 <= after <= before.position:
                raise InvalidInput.for_field("after", "The deliveries have not come as far as that")
            rewound = before.rewound(after)
            await work.subscriptions.save(rewound)
            await work.subscriptions.release_after(subscription_id, after)
            await self._wake(work, rewound)
        return rewound

    async def _check(self, wishes: SubscriptionWishes) -> None:
        description = wishes.description or ""
        if len(description) > _MAX_DESCRIPTION_LENGTH:
            raise InvalidInput.for_field(
                "description", f"A description has at most {_MAX_DESCRIPTION_LENGTH} characters"
            )
        if wishes.url is not None:
            await self._sender.check_url(wishes.url)

    async def _wake(self, work: UnitOfWork, subscription: Subscription) -> None:
        """Look for what is to be delivered: a change may have been written while nobody was to be woken."""
        if subscription.is_live:
            await work.jobs.enqueue(JobKind.DELIVER_CHANGES, subscription.id, self._clock.now())
