"""Order search in SQL: a query of the domain becomes one count and one page."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from certwright.domain.query import Between, Contains, FoundOrder, OneOf, OrderField, OrderPage
from certwright.store.certificates import COLUMNS as CERTIFICATE_COLUMNS
from certwright.store.certificates import certificate_from_row
from certwright.store.engine import to_stored
from certwright.store.orders import COLUMNS as ORDER_COLUMNS
from certwright.store.orders import order_from_row

if TYPE_CHECKING:
    from certwright.domain.query import Condition, OrderQuery, Test, Value
    from certwright.store.engine import Bindable, Connection

_FIELDS = {
    OrderField.ID: "o.id",
    OrderField.STATUS: "o.status",
    OrderField.COMMON_NAME: "o.common_name",
    OrderField.NAME: "n.name",
    OrderField.EMAIL: "o.email",
    OrderField.PRODUCT_KEY: "o.product_key",
    OrderField.ORGANIZATION_ID: "o.organization_id",
    OrderField.PLACED_BY: "o.placed_by",
    OrderField.CERTIFICATE_ID: "o.certificate_id",
    OrderField.SERIAL_NUMBER: "c.serial_number",
    OrderField.THUMBPRINT: "c.sha1_thumbprint",
    OrderField.ALTERNATIVE_ORDER_ID: "o.alternative_order_id",
    OrderField.CREATED_AT: "o.created_at",
    OrderField.NOT_AFTER: "c.not_after",
    OrderField.STATUS_CHANGED_AT: "o.status_changed_at",
    OrderField.TERM_YEARS: "o.term_years",
    OrderField.IS_RENEWED: "CASE WHEN o.renewed_by_order_id IS NULL THEN 0 ELSE 1 END",
}
_JOIN_CERTIFICATE = " JOIN certificates c ON c.id = o.certificate_id"
_NO_LIMIT = 2**62


class SQLOrderSearch:
    """Finds orders by SQL; exact at any size, fast up to some hundred thousand orders an account."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def search(self, query: OrderQuery) -> OrderPage:
        """Return a page of what matches, and how many match in all."""
        where = _Where(query)
        counted = await self._connection.fetch(f"SELECT count(*) {where.source}", *where.values)
        total: int = counted[0][0]
        if query.offset >= total:
            return OrderPage(items=(), total=total)
        return OrderPage(items=await self._page(query, where), total=total)

    async def _page(self, query: OrderQuery, where: _Where) -> tuple[FoundOrder, ...]:
        """Read the page's ids off an index first, and whole rows only for those."""
        order_by = _order_by(query)
        source = where.source if "c." not in order_by or where.joins_certificate else where.joined_source
        limit = where.bind(_NO_LIMIT if query.limit is None else query.limit)
        offset = where.bind(query.offset)
        columns = [f"o.{column}" for column in ORDER_COLUMNS] + [
            f"c.{column}" for column in CERTIFICATE_COLUMNS
        ]
        rows = await self._connection.fetch(
            f"SELECT {', '.join(columns)} FROM "
            f"(SELECT o.id {source} ORDER BY {order_by} LIMIT {limit} OFFSET {offset}) AS page "
            f"JOIN orders o ON o.id = page.id{_JOIN_CERTIFICATE} ORDER BY {order_by}",
            *where.values,
        )
        split = len(ORDER_COLUMNS)
        return tuple(
            FoundOrder(order=order_from_row(row[:split]), certificate=certificate_from_row(row[split:]))
            for row in rows
        )


class _Where:
    """The FROM and WHERE of a query, with the values bound so far."""

    def __init__(self, query: OrderQuery) -> None:
        self.values: list[Bindable] = []
        self._clauses = [f"o.account_id = {self.bind(query.account_id)}"]
        self._clauses += [self._clause(condition) for condition in query.conditions]
        self.joins_certificate = any(_FIELDS.get(c.field, "").startswith("c.") for c in query.conditions)

    def bind(self, value: Bindable) -> str:
        """Keep a value and return its placeholder."""
        self.values.append(value)
        return f"${len(self.values)}"

    @property
    def source(self) -> str:
        """The FROM and WHERE, with the certificates joined only where a condition asks for them."""
        return self._from(_JOIN_CERTIFICATE if self.joins_certificate else "")

    @property
    def joined_source(self) -> str:
        """The FROM and WHERE with the certificates joined."""
        return self._from(_JOIN_CERTIFICATE)

    def _from(self, join: str) -> str:
        return f"FROM orders o{join} WHERE {' AND '.join(self._clauses)}"

    def _clause(self, condition: Condition) -> str:
        if condition.field is OrderField.EMAIL_OR_COMMON_NAME:
            either = (OrderField.EMAIL, OrderField.COMMON_NAME)
            return f"({' OR '.join(self._test(_FIELDS[field], condition.test) for field in either)})"
        column = _FIELDS[condition.field]
        clause = self._test(column, condition.test)
        if condition.field is OrderField.NAME:
            return f"EXISTS (SELECT 1 FROM order_names n WHERE n.order_id = o.id AND {clause})"
        return clause

    def _test(self, column: str, test: Test) -> str:
        match test:
            case OneOf(values=()):
                return "1 = 0"
            case OneOf(values=values):
                return f"{column} IN ({', '.join(self.bind(_bindable(value)) for value in values)})"
            case Contains(text=text):
                pattern = "%" + _escaped(text.lower()) + "%"
                return f"{column} LIKE {self.bind(pattern)} ESCAPE '!'"
            case Between(low=low, high=high):
                bounds = []
                if low is not None:
                    bounds.append(f"{column} >= {self.bind(_bindable(low))}")
                if high is not None:
                    bounds.append(f"{column} <= {self.bind(_bindable(high))}")
                return " AND ".join(bounds) or "1 = 1"


def _order_by(query: OrderQuery) -> str:
    keys = [f"{_FIELDS[key.field]}{' DESC' if key.descending else ''}" for key in query.sort]
    if all(key.field is not OrderField.ID for key in query.sort):
        descending = bool(query.sort) and query.sort[-1].descending
        keys.append("o.id DESC" if descending else "o.id")
    return ", ".join(keys)


def _bindable(value: Value) -> Bindable:
    return to_stored(value) if isinstance(value, datetime) else value


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
