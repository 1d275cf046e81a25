"""Domains of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from certwright.domain.domain import Domain
    from certwright.domain.ids import AccountId, DomainId, OrderId


class Domains(Protocol):
    """Domains of all accounts."""

    async def add(self, domain: Domain) -> None:
        """Store a new domain.

        Raises:
            Conflict: the account has a domain of that name.
        """
        ...

    async def save(self, domain: Domain) -> None:
        """Store a changed domain.

        Raises:
            StaleRecord: the row's version is no longer that of the domain.
        """
        ...

    async def delete(self, domain: Domain) -> None:
        """Forget a domain; its proofs stay, for orders."""
        ...

    async def get(self, account_id: AccountId, domain_id: DomainId) -> Domain:
        """Return a domain of the account.

        Raises:
            NotFound: no such domain in this account.
        """
        ...

    async def find(self, domain_id: DomainId) -> Domain | None:
        """Return a domain of any account; for the worker."""
        ...

    async def list_of_account(self, account_id: AccountId) -> list[Domain]:
        """List an account's domains by id."""
        ...

    async def list_at_or_below(self, account_id: AccountId, name: str) -> list[Domain]:
        """List the account's domains that are the name or lie below it."""
        ...

    async def list_waiting_orders(self, account_id: AccountId, name: str) -> list[OrderId]:
        """List the account's orders that wait for proof and have a name that is this one or lies below it."""
        ...
