"""Orders by id, in the order that was asked for: as summaries, or with all that belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from certwright.domain.certificate import FurtherCertificates
from certwright.domain.ids import CertificateId, OrderId, ProductKey
from certwright.domain.query import FoundOrder, OrderSummary
from certwright.domain.status import OrderStatus
from certwright.store.annotations import SQLCustomFields
from certwright.store.certificates import COLUMNS as CERTIFICATE_COLUMNS
from certwright.store.certificates import SQLCertificates, certificate_from_row
from certwright.store.engine import placeholders, to_instant
from certwright.store.orders import COLUMNS as ORDER_COLUMNS
from certwright.store.orders import order_from_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certwright.domain.ids import AccountId
    from certwright.store.engine import Connection, Row

AT_ONCE = 500
"""How many orders one statement reads by id."""

SUMMARY = "o.id, o.certificate_id, o.common_name, o.status, o.product_key, o.term_years, o.created_at, o.expires_at, o.details"
_WHOLE = ", ".join(
    [*(f"o.{column}" for column in ORDER_COLUMNS), *(f"c.{column}" for column in CERTIFICATE_COLUMNS)]
)
_STATUSES = {status.value: status for status in OrderStatus}


class _Shown(msgspec.Struct, gc=False):
    """What a summary shows of an order's details."""

    email: str = ""
    company: str = ""


_SHOWN = msgspec.json.Decoder(_Shown)


async def read_summaries(
    connection: Connection, account_id: AccountId, ids: Sequence[OrderId]
) -> tuple[OrderSummary, ...]:
    """Read what lists show of an account's orders; one that is not there is left out."""
    found: dict[OrderId, OrderSummary] = {}
    for part in in_parts(ids):
        rows = await connection.fetch(
            f"SELECT {SUMMARY} FROM orders o WHERE o.account_id = $1 AND o.id IN ({placeholders(len(part), start=2)})",
            account_id,
            *part,
        )
        found |= {row[0]: summary_from_row(row) for row in rows}
    return tuple(found[order_id] for order_id in ids if order_id in found)


async def read_in_full(
    connection: Connection, account_id: AccountId, ids: Sequence[OrderId]
) -> tuple[FoundOrder, ...]:
    """Read an account's orders with all that belongs to them; one that is not there is left out."""
    found: dict[OrderId, FoundOrder] = {}
    for part in in_parts(ids):
        found |= {item.order.id: item for item in await _read_part(connection, account_id, part)}
    return tuple(found[order_id] for order_id in ids if order_id in found)


def in_parts(ids: Sequence[OrderId]) -> list[Sequence[OrderId]]:
    """Cut ids into as many as a statement takes."""
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]


def summary_from_row(row: Row) -> OrderSummary:
    """Make a summary of the values of ``SUMMARY``."""
    order_id, certificate_id, common_name, status, product_key, term_years, created_at, expires_at = row[:8]
    shown = _SHOWN.decode(row[8])
    return OrderSummary(
        OrderId(order_id),
        CertificateId(certificate_id),
        common_name,
        _STATUSES[status],
        ProductKey(product_key),
        term_years,
        to_instant(created_at),
        to_instant(expires_at),
        shown.email,
        shown.company,
    )


async def _read_part(
    connection: Connection, account_id: AccountId, ids: Sequence[OrderId]
) -> list[FoundOrder]:
    rows = await connection.fetch(
        f"SELECT {_WHOLE} FROM orders o JOIN certificates c ON c.id = o.certificate_id "
        f"WHERE o.account_id = $1 AND o.id IN ({placeholders(len(ids), start=2)})",
        account_id,
        *ids,
    )
    further = await SQLCertificates(connection).count_further(account_id, ids)
    values = await SQLCustomFields(connection).values_of_orders(account_id, ids)
    split = len(ORDER_COLUMNS)
    return [
        FoundOrder(
            order=order_from_row(row[:split]),
            certificate=certificate_from_row(row[split:]),
            further=further.get(row[0], FurtherCertificates()),
            custom_values=values.get(row[0], ()),
        )
        for row in rows
    ]
