"""Approval requests as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.approval import WAITING, ApprovalRequest, RequestKind, RequestStatus
from certwright.domain.certificate import RevocationReason
from certwright.domain.errors import NotFound, StaleRecord
from certwright.domain.ids import AccountId, APIKeyId, ApprovalRequestId, CertificateId, OrderId
from certwright.domain.query import FoundRequest, RequestPage
from certwright.store.engine import (
    listed,
    placeholders,
    to_instant,
    to_instant_or_none,
    to_stored,
    to_stored_or_none,
)
from certwright.store.orders import COLUMNS as ORDER_COLUMNS
from certwright.store.orders import order_from_row
from certwright.store.text_tests import custom_value_clause, text_clause

if TYPE_CHECKING:
    from collections.abc import Collection

    from certwright.domain.query import RequestQuery
    from certwright.store.engine import Bindable, Connection, Row

_COLUMNS = (
    "id",
    "account_id",
    "order_id",
    "kind",
    "status",
    "requester",
    "created_at",
    "comments",
    "certificate_id",
    "revocation_reason",
    "processor",
    "processor_comment",
    "processed_at",
    "reviewer",
)
_LIST = ", ".join(_COLUMNS)
_WAITING = sorted(status.value for status in WAITING)


class SQLApprovalRequests:
    """Approval requests in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, *requests: ApprovalRequest) -> None:
        """Store new requests."""
        await self._connection.insert("approval_requests", _COLUMNS, map(_to_row, requests))

    async def save(self, request: ApprovalRequest, *, expected: str) -> None:
        """Store a changed request whose stored status must still be the expected one."""
        changed = await self._connection.execute(
            "UPDATE approval_requests SET status = $3, processor = $4, processor_comment = $5, processed_at = $6, "
            "reviewer = $7 WHERE id = $1 AND status = $2",
            request.id,
            expected,
            request.status.value,
            request.processor,
            request.processor_comment,
            to_stored_or_none(request.processed_at),
            request.reviewer,
        )
        if changed != 1:
            raise StaleRecord("The request has been decided by somebody else")

    async def get(self, account_id: AccountId, request_id: ApprovalRequestId) -> ApprovalRequest:
        """Return a request of the account."""
        found = await self._list("id = $1 AND account_id = $2", request_id, account_id)
        if not found:
            raise NotFound("request")
        return found[0]

    async def search(self, query: RequestQuery) -> RequestPage:
        """Return a page of what matches, newest first, and how many match in all."""
        where = _Where(query)
        counted = await self._connection.fetch(f"SELECT count(*) {where.source}", *where.values)
        total: int = counted[0][0]
        if query.offset >= total:
            return RequestPage(items=(), total=total)
        columns = [f"r.{column}" for column in _COLUMNS] + [f"o.{column}" for column in ORDER_COLUMNS]
        page = (
            f"SELECT r.id {where.source} ORDER BY r.id DESC "
            f"LIMIT {where.bind(query.limit)} OFFSET {where.bind(query.offset)}"
        )
        rows = await self._connection.fetch(
            f"SELECT {', '.join(columns)} FROM ({page}) AS page JOIN approval_requests r ON r.id = page.id "
            "JOIN orders o ON o.id = r.order_id ORDER BY r.id DESC",
            *where.values,
        )
        split = len(_COLUMNS)
        found = (FoundRequest(request=_from_row(r[:split]), order=order_from_row(r[split:])) for r in rows)
        return RequestPage(items=tuple(found), total=total)

    async def list_waiting(self, order_ids: Collection[OrderId]) -> list[ApprovalRequest]:
        """List the requests of orders that nobody has decided."""
        return [
            _from_row(row)
            for some in listed(order_ids)
            for row in await self._connection.fetch(
                f"SELECT {_LIST} FROM approval_requests WHERE status IN ({placeholders(len(_WAITING))}) "
                f"AND order_id IN ({placeholders(len(some), start=len(_WAITING) + 1)})",
                *_WAITING,
                *some,
            )
        ]

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[ApprovalRequest]:
        """List an order's requests, oldest first."""
        return await self._list("order_id = $1 AND account_id = $2 ORDER BY id", order_id, account_id)

    async def _list(self, condition: str, *values: Bindable) -> list[ApprovalRequest]:
        rows = await self._connection.fetch(
            f"SELECT {_LIST} FROM approval_requests WHERE {condition}", *values
        )
        return [_from_row(row) for row in rows]


class _Where:
    """The FROM and WHERE of a query, with the values bound so far; orders are joined only where they are asked about."""

    def __init__(self, query: RequestQuery) -> None:
        self.values: list[Bindable] = []
        clauses = [f"r.account_id = {self.bind(query.account_id)}"]
        if query.statuses is not None:
            clauses.append(self._one_of("r.status", query.statuses))
        if query.kinds is not None:
            clauses.append(self._one_of("r.kind", query.kinds))
        if query.common_name is not None:
            clauses.append(text_clause("o.common_name", query.common_name, self.bind))
        if query.placed_by is not None:
            clauses.append(f"o.placed_by = {self.bind(query.placed_by)}")
        clauses += [custom_value_clause(test, "r.order_id", self.bind) for test in query.custom_values]
        asks_orders = query.common_name is not None or query.placed_by is not None
        join = " JOIN orders o ON o.id = r.order_id" if asks_orders else ""
        self.source = f"FROM approval_requests r{join} WHERE {' AND '.join(clauses)}"

    def bind(self, value: Bindable) -> str:
        """Keep a value and return its placeholder."""
        self.values.append(value)
        return f"${len(self.values)}"

    def _one_of(self, column: str, words: frozenset[RequestStatus] | frozenset[RequestKind]) -> str:
        bound = [self.bind(word.value) for word in sorted(words)]
        return f"{column} IN ({', '.join(bound)})" if bound else "1 = 0"


def _to_row(request: ApprovalRequest) -> tuple[Bindable, ...]:
    return (
        request.id,
        request.account_id,
        request.order_id,
        request.kind.value,
        request.status.value,
        request.requester,
        to_stored(request.created_at),
        request.comments,
        request.certificate_id,
        request.revocation_reason.value if request.revocation_reason else None,
        request.processor,
        request.processor_comment,
        to_stored_or_none(request.processed_at),
        request.reviewer,
    )


def _from_row(row: Row) -> ApprovalRequest:
    return ApprovalRequest(
        id=ApprovalRequestId(row[0]),
        account_id=AccountId(row[1]),
        order_id=OrderId(row[2]),
        kind=RequestKind(row[3]),
        status=RequestStatus(row[4]),
        requester=APIKeyId(row[5]),
        created_at=to_instant(row[6]),
        comments=row[7],
        certificate_id=None if row[8] is None else CertificateId(row[8]),
        revocation_reason=None if row[9] is None else RevocationReason(row[9]),
        processor=None if row[10] is None else APIKeyId(row[10]),
        processor_comment=row[11],
        processed_at=to_instant_or_none(row[12]),
        reviewer=None if row[13] is None else APIKeyId(row[13]),
    )
