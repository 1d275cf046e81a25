"""Signing secrets: opened once, forgotten when there are many, and of their own subscription only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from certwright.domain.errors import InvalidInput
from certwright.domain.ids import SubscriptionId
from certwright.domain.subscription import new_secret
from certwright.services import signing_secrets
from certwright.services.signing_secrets import SigningSecrets
from tests.support.authorities import SEALER
from tests.support.clock import NOON
from tests.support.subscriptions import subscription


class CountingVault:
    """The real vault, with a count of what was opened."""

    def __init__(self) -> None:
        self.opened = 0

    def seal(self, plaintext: bytes, *, owner: str) -> bytes:
        return SEALER.seal(plaintext, owner=owner)

    def open(self, envelope: bytes, *, owner: str) -> bytes:
        self.opened += 1
        return SEALER.open(envelope, owner=owner)


async def test_secret_is_opened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_secrets, "_MOST_OPEN", 2)
    vault = CountingVault()
    kept = SigningSecrets(vault)
    old, new = new_secret(), new_secret()
    made = subscription(sealed_secret=await kept.seal(SubscriptionId(7), old)).with_new_secret(
        await kept.seal(SubscriptionId(7), new), at=NOON
    )
    for _ in range(3):
        assert [each.reveal() for each in await kept.open(made, at=NOON)] == [new.reveal(), old.reveal()]
    assert vault.opened == 2
    third = replace(made, sealed_secret=await kept.seal(SubscriptionId(7), old), sealed_old_secret=None)
    assert len(await kept.open(third, at=NOON)) == 1
    assert len(kept._open) == 1


async def test_envelope_of_another_subscription_is_refused() -> None:
    kept = SigningSecrets(SEALER)
    sealed = await kept.seal(SubscriptionId(8), new_secret())
    with pytest.raises(InvalidInput):
        await kept.open(subscription(sealed_secret=sealed), at=NOON)
