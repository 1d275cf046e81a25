"""The secrets that sign what subscribers get: sealed in the database, open in memory for a while."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from certwright.domain.account import Secret

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.ids import SubscriptionId
    from certwright.domain.subscription import Subscription
    from certwright.services.ports import SecretVault

_MOST_OPEN = 1_000


class SigningSecrets:
    """Seals and opens subscriptions' secrets.

    Where a passphrase seals, an envelope costs some 60 ms, and a busy account's is wanted many times a second: what
    was opened is kept.
    """

    def __init__(self, vault: SecretVault) -> None:
        self._vault = vault
        self._open: dict[bytes, Secret] = {}

    async def seal(self, subscription_id: SubscriptionId, secret: Secret) -> bytes:
        """Return the envelope of a subscription's secret."""
        plaintext = secret.reveal().encode()
        return await asyncio.to_thread(self._vault.seal, plaintext, owner=_owner(subscription_id))

    async def open(self, subscription: Subscription, *, at: datetime) -> tuple[Secret, ...]:
        """Return the secrets that sign now, the newest first.

        Raises:
            InvalidInput: the CA's key or passphrase is not the one that sealed them.
        """
        return tuple([await self._opened(subscription.id, each) for each in subscription.sealed_secrets(at)])

    async def _opened(self, subscription_id: SubscriptionId, envelope: bytes) -> Secret:
        if envelope not in self._open:
            text = await asyncio.to_thread(self._vault.open, envelope, owner=_owner(subscription_id))
            if len(self._open) >= _MOST_OPEN:
                self._open.clear()
            self._open[envelope] = Secret(text.decode())
        return self._open[envelope]


def _owner(subscription_id: SubscriptionId) -> str:
    return f"subscription {subscription_id}"
