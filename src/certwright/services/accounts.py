"""Accounts and their credentials: made by the operator, checked on every request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.account import (
    AccessToken,
    Account,
    APIKey,
    ApprovalPolicy,
    Caller,
    KeyKind,
    KeyRestriction,
    Role,
    Secret,
)
from certwright.domain.errors import InvalidInput, NotFound, TokenExpired, Unauthenticated
from certwright.domain.ids import AccountId, APIKeyId
from certwright.services.batching import Batching
from certwright.services.ports import NumberKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certwright.services.ports import Clock, Store

TOKEN_LIFETIME = timedelta(minutes=60)
"""How long a WebNIC bearer token is good for, as that API documents."""

_MAX_NAME_LENGTH = 100
_WEBNIC_ROLES = {Role.ADMINISTRATOR, Role.STANDARD}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key just made, with its secret: the only moment at which it can be seen."""

    key: APIKey
    secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account just made, with one administrator's key per dialect."""

    account: Account
    webnic: NewKey
    digicert: NewKey


class Accounts:
    """Makes, disables and authenticates accounts."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        # Every request asks these, so those that come at the same time share a statement.
        self._holders = Batching(self._find_holders)
        self._token_holders = Batching(self._find_token_holders)

    async def create(
        self, name: str, *, approval: ApprovalPolicy = ApprovalPolicy.NONE, self_approval: bool = True
    ) -> NewAccount:
        """Make an account with an administrator's WebNIC user and DigiCert key.

        Raises:
            InvalidInput: the name is empty or too long.
            Conflict: the name is taken.
        """
        name = name.strip()
        if not 0 < len(name) <= _MAX_NAME_LENGTH:
            raise InvalidInput.for_field("name", f"An account's name has 1 to {_MAX_NAME_LENGTH} characters")
        (account_id,) = await self._store.allot(NumberKind.ACCOUNT)
        account = Account(
            id=AccountId(account_id),
            name=name,
            approval=approval,
            self_approval=self_approval,
            created_at=self._clock.now(),
        )
        keys = [
            await self._new_key(account.id, kind, "administrator", Role.ADMINISTRATOR) for kind in KeyKind
        ]
        async with self._store.writing() as work:
            await work.accounts.add(account)
            await work.ledger.open(account.id, None)
            for new in keys:
                await work.accounts.add_key(new.key, new.secret.digest())
        webnic, digicert = keys
        return NewAccount(account=account, webnic=webnic, digicert=digicert)

    async def list_all(self) -> list[Account]:
        """List all accounts."""
        async with self._store.reading() as work:
            return await work.accounts.list_all()

    async def disable(self, account_id: AccountId) -> Account:
        """Refuse the account's credentials from now on; its certificates stay as they are.

        Raises:
            NotFound: no such account.
        """
        async with self._store.writing() as work:
            account = replace(await work.accounts.get(account_id), disabled_at=self._clock.now())
            await work.accounts.save(account)
        return account

    async def create_key(
        self,
        account_id: AccountId,
        kind: KeyKind,
        name: str,
        role: Role,
        *,
        restriction: KeyRestriction = KeyRestriction.NONE,
    ) -> NewKey:
        """Make another key of an account.

        Raises:
            InvalidInput: WebNIC's API knows administrators and standard users alone, and no restrictions.
            NotFound: no such account.
        """
        if kind is KeyKind.WEBNIC and (role not in _WEBNIC_ROLES or restriction is not KeyRestriction.NONE):
            raise InvalidInput.for_field(
                "role", "A WebNIC user is an administrator or a standard user, without restriction"
            )
        new = await self._new_key(account_id, kind, name, role, restriction)
        async with self._store.writing() as work:
            await work.accounts.get(account_id)
            await work.accounts.add_key(new.key, new.secret.digest())
        return new

    async def list_keys(self, account_id: AccountId) -> list[APIKey]:
        """List an account's keys."""
        async with self._store.reading() as work:
            return await work.accounts.list_keys(account_id)

    async def act_for(self, account_name: str, key_id: APIKeyId | None = None) -> Caller:
        """Stand in for an account, as its operator may: with one of its keys, or with its first administrator's.

        Raises:
            NotFound: there is no such account, or no such key of it.
            Unauthenticated: the key or the account has been shut.
        """
        async with self._store.reading() as work:
            accounts = await work.accounts.list_all()
            account = next((each for each in accounts if each.name == account_name), None)
            if account is None:
                raise NotFound("account")
            keys = await work.accounts.list_keys(account.id)
            key = next((each for each in keys if _is_meant(each, key_id)), None)
            if key is None:
                raise NotFound("key")
            return _check_open(Caller(account=account, key=key))

    async def revoke_key(self, key_id: APIKeyId) -> APIKey:
        """Refuse a key, and the bearer tokens it got, from now on.

        Raises:
            NotFound: no such key.
        """
        async with self._store.writing() as work:
            key = replace(await work.accounts.get_key(key_id), revoked_at=self._clock.now())
            await work.accounts.save_key(key)
        return key

    async def authenticate_key(self, secret: Secret) -> Caller:
        """Tell who holds a DigiCert API key.

        Raises:
            Unauthenticated: nobody does, or the key or its account has been shut.
        """
        holder = await self._holders.do(secret.digest())
        if holder is None or holder.key.kind is not KeyKind.DIGICERT:
            raise Unauthenticated("The API key is not valid")
        return _check_open(holder)

    async def log_in(self, username: str, password: Secret) -> AccessToken:
        """Hand out a bearer token for a WebNIC user.

        Raises:
            Unauthenticated: with the words "Invalid username" or "Invalid password".
        """
        now = self._clock.now()
        async with self._store.writing() as work:
            key = await work.accounts.find_key_by_username(username)
            if key is None:
                raise Unauthenticated("Invalid username")
            holder = (await work.accounts.find_holders([password.digest()])).get(password.digest())
            if holder is None or holder.key.id != key.id:
                raise Unauthenticated("Invalid password")
            _check_open(holder)
            token = AccessToken(key_id=key.id, secret=Secret.generate(), expires_at=now + TOKEN_LIFETIME)
            await work.accounts.add_token(token)
        return token

    async def authenticate_token(self, secret: Secret) -> Caller:
        """Tell who holds a bearer token.

        Raises:
            TokenExpired: it has run out, is unknown, or its user has been shut out.
        """
        holder = await self._token_holders.do(secret.digest())
        if holder is None:
            raise TokenExpired("The token has expired or is not valid")
        try:
            return _check_open(holder)
        except Unauthenticated as cause:
            raise TokenExpired(cause.message) from cause

    async def authenticate_bearer(self, secret: Secret) -> Caller:
        """Tell who holds a DigiCert API key or a WebNIC bearer token.

        Raises:
            TokenExpired: it is neither, or not good any more.
        """
        holder = await self._holders.do(secret.digest())
        # A WebNIC user's password is no credential without the user name.
        if holder is None or holder.key.kind is not KeyKind.DIGICERT:
            holder = await self._token_holders.do(secret.digest())
        if holder is None:
            raise TokenExpired("The credential has expired or is not valid")
        try:
            return _check_open(holder)
        except Unauthenticated as cause:
            raise TokenExpired(cause.message) from cause

    async def _find_holders(self, digests: Sequence[bytes]) -> list[Caller | None]:
        async with self._store.looking() as work:
            found = await work.accounts.find_holders(set(digests))
        return [found.get(digest) for digest in digests]

    async def _find_token_holders(self, digests: Sequence[bytes]) -> list[Caller | None]:
        async with self._store.looking() as work:
            found = await work.accounts.find_token_holders(set(digests), self._clock.now())
        return [found.get(digest) for digest in digests]

    async def _new_key(
        self,
        account_id: AccountId,
        kind: KeyKind,
        name: str,
        role: Role,
        restriction: KeyRestriction = KeyRestriction.NONE,
    ) -> NewKey:
        (number,) = await self._store.allot(NumberKind.API_KEY)
        key = APIKey(
            id=APIKeyId(number),
            account_id=account_id,
            kind=kind,
            name=name,
            role=role,
            restriction=restriction,
            created_at=self._clock.now(),
            username=f"api-{number}" if kind is KeyKind.WEBNIC else None,
        )
        return NewKey(key=key, secret=Secret.generate())


def _check_open(holder: Caller) -> Caller:
    if holder.key.revoked_at is not None or not holder.account.is_enabled:
        raise Unauthenticated("The credential has been revoked")
    return holder


def _is_meant(key: APIKey, key_id: APIKeyId | None) -> bool:
    if key_id is not None:
        return key.id == key_id
    return key.role is Role.ADMINISTRATOR and key.kind is not KeyKind.WEBNIC and key.revoked_at is None
