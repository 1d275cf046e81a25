"""The append-only log of status changes, and the last change of each order.

Changes are kept back until the unit of work commits and then written together, last of all: raising the account's
counter locks it, and the lock is what makes sequence numbers follow commits without gaps. Orders that were edited
without a change of status are numbered the same way, beside the log, for whoever keeps a copy of the book. The row
that is locked also says whether the account has subscriptions, which then are to be woken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.change import Actor, ActorKind, StatusChange
from certwright.domain.ids import AccountId, APIKeyId, CertificateId, OrderId
from certwright.domain.query import LoggedChange
from certwright.domain.status import Action, OrderStatus
from certwright.store.changed_orders import read_changed_orders
from certwright.store.engine import to_instant, to_stored

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from certwright.domain.query import ChangedOrder
    from certwright.store.engine import Connection, Row

COLUMNS = (
    "account_id",
    "sequence",
    "order_id",
    "certificate_id",
    "action",
    "from_status",
    "to_status",
    "actor_kind",
    "actor_id",
    "reason",
    "changed_at",
)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM order_changes"
_SELECT_LOGGED = f"""
SELECT {", ".join(f"c.{column}" for column in COLUMNS)}, o.common_name, o.placed_by
FROM order_changes AS c JOIN orders AS o ON o.id = c.order_id
WHERE c.account_id = $1 AND c.sequence > $2 ORDER BY c.sequence LIMIT $3
"""
_INSERT_EDIT = "INSERT INTO order_edits (account_id, edit, order_id) VALUES ($1, $2, $3)"
_COUNT = (
    "UPDATE change_counters SET last_sequence = last_sequence + $2, last_edit = last_edit + $3 "
    "WHERE account_id = $1 RETURNING last_sequence, last_edit, subscriptions"
)


class SQLChanges:
    """The change log in SQL."""

    def __init__(
        self, connection: Connection, *, wake: Callable[[AccountId, datetime], Awaitable[None]]
    ) -> None:
        self._connection = connection
        self._wake = wake
        self.ends: dict[AccountId, int] = {}
        """How far the logs reach that ``flush`` wrote to."""
        self._changes: dict[AccountId, list[StatusChange]] = {}
        self._edits: dict[AccountId, list[OrderId]] = {}

    def append(self, change: StatusChange) -> None:
        """Keep a change for ``flush``."""
        self._changes.setdefault(change.account_id, []).append(change)

    def append_edit(self, account_id: AccountId, order_id: OrderId) -> None:
        """Keep for ``flush`` that an order changed without a change of status."""
        self._edits.setdefault(account_id, []).append(order_id)

    async def flush(self) -> None:
        """Number and write what was kept; called once, just before the commit."""
        # Accounts in the order of their ids, so that two units of work can't wait for each other.
        for account_id in sorted(self._changes.keys() | self._edits.keys()):
            changes, edits = self._changes.get(account_id, []), self._edits.get(account_id, [])
            rows = await self._connection.fetch(_COUNT, account_id, len(changes), len(edits))
            if changes:
                self.ends[account_id] = rows[0][0]
            sequence, edit = rows[0][0] - len(changes) + 1, rows[0][1] - len(edits) + 1
            await self._connection.insert(
                "order_changes",
                COLUMNS,
                [_to_row(change, number) for number, change in enumerate(changes, start=sequence)],
            )
            await self._connection.execute_many(
                _INSERT_EDIT,
                [(account_id, number, order_id) for number, order_id in enumerate(edits, start=edit)],
            )
            if changes and rows[0][2]:
                await self._wake(account_id, changes[0].changed_at)
        self._changes.clear()
        self._edits.clear()

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[StatusChange]:
        """List an order's changes, oldest first."""
        rows = await self._connection.fetch(
            f"{_SELECT} WHERE order_id = $1 AND account_id = $2 ORDER BY sequence", order_id, account_id
        )
        return [change_from_row(row) for row in rows]

    async def list_after(self, account_id: AccountId, sequence: int, limit: int) -> list[StatusChange]:
        """List an account's changes behind a sequence number."""
        rows = await self._connection.fetch(
            f"{_SELECT} WHERE account_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
            account_id,
            sequence,
            limit,
        )
        return [change_from_row(row) for row in rows]

    async def list_logged(self, account_id: AccountId, sequence: int, limit: int) -> list[LoggedChange]:
        """List an account's changes behind a sequence number with what tells their orders apart."""
        rows = await self._connection.fetch(_SELECT_LOGGED, account_id, sequence, limit)
        return [
            LoggedChange(change=change_from_row(row), common_name=row[-2], placed_by=APIKeyId(row[-1]))
            for row in rows
        ]

    async def find_end(self, account_id: AccountId) -> int:
        """Return the sequence number of an account's last change, or 0."""
        rows = await self._connection.fetch(
            "SELECT last_sequence FROM change_counters WHERE account_id = $1", account_id
        )
        return rows[0][0] if rows else 0

    async def find_ends(self) -> dict[AccountId, int]:
        """Return the sequence number of every account's last change."""
        rows = await self._connection.fetch("SELECT account_id, last_sequence FROM change_counters")
        return {AccountId(row[0]): row[1] for row in rows}

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
        """List the orders whose last change lies in the span, highest order id first."""
        return await read_changed_orders(
            self._connection,
            account_id,
            start,
            end,
            placed_by=placed_by,
            below=below,
            offset=offset,
            limit=limit,
        )


def _to_row(change: StatusChange, sequence: int) -> tuple[str | int | None, ...]:
    return (
        change.account_id,
        sequence,
        change.order_id,
        change.certificate_id,
        change.action.value,
        change.from_status.value if change.from_status else None,
        change.to_status.value,
        change.actor.kind.value,
        change.actor.id,
        change.reason,
        to_stored(change.changed_at),
    )


def change_from_row(row: Row) -> StatusChange:
    """Read a change from its columns, in the order of ``COLUMNS``."""
    return StatusChange(
        account_id=AccountId(row[0]),
        sequence=row[1],
        order_id=OrderId(row[2]),
        certificate_id=CertificateId(row[3]),
        action=Action(row[4]),
        from_status=None if row[5] is None else OrderStatus(row[5]),
        to_status=OrderStatus(row[6]),
        actor=Actor(kind=ActorKind(row[7]), id=row[8]),
        reason=row[9],
        changed_at=to_instant(row[10]),
    )
