"""Secrets that print as stars, accounts that can be shut, and keys that may decide."""

from __future__ import annotations

import hashlib

import pytest

from certwright.domain.account import Caller, Role, Secret
from certwright.domain.ids import APIKeyId
from tests.support.book import account, api_key, order
from tests.support.clock import NOON


def test_secret_never_prints() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "hunter2"
    assert secret.digest() == hashlib.sha256(b"hunter2").digest()


def test_generated_secrets_hold_256_bits_and_are_never_alike() -> None:
    secrets = {Secret.generate().reveal() for _ in range(50)}
    assert len(secrets) == 50
    assert all(len(text) == 52 and text.isalnum() and text == text.upper() for text in secrets)


def test_disabled_account_is_not_enabled() -> None:
    assert account().is_enabled
    assert not account(disabled_at=NOON).is_enabled


def test_caller_speaks_for_the_account_of_its_key() -> None:
    assert Caller(account=account(7), key=api_key()).account_id == 7


@pytest.mark.parametrize("role", Role)
def test_administrators_and_managers_decide(role: Role) -> None:
    caller = Caller(account=account(), key=api_key(role=role))
    assert caller.is_approver is (role in {Role.ADMINISTRATOR, Role.MANAGER})


def test_limited_key_sees_its_own_orders_alone() -> None:
    own, foreign = order(placed_by=APIKeyId(1001)), order(placed_by=APIKeyId(1002))
    for role in Role:
        caller = Caller(account=account(), key=api_key(role=role))
        assert caller.may_see(own)
        assert caller.may_see(foreign) is not caller.sees_own_only
        assert caller.sees_own_only is (role is Role.LIMITED)
