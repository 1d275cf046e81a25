"""Orders as rows. Every change of status goes into the log in the same transaction, and every other change beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from certwright.domain.errors import NotFound, StaleRecord
from certwright.domain.ids import (
    AccountId,
    APIKeyId,
    CertificateId,
    ContactId,
    OrderId,
    OrganizationId,
    ProductKey,
)
from certwright.domain.order import Order, OrderDetails
from certwright.domain.status import AWAITING_PROOF, OrderStatus
from certwright.store.engine import listed, placeholders, to_instant, to_stored
from certwright.store.names import decode_names, encode_names

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from certwright.domain.change import StatusChange
    from certwright.domain.order import Applied
    from certwright.store.engine import Bindable, Connection, Row

COLUMNS = (
    "id",
    "account_id",
    "placed_by",
    "product_key",
    "status",
    "common_name",
    "names",
    "term_years",
    "certificate_id",
    "created_at",
    "expires_at",
    "status_changed_at",
    "status_reason",
    "random_value",
    "pending_certificate_id",
    "organization_id",
    "administrator_contact_id",
    "technical_contact_id",
    "renewal_of_order_id",
    "renewed_by_order_id",
    "email",
    "alternative_order_id",
    "details",
    "version",
)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM orders"
_NAME_COLUMNS = ("order_id", "position", "account_id", "name")
_CHANGING = COLUMNS[3:-1]
_UPDATE = (
    f"UPDATE orders SET {', '.join(f'{column} = ${n}' for n, column in enumerate(_CHANGING, start=3))}, "
    "version = version + 1 WHERE id = $1 AND version = $2 RETURNING id"
)

_AWAITING = sorted(status.value for status in (*AWAITING_PROOF, OrderStatus.REISSUE_PENDING))

_DETAILS = msgspec.json.Decoder(OrderDetails)


class SQLOrders:
    """The order book in SQL.

    ``log`` takes every change of status, ``edited`` every order that was stored without one.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        log: Callable[[StatusChange], None],
        edited: Callable[[AccountId, OrderId], None],
    ) -> None:
        self._connection = connection
        self._log = log
        self._edited = edited

    async def add(self, *applied: Applied) -> None:
        """Store new orders, their names and their first changes."""
        await self._connection.insert("orders", COLUMNS, [_to_row(each.order) for each in applied])
        await self._add_names(*(each.order for each in applied))
        for each in applied:
            self._log(each.change)

    async def record(self, *applied: Applied) -> None:
        """Store moved orders and their changes."""
        await self._update([each.order for each in applied])
        # A reissue may ask for other names, and giving it up brings back those of the certificate that stays.
        renamed = [
            each.order
            for each in applied
            if any(
                OrderStatus.REISSUE_PENDING in {change.from_status, change.to_status}
                for change in each.changes
            )
        ]
        await self._connection.execute_many(
            "DELETE FROM order_names WHERE order_id = $1", ((order.id,) for order in renamed)
        )
        await self._add_names(*renamed)
        for each in applied:
            for change in each.changes:
                self._log(change)

    async def save(self, *orders: Order) -> None:
        """Store orders whose status did not change."""
        await self._update(orders)
        for order in orders:
            self._edited(order.account_id, order.id)

    async def _update(self, orders: Sequence[Order]) -> None:
        # By their ids, so that two units of work can't wait for each other.
        by_id = sorted(orders, key=lambda order: order.id)
        rows = ((order.id, order.version, *_to_row(order)[3:-1]) for order in by_id)
        if len(await self._connection.fetch_many(_UPDATE, rows)) != len(orders):
            raise StaleRecord("The order has been changed by somebody else")

    async def _add_names(self, *orders: Order) -> None:
        await self._connection.insert(
            "order_names",
            _NAME_COLUMNS,
            [
                (order.id, position, order.account_id, name.identifier.name)
                for order in orders
                for position, name in enumerate(order.names)
            ],
        )

    async def get(self, account_id: AccountId, order_id: OrderId) -> Order:
        """Return an order of the account."""
        rows = await self._connection.fetch(
            f"{_SELECT} WHERE id = $1 AND account_id = $2", order_id, account_id
        )
        if not rows:
            raise NotFound("order")
        return order_from_row(rows[0])

    async def find(self, order_id: OrderId) -> Order | None:
        """Return an order of any account."""
        rows = await self._connection.fetch(f"{_SELECT} WHERE id = $1", order_id)
        return order_from_row(rows[0]) if rows else None

    async def find_anywhere(self, order_ids: Collection[OrderId]) -> list[Order]:
        """List those of the orders that there are, in any account."""
        return [
            order_from_row(row)
            for some in listed(order_ids)
            for row in await self._connection.fetch(
                f"{_SELECT} WHERE id IN ({placeholders(len(some))})", *some
            )
        ]

    async def find_several(self, account_id: AccountId, order_ids: Collection[OrderId]) -> list[Order]:
        """List those of the orders that are in the account."""
        return [
            order_from_row(row)
            for some in listed(order_ids)
            for row in await self._connection.fetch(
                f"{_SELECT} WHERE account_id = $1 AND id IN ({placeholders(len(some), start=2)})",
                account_id,
                *some,
            )
        ]

    async def find_awaiting_organization(self, organization_id: OrganizationId) -> list[Order]:
        """List the orders for an organization that await proof."""
        rows = await self._connection.fetch(
            f"{_SELECT} WHERE organization_id = $1 AND status IN ({placeholders(len(_AWAITING), start=2)}) ORDER BY id",
            organization_id,
            *_AWAITING,
        )
        return [order_from_row(row) for row in rows]


def order_from_row(row: Row) -> Order:
    """Make an order of the values of ``COLUMNS``."""
    return Order(
        id=OrderId(row[0]),
        account_id=AccountId(row[1]),
        placed_by=APIKeyId(row[2]),
        product_key=ProductKey(row[3]),
        status=OrderStatus(row[4]),
        names=decode_names(row[6]),
        term_years=row[7],
        certificate_id=CertificateId(row[8]),
        created_at=to_instant(row[9]),
        expires_at=to_instant(row[10]),
        status_changed_at=to_instant(row[11]),
        status_reason=row[12],
        random_value=row[13],
        pending_certificate_id=None if row[14] is None else CertificateId(row[14]),
        organization_id=None if row[15] is None else OrganizationId(row[15]),
        administrator_contact_id=None if row[16] is None else ContactId(row[16]),
        technical_contact_id=None if row[17] is None else ContactId(row[17]),
        renewal_of_order_id=None if row[18] is None else OrderId(row[18]),
        renewed_by_order_id=None if row[19] is None else OrderId(row[19]),
        details=_DETAILS.decode(row[22]),
        version=row[23],
    )


def _to_row(order: Order) -> tuple[Bindable, ...]:
    return (
        order.id,
        order.account_id,
        order.placed_by,
        order.product_key,
        order.status.value,
        order.common_name.name,
        encode_names(order.names),
        order.term_years,
        order.certificate_id,
        to_stored(order.created_at),
        to_stored(order.expires_at),
        to_stored(order.status_changed_at),
        order.status_reason,
        order.random_value,
        order.pending_certificate_id,
        order.organization_id,
        order.administrator_contact_id,
        order.technical_contact_id,
        order.renewal_of_order_id,
        order.renewed_by_order_id,
        order.details.email.lower(),
        order.details.alternative_order_id.lower(),
        msgspec.json.encode(order.details).decode(),
        order.version,
    )
