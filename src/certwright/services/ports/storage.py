"""The database as a whole: numbers, transactions, and what a transaction gives access to.

Inside ``writing()`` everything that is done is committed together when the block ends well, and nothing of it
otherwise; ``reading()`` gives one consistent view. A unit of work must not be used after its block, nor by two tasks
at once.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from certwright.domain.ids import AccountId
    from certwright.services.ports.annotations import CustomFields, Notes
    from certwright.services.ports.book import (
        Certificates,
        Changes,
        OrderCounts,
        Orders,
        OrderSearch,
        Validations,
    )
    from certwright.services.ports.domains import Domains
    from certwright.services.ports.jobs import Jobs
    from certwright.services.ports.parties import (
        Accounts,
        AnsweredRequests,
        ApprovalRequests,
        Authorities,
        Contacts,
        Ledger,
        Organizations,
    )
    from certwright.services.ports.subscriptions import DeliveryAttempts, Subscriptions
    from certwright.services.ports.webhooks import Webhooks

T = TypeVar("T")


class NumberKind(StrEnum):
    """The series of numbers that are handed out; orders and certificates each have their own."""

    ACCOUNT = "account"
    API_KEY = "api_key"
    ORDER = "order"
    CERTIFICATE = "certificate"
    VALIDATION = "validation"
    CONTACT = "contact"
    ORGANIZATION = "organization"
    REQUEST = "request"
    TRANSACTION = "transaction"
    AUTHORITY = "authority"
    NOTE = "note"
    CUSTOM_FIELD = "custom_field"
    DOMAIN = "domain"
    WEBHOOK = "webhook"
    SUBSCRIPTION = "subscription"


class Store(Protocol):
    """The database."""

    def writing(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit of work that may write.

        Raises (when the block ends): ``StaleRecord`` if the database found it in conflict with another.
        """
        ...

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit of work that only reads."""
        ...

    async def report(self, account_id: AccountId, read: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Read an account's orders, perhaps in a copy of the database that has all that was done to them so far.

        ``read`` looks at nothing but what the state of the account's book speaks for (``BookState``): orders, their
        current certificates, their changes, and counts of them. It is called again if the copy fails.
        """
        ...

    def looking(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit of work whose reads are each of a state of their own: cheaper where there is one read only."""
        ...

    async def allot(self, kind: NumberKind, count: int = 1) -> list[int]:
        """Hand out new numbers of a series, each greater than all that this process got before.

        They come from blocks reserved in a transaction of their own, so a number may be lost but never given twice.
        Call it outside a unit of work.
        """
        ...


class UnitOfWork(Protocol):
    """One transaction over everything that is stored."""

    orders: Orders
    search: OrderSearch
    changes: Changes
    certificates: Certificates
    validations: Validations
    domains: Domains
    webhooks: Webhooks
    subscriptions: Subscriptions
    attempts: DeliveryAttempts
    accounts: Accounts
    organizations: Organizations
    contacts: Contacts
    requests: ApprovalRequests
    notes: Notes
    custom_fields: CustomFields
    jobs: Jobs
    authorities: Authorities
    ledger: Ledger
    statistics: OrderCounts
    answered: AnsweredRequests
