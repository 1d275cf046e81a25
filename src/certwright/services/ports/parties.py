"""Accounts and what belongs to them: keys, organizations, contacts, approval requests; and the CA's own records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from certwright.domain.account import AccessToken, Account, APIKey, Caller
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.certificate import AuthorityRecord
    from certwright.domain.contact import Contact
    from certwright.domain.ids import (
        AccountId,
        APIKeyId,
        ApprovalRequestId,
        CertificateId,
        ContactId,
        OrderId,
        OrganizationId,
    )
    from certwright.domain.ledger import Balance, Transaction
    from certwright.domain.organization import Organization, OrganizationValidation
    from certwright.domain.query import OrganizationPage, OrganizationQuery, RequestPage, RequestQuery


class Accounts(Protocol):
    """Accounts, their keys and tokens."""

    async def add(self, account: Account) -> None:
        """Store a new account.

        Raises:
            Conflict: the name is taken.
        """
        ...

    async def save(self, account: Account) -> None:
        """Store a changed account."""
        ...

    async def get(self, account_id: AccountId) -> Account:
        """Return an account.

        Raises:
            NotFound: no such account.
        """
        ...

    async def list_all(self) -> list[Account]:
        """List all accounts by id."""
        ...

    async def add_key(self, key: APIKey, secret_hash: bytes) -> None:
        """Store a new key under its secret's hash."""
        ...

    async def save_key(self, key: APIKey) -> None:
        """Store a changed key."""
        ...

    async def get_key(self, key_id: APIKeyId) -> APIKey:
        """Return a key of any account.

        Raises:
            NotFound: no such key.
        """
        ...

    async def list_keys(self, account_id: AccountId) -> list[APIKey]:
        """List an account's keys by id."""
        ...

    async def find_holders(self, secret_hashes: Collection[bytes]) -> Mapping[bytes, Caller]:
        """Return the keys with these secrets and their accounts, revoked and disabled ones too."""
        ...

    async def find_key_by_username(self, username: str) -> APIKey | None:
        """Return the key with this username, revoked or not."""
        ...

    async def add_token(self, token: AccessToken) -> None:
        """Store a bearer token."""
        ...

    async def find_token_holders(
        self, token_hashes: Collection[bytes], at: datetime
    ) -> Mapping[bytes, Caller]:
        """Return whose unexpired bearer tokens these are: a key and its account, revoked and disabled ones too."""
        ...

    async def purge_tokens(self, at: datetime) -> None:
        """Forget the tokens that have run out."""
        ...


class Organizations(Protocol):
    """Organizations and their validations."""

    async def add(self, organization: Organization) -> None:
        """Store a new organization."""
        ...

    async def save(self, organization: Organization) -> None:
        """Store an organization's changed contact and status."""
        ...

    async def get(self, account_id: AccountId, organization_id: OrganizationId) -> Organization:
        """Return an organization of the account.

        Raises:
            NotFound: no such organization in this account.
        """
        ...

    async def find(self, organization_id: OrganizationId) -> Organization | None:
        """Return an organization of any account; for the operator."""
        ...

    async def find_several(
        self, account_id: AccountId, organization_ids: Collection[OrganizationId]
    ) -> list[Organization]:
        """List those of the organizations that are in the account."""
        ...

    async def list_of_account(self, account_id: AccountId) -> list[Organization]:
        """List an account's organizations by id."""
        ...

    async def list_all(self) -> list[Organization]:
        """List the organizations of all accounts by id; for the operator."""
        ...

    async def search(self, query: OrganizationQuery) -> OrganizationPage:
        """Return a page of what matches, newest first, and how many match in all, exactly."""
        ...

    async def set_validation(
        self, organization_id: OrganizationId, validation: OrganizationValidation
    ) -> None:
        """Store a validation in place of an earlier one of the same level."""
        ...


class Contacts(Protocol):
    """Contacts."""

    async def add(self, contact: Contact) -> None:
        """Store a new contact."""
        ...

    async def is_used(self, account_id: AccountId, contact_id: ContactId) -> bool:
        """Whether an order of the account names the contact."""
        ...

    async def delete(self, contact_id: ContactId) -> None:
        """Forget a contact."""
        ...

    async def get(self, account_id: AccountId, contact_id: ContactId) -> Contact:
        """Return a contact of the account.

        Raises:
            NotFound: no such contact in this account.
        """
        ...

    async def find_anywhere(self, contact_ids: Collection[ContactId]) -> list[Contact]:
        """List those of the contacts that there are, in any account."""
        ...

    async def find_known(self, account_id: AccountId, contact_ids: Collection[ContactId]) -> set[ContactId]:
        """Return those of the contacts that are in the account."""
        ...


class ApprovalRequests(Protocol):
    """Approval requests."""

    async def add(self, *requests: ApprovalRequest) -> None:
        """Store new requests."""
        ...

    async def save(self, request: ApprovalRequest, *, expected: str) -> None:
        """Store a changed request whose stored status must still be ``expected``.

        Raises:
            StaleRecord: it is not.
        """
        ...

    async def get(self, account_id: AccountId, request_id: ApprovalRequestId) -> ApprovalRequest:
        """Return a request of the account.

        Raises:
            NotFound: no such request in this account.
        """
        ...

    async def search(self, query: RequestQuery) -> RequestPage:
        """Return a page of what matches, newest first, and how many match in all, exactly."""
        ...

    async def list_waiting(self, order_ids: Collection[OrderId]) -> list[ApprovalRequest]:
        """List the requests of orders, in any accounts, that nobody has decided; for the worker."""
        ...

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[ApprovalRequest]:
        """List an order's requests, oldest first."""
        ...


class Ledger(Protocol):
    """Money: balances and the transactions that moved them."""

    async def open(self, account_id: AccountId, credit_limit_cents: int | None) -> None:
        """Give a new account an empty balance."""
        ...

    async def set_credit_limit(self, account_id: AccountId, credit_limit_cents: int | None) -> None:
        """Set how far below nothing the balance may go."""
        ...

    async def book(self, *transactions: Transaction) -> None:
        """Store transactions of one account with their entries and move its balance by what they come to.

        Raises:
            InsufficientFunds: balance and credit limit do not cover them all; nothing was stored.
            Conflict: a reference has been booked already.
        """
        ...

    async def hold(self, account_id: AccountId) -> Balance:
        """Return an account's balance, which nobody else moves until this unit of work ends.

        Raises:
            NotFound: no such account.
        """
        ...

    async def balance(self, account_id: AccountId) -> Balance:
        """Return an account's balance.

        Raises:
            NotFound: no such account.
        """
        ...

    async def list_of_account(self, account_id: AccountId) -> list[Transaction]:
        """List an account's transactions, oldest first."""
        ...

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[Transaction]:
        """List an order's transactions, oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredRequest:
    """What an idempotency key was used for: a digest of the request, and the order it made or changed.

    ``certificate_id`` is the further certificate of the order that it made, if any.
    """

    fingerprint: bytes
    order_id: OrderId
    certificate_id: CertificateId | None = None


class AnsweredRequests(Protocol):
    """Idempotency keys of requests that were carried out."""

    async def find(self, account_id: AccountId, keys: Collection[str]) -> dict[str, AnsweredRequest]:
        """Return what those of the keys were used for that were used."""
        ...

    async def add(self, account_id: AccountId, used: Mapping[str, AnsweredRequest]) -> None:
        """Store keys with what they were used for.

        Raises:
            StaleRecord: another request used one of the keys at the same moment.
        """
        ...

    async def remove(self, account_id: AccountId, keys: Collection[str]) -> None:
        """Forget keys, as if they had not been used."""
        ...


class Authorities(Protocol):
    """The embedded CA's certificates and sealed keys."""

    async def add_first(self, records: Sequence[AuthorityRecord]) -> list[AuthorityRecord]:
        """Store authorities, unless there are some, and return those that are stored then.

        Of several processes that do so at the same moment, one stores its own and all return those.
        """
        ...

    async def list_all(self) -> list[AuthorityRecord]:
        """List all authorities by id."""
        ...
