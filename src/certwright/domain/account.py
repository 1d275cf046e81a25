"""Accounts, the API keys that act for them, and the secrets they carry.

Secrets are machine-made and hold 256 random bits, so a plain SHA-256 stands for them in the database: there is
nothing to guess, and a look-up costs half a microsecond on every request. They are shown once, at creation.
"""

from __future__ import annotations

import hashlib
import secrets
import string
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.ids import AccountId, APIKeyId
    from certwright.domain.order import Order

_ALPHABET = string.ascii_uppercase + string.digits


class Secret:
    """A secret text that prints as stars; ``reveal`` is the one way to see it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._text

    def digest(self) -> bytes:
        """Return the SHA-256 under which the secret is stored and looked up."""
        return hashlib.sha256(self._text.encode()).digest()

    def __repr__(self) -> str:
        return "Secret('********')"

    __str__ = __repr__

    @classmethod
    def generate(cls) -> Secret:
        """Make a new secret of 52 capital letters and digits (more than 256 random bits)."""
        return cls("".join(secrets.choice(_ALPHABET) for _ in range(52)))


class ApprovalPolicy(StrEnum):
    """How many people must agree before an order of the account goes to validation."""

    NONE = "none"
    ONE_STEP = "one-step"
    TWO_STEP = "two-step"


class KeyKind(StrEnum):
    """Which dialect a credential speaks: a WebNIC username and password, or a DigiCert API key."""

    WEBNIC = "webnic"
    DIGICERT = "digicert"


class Role(StrEnum):
    """What the holder of a key may do in the account; ``domain.permission`` has the table."""

    ADMINISTRATOR = "administrator"
    MANAGER = "manager"  # everything but money and the account's settings
    FINANCE = "finance"  # sees everything, moves money
    STANDARD = "standard"  # orders, with the approval of a manager
    LIMITED = "limited"  # as standard, and sees only orders of its own


APPROVERS = frozenset({Role.ADMINISTRATOR, Role.MANAGER})
"""The roles that decide requests, and whose own need no approval if they say so."""


class KeyRestriction(IntEnum):
    """What a key may be used for at most, whatever its role allows; the numbers are DigiCert's."""

    NONE = 0
    ORDERS = 100
    ORDERS_DOMAINS_ORGANIZATIONS = 101
    VIEW_ONLY = 102
    USERS = 103


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A customer of this server; every order, contact and organization belongs to exactly one.

    ``self_approval`` lets an approver approve requests of their own. Two steps always take two approvers.
    """

    id: AccountId
    name: str
    approval: ApprovalPolicy
    created_at: datetime
    disabled_at: datetime | None = None
    self_approval: bool = True

    @property
    def is_enabled(self) -> bool:
        """Whether the account's credentials are accepted."""
        return self.disabled_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class APIKey:
    """A credential of an account; the secret itself is kept only as ``secret_hash``.

    ``username`` is the name WebNIC clients send beside the password; DigiCert keys have none.
    """

    id: APIKeyId
    account_id: AccountId
    kind: KeyKind
    name: str
    role: Role
    created_at: datetime
    username: str | None = None
    revoked_at: datetime | None = None
    restriction: KeyRestriction = KeyRestriction.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A WebNIC bearer token: good for an hour, stored as a hash like every secret."""

    key_id: APIKeyId
    secret: Secret
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who makes a request: the enabled account and the key that authenticated it."""

    account: Account
    key: APIKey

    @property
    def account_id(self) -> AccountId:
        """The account whose data the caller may see."""
        return self.account.id

    @property
    def is_approver(self) -> bool:
        """Whether the key may decide requests and skip approval."""
        return self.key.role in APPROVERS

    @property
    def sees_own_only(self) -> bool:
        """Whether the orders of other keys are hidden from this one."""
        return self.key.role is Role.LIMITED

    def may_see(self, order: Order) -> bool:
        """Whether an order of the account is one that the key may know of."""
        return not self.sees_own_only or order.placed_by == self.key.id
