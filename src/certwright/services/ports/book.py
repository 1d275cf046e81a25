"""The order book as stored: orders, their search, their changes, certificates and validations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from certwright.domain.certificate import Certificate, FurtherCertificates, RevokedEntry
    from certwright.domain.change import StatusChange
    from certwright.domain.dcv import Validation
    from certwright.domain.ids import (
        AccountId,
        APIKeyId,
        AuthorityId,
        CertificateId,
        OrderId,
        OrganizationId,
        ProductKey,
        ValidationId,
    )
    from certwright.domain.order import Applied, Order
    from certwright.domain.query import (
        ChangedOrder,
        FoundOrder,
        LoggedChange,
        OrderPage,
        OrderQuery,
        OrderSummary,
    )
    from certwright.domain.statistics import OrderStatistics
    from certwright.domain.status import OrderStatus


class Orders(Protocol):
    """The order book."""

    async def add(self, *applied: Applied) -> None:
        """Store new orders, their names and their first changes."""
        ...

    async def record(self, *applied: Applied) -> None:
        """Store moved orders and their changes, which get their sequence numbers when the unit of work commits.

        Raises:
            StaleRecord: a row's version is no longer that of the order.
        """
        ...

    async def save(self, *orders: Order) -> None:
        """Store orders whose status did not change; each gets the next version.

        Raises:
            StaleRecord: as for ``record``.
        """
        ...

    async def get(self, account_id: AccountId, order_id: OrderId) -> Order:
        """Return an order of the account.

        Raises:
            NotFound: no such order in this account.
        """
        ...

    async def find(self, order_id: OrderId) -> Order | None:
        """Return an order of any account; for the worker and the operator."""
        ...

    async def find_anywhere(self, order_ids: Collection[OrderId]) -> list[Order]:
        """List those of the orders that there are, in any account; for the worker."""
        ...

    async def find_several(self, account_id: AccountId, order_ids: Collection[OrderId]) -> list[Order]:
        """List those of the orders that are in the account."""
        ...

    async def find_awaiting_organization(self, organization_id: OrganizationId) -> list[Order]:
        """List the orders for an organization that await proof, in any account."""
        ...


class OrderSearch(Protocol):
    """Finds orders. A page and its total are of one state of the book."""

    async def search(self, query: OrderQuery) -> OrderPage[OrderSummary]:
        """Return a page of what matches, and how many match in all, exactly."""
        ...

    async def search_in_full(self, query: OrderQuery) -> OrderPage[FoundOrder]:
        """Search, and return whole orders with their certificates and custom fields."""
        ...


class OrderCounts(Protocol):
    """Counts of an account's orders, exact at any size."""

    async def count_by_status(self, account_id: AccountId) -> dict[OrderStatus, int]:
        """Count the account's orders of each status."""
        ...

    async def count_by_product(self, account_id: AccountId) -> dict[ProductKey, int]:
        """Count the account's orders of each product."""
        ...

    async def count_expiring(
        self, account_id: AccountId, start: datetime, ends: Sequence[datetime]
    ) -> list[int]:
        """Count the issued orders whose current certificate runs out between ``start`` and each end, that excluded."""
        ...

    async def count_placed(
        self, account_id: AccountId, start: datetime, end: datetime
    ) -> dict[OrderStatus, int]:
        """Count the orders placed in a span, its end excluded, by what they are now."""
        ...


class OrderFigures(Protocol):
    """Counts of an account's whole book, exact at any size; each call counts one state of the book."""

    async def count_orders(self, account_id: AccountId, at: datetime) -> OrderStatistics:
        """Count by status, by product, and the certificates that run out within the usual spans from an instant."""
        ...

    async def count_placed(
        self, account_id: AccountId, instants: Sequence[datetime]
    ) -> list[dict[OrderStatus, int]]:
        """Count the orders placed from each instant up to the next, which is excluded, by what they are now."""
        ...


class Changes(Protocol):
    """The append-only log of status changes."""

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[StatusChange]:
        """List an order's changes, oldest first."""
        ...

    async def list_after(self, account_id: AccountId, sequence: int, limit: int) -> list[StatusChange]:
        """List an account's changes behind a sequence number, in their order."""
        ...

    async def list_logged(self, account_id: AccountId, sequence: int, limit: int) -> list[LoggedChange]:
        """List as ``list_after`` does, each change with what tells its order apart."""
        ...

    async def find_end(self, account_id: AccountId) -> int:
        """Return the sequence number of an account's last change; 0 of an account that has none or does not exist."""
        ...

    async def find_ends(self) -> dict[AccountId, int]:
        """Return as ``find_end`` does for every account; for the operator."""
        ...

    async def list_changed_orders(
        self,
        account_id: AccountId,
        start: datetime,
        end: datetime,
        *,
        placed_by: APIKeyId | None = None,
        below: OrderId | None = None,
        offset: int = 0,
        limit: int,
    ) -> Sequence[ChangedOrder]:
        """List the orders whose last status change lies in the span, both ends included, highest order id first.

        ``placed_by`` asks for the orders of one key, ``below`` for those with lower ids. The list is small in memory,
        however long it is, and stays good behind the unit of work; a slice of it is a list of values.
        """
        ...


class Certificates(Protocol):
    """Certificates of all orders."""

    async def add(self, *certificates: Certificate) -> None:
        """Store new certificates, usually ones not issued yet."""
        ...

    async def save(self, *certificates: Certificate, expected: str) -> None:
        """Store changed certificates whose stored status must still be ``expected``.

        Raises:
            StaleRecord: that of one is not.
        """
        ...

    async def get(self, account_id: AccountId, certificate_id: CertificateId) -> Certificate:
        """Return a certificate of the account.

        Raises:
            NotFound: no such certificate in this account.
        """
        ...

    async def find(self, certificate_id: CertificateId) -> Certificate | None:
        """Return a certificate of any account; for the worker."""
        ...

    async def find_anywhere(self, certificate_ids: Collection[CertificateId]) -> list[Certificate]:
        """List those of the certificates that there are, in any account; for the worker."""
        ...

    async def find_several(
        self, account_id: AccountId, certificate_ids: Collection[CertificateId]
    ) -> list[Certificate]:
        """List those of the certificates that are in the account."""
        ...

    async def find_by_serial_number(self, account_id: AccountId, serial_number: str) -> Certificate | None:
        """Return the account's certificate with a serial number (upper-case hex without leading zeros)."""
        ...

    async def find_issued(self, authority_id: AuthorityId, serial_number: str) -> Certificate | None:
        """Return the certificate that an authority issued under a serial number, in any account."""
        ...

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[Certificate]:
        """List all certificates of an order, oldest first."""
        ...

    async def count_further(
        self, account_id: AccountId, order_ids: Sequence[OrderId]
    ) -> Mapping[OrderId, FurtherCertificates]:
        """Count the reissues and duplicates that were issued under orders; an order without any is left out."""
        ...

    async def list_revoked(self, authority_id: AuthorityId, at: datetime) -> list[RevokedEntry]:
        """List an authority's revoked certificates that have not run out."""
        ...

    async def list_issued_with_key(self, account_id: AccountId, key_hash: bytes) -> list[Certificate]:
        """List the account's certificates with a key that are issued and not revoked, oldest first."""
        ...

    async def find_compromised(self, key_hashes: Collection[bytes]) -> set[bytes]:
        """Return those of the keys with which a certificate of any account was revoked for key compromise."""
        ...


class Validations(Protocol):
    """Domain validations."""

    async def add(self, *validations: Validation) -> None:
        """Store new validations."""
        ...

    async def save(self, *validations: Validation) -> None:
        """Store changed validations.

        Raises:
            StaleRecord: a row's version is no longer that of the validation.
        """
        ...

    async def get(self, account_id: AccountId, validation_id: ValidationId) -> Validation:
        """Return a validation of the account.

        Raises:
            NotFound: no such validation in this account.
        """
        ...

    async def find(self, validation_id: ValidationId) -> Validation | None:
        """Return a validation of any account; for the approval page, which knows a secret of its own."""
        ...

    async def find_anywhere(self, validation_ids: Collection[ValidationId]) -> list[Validation]:
        """List those of the validations that there are, in any account; for the worker."""
        ...

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[Validation]:
        """List the validations that an order asked for."""
        ...

    async def list_of_orders(self, order_ids: Collection[OrderId]) -> list[Validation]:
        """List the validations that orders asked for, in any accounts, oldest first; for the worker."""
        ...

    async def list_of_domains(self, account_id: AccountId, domain: str | None = None) -> list[Validation]:
        """List the account's validations that no order asked for, of one domain or of all, oldest first each."""
        ...

    async def list_fresh(self, account_id: AccountId, at: datetime) -> list[Validation]:
        """List all valid, unexpired validations of the account."""
        ...

    async def find_fresh(
        self, account_id: AccountId, domains: Collection[str], at: datetime
    ) -> list[Validation]:
        """List the account's valid, unexpired validations proved at one of the domains, the oldest first."""
        ...

    async def add_approval(
        self, code_hash: bytes, validation_id: ValidationId, *, sent_at: datetime, expires_at: datetime
    ) -> None:
        """Store the hash of a code mailed to an approver."""
        ...

    async def find_last_mail(self, order_id: OrderId) -> datetime | None:
        """Return when an approver of the order's names was last mailed."""
        ...

    async def find_last_mail_of(self, validation_id: ValidationId) -> datetime | None:
        """Return when the approver of one validation was last mailed."""
        ...

    async def find_approval(self, code_hash: bytes, at: datetime) -> ValidationId | None:
        """Return which validation an unexpired, unused code approves."""
        ...

    async def use_approval(self, code_hash: bytes, at: datetime) -> bool:
        """Spend a code; false when somebody was faster."""
        ...
