"""Accounts, API keys and bearer tokens as rows; secrets only as hashes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from certwright.domain.account import Account, APIKey, ApprovalPolicy, Caller, KeyKind, KeyRestriction, Role
from certwright.domain.errors import Conflict, NotFound
from certwright.domain.ids import AccountId, APIKeyId
from certwright.store.engine import (
    listed,
    placeholders,
    to_instant,
    to_instant_or_none,
    to_stored,
    to_stored_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from certwright.domain.account import AccessToken
    from certwright.store.engine import Bindable, Connection, Row

_ACCOUNT = ("id", "name", "approval", "created_at", "disabled_at", "self_approval")
_KEY = ("id", "account_id", "kind", "name", "role", "created_at", "username", "revoked_at", "restriction")
_SELECT_ACCOUNT = f"SELECT {', '.join(_ACCOUNT)} FROM accounts"
_SELECT_KEY = f"SELECT {', '.join(_KEY)} FROM api_keys"
_HOLDER = ", ".join([*(f"k.{column}" for column in _KEY), *(f"a.{column}" for column in _ACCOUNT)])
_FROM_HOLDERS = "FROM api_keys k JOIN accounts a ON a.id = k.account_id"


class SQLAccounts:
    """Accounts in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, account: Account) -> None:
        """Store a new account and start the count of its changes."""
        if await self._connection.fetch("SELECT 1 FROM accounts WHERE name = $1", account.name):
            raise Conflict(f"There is already an account named {account.name}")
        await self._connection.execute(
            "INSERT INTO accounts (id, name, approval, created_at, disabled_at, self_approval) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            account.id,
            account.name,
            account.approval.value,
            to_stored(account.created_at),
            to_stored_or_none(account.disabled_at),
            int(account.self_approval),
        )
        await self._connection.execute(
            "INSERT INTO change_counters (account_id, last_sequence) VALUES ($1, 0)", account.id
        )

    async def save(self, account: Account) -> None:
        """Store a changed account."""
        await self._connection.execute(
            "UPDATE accounts SET name = $2, approval = $3, disabled_at = $4, self_approval = $5 WHERE id = $1",
            account.id,
            account.name,
            account.approval.value,
            to_stored_or_none(account.disabled_at),
            int(account.self_approval),
        )

    async def get(self, account_id: AccountId) -> Account:
        """Return an account."""
        rows = await self._connection.fetch(f"{_SELECT_ACCOUNT} WHERE id = $1", account_id)
        if not rows:
            raise NotFound("account")
        return _account(rows[0])

    async def list_all(self) -> list[Account]:
        """List all accounts by id."""
        return [_account(row) for row in await self._connection.fetch(f"{_SELECT_ACCOUNT} ORDER BY id")]

    async def add_key(self, key: APIKey, secret_hash: bytes) -> None:
        """Store a new key under its secret's hash."""
        await self._connection.execute(
            "INSERT INTO api_keys (id, account_id, kind, name, role, created_at, username, secret_hash, "
            "restriction) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            key.id,
            key.account_id,
            key.kind.value,
            key.name,
            key.role.value,
            to_stored(key.created_at),
            key.username,
            secret_hash,
            key.restriction.value,
        )

    async def save_key(self, key: APIKey) -> None:
        """Store a changed key."""
        await self._connection.execute(
            "UPDATE api_keys SET name = $2, role = $3, revoked_at = $4 WHERE id = $1",
            key.id,
            key.name,
            key.role.value,
            to_stored_or_none(key.revoked_at),
        )

    async def get_key(self, key_id: APIKeyId) -> APIKey:
        """Return a key of any account."""
        key = await self._first_key("id = $1", key_id)
        if key is None:
            raise NotFound("key")
        return key

    async def list_keys(self, account_id: AccountId) -> list[APIKey]:
        """List an account's keys by id."""
        rows = await self._connection.fetch(f"{_SELECT_KEY} WHERE account_id = $1 ORDER BY id", account_id)
        return [_key(row) for row in rows]

    async def find_holders(self, secret_hashes: Collection[bytes]) -> dict[bytes, Caller]:
        """Return the keys with these secrets and their accounts."""
        return {
            row[-1]: _caller(tuple(row[:-1]))
            for some in listed(secret_hashes)
            for row in await self._connection.fetch(
                f"SELECT {_HOLDER}, k.secret_hash {_FROM_HOLDERS} "
                f"WHERE k.secret_hash IN ({placeholders(len(some))})",
                *some,
            )
        }

    async def find_key_by_username(self, username: str) -> APIKey | None:
        """Return the key with this username, revoked or not."""
        return await self._first_key("username = $1", username)

    async def add_token(self, token: AccessToken) -> None:
        """Store a bearer token."""
        await self._connection.execute(
            "INSERT INTO access_tokens (token_hash, key_id, expires_at) VALUES ($1, $2, $3)",
            token.secret.digest(),
            token.key_id,
            to_stored(token.expires_at),
        )

    async def find_token_holders(self, token_hashes: Collection[bytes], at: datetime) -> dict[bytes, Caller]:
        """Return whose unexpired bearer tokens these are."""
        return {
            row[-1]: _caller(tuple(row[:-1]))
            for some in listed(token_hashes)
            for row in await self._connection.fetch(
                f"SELECT {_HOLDER}, t.token_hash {_FROM_HOLDERS} JOIN access_tokens t ON t.key_id = k.id "
                f"WHERE t.expires_at > $1 AND t.token_hash IN ({placeholders(len(some), start=2)})",
                to_stored(at),
                *some,
            )
        }

    async def purge_tokens(self, at: datetime) -> None:
        """Forget the tokens that have run out."""
        await self._connection.execute("DELETE FROM access_tokens WHERE expires_at <= $1", to_stored(at))

    async def _first_key(self, condition: str, value: Bindable) -> APIKey | None:
        rows = await self._connection.fetch(f"{_SELECT_KEY} WHERE {condition}", value)
        return _key(rows[0]) if rows else None


@lru_cache(maxsize=1024)
def _caller(row: tuple[Any, ...]) -> Caller:
    """Make a caller of a row without its credential; the same few come with every request, and say all there is to say."""
    return Caller(key=_key(row), account=_account(row[len(_KEY) :]))


def _account(row: Row) -> Account:
    return Account(
        id=AccountId(row[0]),
        name=row[1],
        approval=ApprovalPolicy(row[2]),
        created_at=to_instant(row[3]),
        disabled_at=to_instant_or_none(row[4]),
        self_approval=bool(row[5]),
    )


def _key(row: Row) -> APIKey:
    return APIKey(
        id=APIKeyId(row[0]),
        account_id=AccountId(row[1]),
        kind=KeyKind(row[2]),
        name=row[3],
        role=Role(row[4]),
        created_at=to_instant(row[5]),
        username=row[6],
        revoked_at=to_instant_or_none(row[7]),
        restriction=KeyRestriction(row[8]),
    )
