"""The store: transactions, and the numbers handed out between them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from certwright.domain.errors import Unavailable
from certwright.domain.ids import HIGHEST_ID
from certwright.services.ports import NumberKind
from certwright.store.accounts import SQLAccounts
from certwright.store.annotations import SQLCustomFields, SQLNotes
from certwright.store.answered import SQLAnsweredRequests
from certwright.store.authorities import SQLAuthorities
from certwright.store.book_reader import read_state
from certwright.store.certificates import SQLCertificates
from certwright.store.changes import SQLChanges
from certwright.store.contacts import SQLContacts
from certwright.store.delivery_attempts import SQLDeliveryAttempts
from certwright.store.domains import SQLDomains
from certwright.store.jobs import SQLJobs
from certwright.store.ledger import SQLLedger
from certwright.store.order_search import SQLOrderSearch
from certwright.store.orders import SQLOrders
from certwright.store.organizations import SQLOrganizations
from certwright.store.requests import SQLApprovalRequests
from certwright.store.standby import PassedOverError
from certwright.store.statistics import SQLStatistics
from certwright.store.subscriptions import SQLSubscriptions
from certwright.store.validations import SQLValidations
from certwright.store.webhooks import SQLWebhooks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from certwright.domain.ids import AccountId
    from certwright.services import ports
    from certwright.store.engine import Connection, Engine
    from certwright.store.standby import Standby

T = TypeVar("T")

_BLOCK = 100
# Whoever asks for many numbers at once asks again soon.
_BLOCKS_AHEAD = 10
_FIRST_NUMBERS = {NumberKind.ORDER: 100_001, NumberKind.CERTIFICATE: 500_001, NumberKind.API_KEY: 1_001}
_TAKE_BLOCK = """
INSERT INTO number_blocks (kind, next_number) VALUES ($1, $2)
ON CONFLICT (kind) DO UPDATE SET next_number = number_blocks.next_number + $3
RETURNING next_number
"""


class SQLUnitOfWork:
    """One transaction over all tables."""

    def __init__(self, connection: Connection, *, skip_locked: str) -> None:
        self.queue = SQLJobs(connection, skip_locked=skip_locked)
        self.log = SQLChanges(connection, wake=self.queue.wake_subscriptions)
        self.changes: ports.Changes = self.log
        self.jobs: ports.Jobs = self.queue
        self.orders: ports.Orders = SQLOrders(connection, log=self.log.append, edited=self.log.append_edit)
        self.search: ports.OrderSearch = SQLOrderSearch(connection)
        self.certificates: ports.Certificates = SQLCertificates(connection)
        self.validations: ports.Validations = SQLValidations(connection)
        self.domains: ports.Domains = SQLDomains(connection)
        self.webhooks: ports.Webhooks = SQLWebhooks(connection)
        self.subscriptions: ports.Subscriptions = SQLSubscriptions(connection)
        self.attempts: ports.DeliveryAttempts = SQLDeliveryAttempts(connection)
        self.accounts: ports.Accounts = SQLAccounts(connection)
        self.organizations: ports.Organizations = SQLOrganizations(connection)
        self.contacts: ports.Contacts = SQLContacts(connection)
        self.requests: ports.ApprovalRequests = SQLApprovalRequests(connection)
        self.notes: ports.Notes = SQLNotes(connection)
        self.custom_fields: ports.CustomFields = SQLCustomFields(connection)
        self.authorities: ports.Authorities = SQLAuthorities(connection)
        self.statistics: ports.OrderCounts = SQLStatistics(connection)
        self.answered: ports.AnsweredRequests = SQLAnsweredRequests(connection)
        self.ledger: ports.Ledger = SQLLedger(connection)


class SQLStore:
    """The database behind the ``Store`` port.

    ``on_jobs`` is called after a commit that asked for jobs, so that the worker of this process need not poll, and
    ``on_changes`` after one that wrote to accounts' logs, with the numbers of the last changes there. ``standby`` gives
    the reports that it can.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        on_jobs: Callable[[], None] = lambda: None,
        on_changes: Callable[[Mapping[AccountId, int]], None] = lambda _ends: None,
        standby: Standby | None = None,
    ) -> None:
        self._engine = engine
        self.standby = standby
        self._on_jobs = on_jobs
        self._on_changes = on_changes
        self._numbers: dict[NumberKind, range] = {}
        self._numbers_lock = asyncio.Lock()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[ports.UnitOfWork]:
        """Open a unit of work that is committed when the block ends well."""
        async with self._engine.writing() as connection:
            work = self._work(connection)
            yield work
            await work.log.flush()
        if work.queue.added:
            self._on_jobs()
        if work.log.ends:
            self._on_changes(work.log.ends)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ports.UnitOfWork]:
        """Open a unit of work that only reads."""
        async with self._engine.reading() as connection:
            yield self._work(connection)

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[ports.UnitOfWork]:
        """Open a unit of work for a single read."""
        async with self._engine.looking() as connection:
            yield self._work(connection)

    async def report(self, account_id: AccountId, read: Callable[[ports.UnitOfWork], Awaitable[T]]) -> T:
        """Read an account's orders from the standby, if there is one that has all of them, and else from here."""
        if self.standby is not None:
            async with self._engine.looking() as connection:
                needed = await read_state(connection, account_id)
            with suppress(PassedOverError):
                return await self.standby.read(account_id, needed, lambda standby: read(self._work(standby)))
        async with self.reading() as work:
            return await read(work)

    def _work(self, connection: Connection) -> SQLUnitOfWork:
        return SQLUnitOfWork(connection, skip_locked=self._engine.skip_locked)

    async def allot(self, kind: NumberKind, count: int = 1) -> list[int]:
        """Hand out new numbers from this process's block, taking a new block when it is used up."""
        async with self._numbers_lock:
            block = self._numbers.get(kind, range(0))
            if len(block) < count:
                block = await self._take_block(kind, max(_BLOCK, _BLOCKS_AHEAD * count))
            self._numbers[kind] = block[count:]
            return list(block[:count])

    async def _take_block(self, kind: NumberKind, size: int) -> range:
        first = _FIRST_NUMBERS.get(kind, 1)
        async with self._engine.writing() as connection:
            rows = await connection.fetch(_TAKE_BLOCK, kind.value, first + size, size)
        end: int = rows[0][0]
        if end - 1 > HIGHEST_ID:
            raise Unavailable(f"The numbers for {kind.value} are used up")
        return range(end - size, end)
