"""Order search in SQL: a query of the domain becomes one count and one page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from certwright.domain.errors import LimitExceeded
from certwright.domain.ids import OrderId
from certwright.domain.query import Between, Contains, OneOf, OrderField, OrderPage, SortKey
from certwright.store.certificates import OF_ANY_AUTHORITY
from certwright.store.engine import HIGHEST, to_stored
from certwright.store.groups import in_any_group
from certwright.store.order_pages import read_in_full, read_summaries
from certwright.store.text_tests import custom_value_clause

if TYPE_CHECKING:
    from certwright.domain.query import Condition, FoundOrder, OrderQuery, OrderSummary, Test, Value
    from certwright.store.engine import Bindable, Connection

_FIELDS = {
    OrderField.ID: "o.id",
    OrderField.STATUS: "o.status",
    OrderField.COMMON_NAME: "o.common_name",
    OrderField.NAME: "n.name",
    OrderField.EMAIL: "o.email",
    OrderField.PRODUCT_KEY: "lower(o.product_key)",
    OrderField.ORGANIZATION_ID: "o.organization_id",
    OrderField.PLACED_BY: "o.placed_by",
    OrderField.CERTIFICATE_ID: "c.id",
    OrderField.SERIAL_NUMBER: "c.serial_number",
    OrderField.THUMBPRINT: "c.sha1_thumbprint",
    OrderField.ALTERNATIVE_ORDER_ID: "o.alternative_order_id",
    OrderField.CREATED_AT: "o.created_at",
    OrderField.NOT_AFTER: "c.not_after",
    OrderField.STATUS_CHANGED_AT: "o.status_changed_at",
    OrderField.TERM_YEARS: "o.term_years",
    OrderField.IS_RENEWED: "CAST(CASE WHEN o.renewed_by_order_id IS NULL THEN 0 ELSE 1 END AS BIGINT)",
}
# The order and the account are said twice so that a search by serial number can begin at the certificate.
_JOIN_CERTIFICATE = (
    " JOIN certificates c ON c.id = o.certificate_id AND c.order_id = o.id AND c.account_id = o.account_id"
)
_IN_CAPITALS = {OrderField.SERIAL_NUMBER, OrderField.THUMBPRINT}
"""Hex is stored in capitals, all other text that is searched in lower case."""

_NULLABLE = {
    OrderField.ORGANIZATION_ID,
    OrderField.SERIAL_NUMBER,
    OrderField.THUMBPRINT,
    OrderField.NOT_AFTER,
}
_LONGEST_TEXT = (
    10_000  # nothing longer is stored in a column that is searched; SQLite refuses patterns of 50 kB
)
_MOST_IN_A_ROW = 50
_SHALLOW = 10_000
"""The largest offset at which a page is read before the total."""

_MOST_VALUES = 30_000  # SQLite binds 32,766, asyncpg 32,767


class SQLOrderSearch:
    """Finds orders by SQL; exact at any size, fast up to some hundred thousand orders an account."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def search(self, query: OrderQuery) -> OrderPage[OrderSummary]:
        """Return a page of what matches, and how many match in all."""
        found = await self._find(query)
        items = await read_summaries(self._connection, query.account_id, found.ids)
        return OrderPage(items=items, total=found.total)

    async def search_in_full(self, query: OrderQuery) -> OrderPage[FoundOrder]:
        """Search, and return whole orders with their certificates and custom fields."""
        found = await self._find(query)
        items = await read_in_full(self._connection, query.account_id, found.ids)
        return OrderPage(items=items, total=found.total)

    async def _find(self, query: OrderQuery) -> _Found:
        """Find the ids of a page, and how many match in all.

        A page that is not full tells the total by itself, so near the front the page comes first and the count only
        where it is full. Far from the front the total comes first, for it tells from which end to look.
        """
        where = _Where(query)
        if len(where.values) > _MOST_VALUES:
            raise LimitExceeded("The search has too many conditions")
        if query.offset > _SHALLOW:
            total = await self._count(where)
            return _Found(await self._deep_page(query, where, total), total)
        ids = await self._page(where, _sort_keys(query), query.limit, query.offset)
        is_last = query.limit is None or len(ids) < query.limit
        if is_last and (ids or query.offset == 0):
            return _Found(ids, query.offset + len(ids))
        return _Found(ids, await self._count(where))

    async def _count(self, where: _Where) -> int:
        counted = await self._connection.fetch(f"SELECT count(*) {where.source}", *where.values)
        total: int = counted[0][0]
        return total

    async def _deep_page(self, query: OrderQuery, where: _Where, total: int) -> list[OrderId]:
        """Walk to the page from the nearer end, so that the last page is as near as the first."""
        left = total - query.offset
        if left <= 0:
            return []
        size = left if query.limit is None else min(query.limit, left)
        keys = _sort_keys(query)
        if left < query.offset:
            backward = tuple(replace(key, descending=not key.descending) for key in keys)
            return (await self._page(where, backward, size, left - size))[::-1]
        return await self._page(where, keys, size, query.offset)

    async def _page(
        self, where: _Where, walk: tuple[SortKey, ...], limit: int | None, offset: int
    ) -> list[OrderId]:
        order_by = _order_by(walk)
        source = where.source if "c." not in order_by or where.joins_certificate else where.joined_source
        first = len(where.values) + 1
        rows = await self._connection.fetch(
            f"SELECT o.id {source} ORDER BY {order_by} LIMIT ${first} OFFSET ${first + 1}",
            *where.values,
            HIGHEST if limit is None else min(limit, HIGHEST),
            offset,
        )
        return [OrderId(row[0]) for row in rows]


class _Found(NamedTuple):
    """The ids of a page, and how many orders match in all."""

    ids: list[OrderId]
    total: int


class _Where:
    """The FROM and WHERE of a query, with the values bound so far."""

    def __init__(self, query: OrderQuery) -> None:
        self.values: list[Bindable] = []
        self._clauses = [f"o.account_id = {self.bind(query.account_id)}"]
        self._clauses += [self._clause(condition) for condition in dict.fromkeys(query.conditions)]
        self._clauses += [custom_value_clause(test, "o.id", self.bind) for test in query.custom_values]
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
        return f"FROM orders o{join} WHERE {_all_of(self._clauses)}"

    def _clause(self, condition: Condition) -> str:
        if condition.field is OrderField.EMAIL_OR_COMMON_NAME:
            either = (OrderField.EMAIL, OrderField.COMMON_NAME)
            return f"({' OR '.join(self._test(field, condition.test) for field in either)})"
        clause = self._test(condition.field, condition.test)
        if _is_alternative_id(condition):
            return f"(o.alternative_order_id <> '' AND {clause})"  # only those are indexed
        if condition.field is OrderField.SERIAL_NUMBER and isinstance(condition.test, OneOf):
            return f"(c.authority_id {OF_ANY_AUTHORITY} AND {clause})"
        if condition.field is OrderField.THUMBPRINT and isinstance(condition.test, OneOf):
            return f"({in_any_group('c.id', 'certificates')} AND {clause})"
        if condition.field is OrderField.NAME and isinstance(condition.test, OneOf):
            among = f"{in_any_group('n.order_id', 'orders')} AND {clause}"
            return f"o.id IN (SELECT n.order_id FROM order_names n WHERE {among})"
        if condition.field is OrderField.NAME:
            return f"EXISTS (SELECT 1 FROM order_names n WHERE n.order_id = o.id AND {clause})"
        return clause

    def _test(self, field: OrderField, test: Test) -> str:
        column = _FIELDS[field]
        match test:
            case OneOf(values=values):
                bound = [self.bind(_bindable(field, value)) for value in dict.fromkeys(values)]
                return f"{column} IN ({', '.join(bound)})" if bound else "1 = 0"
            case Contains(text=text) if len(text) > _LONGEST_TEXT:
                return "1 = 0"
            case Contains(text=text):
                pattern = "%" + _escaped(_cased(field, text)) + "%"
                return f"{column} LIKE {self.bind(pattern)} ESCAPE '!'"
            case Between(low=low, high=high):
                bounds = [f"{column} IS NOT NULL"] if field in _NULLABLE else []
                if low is not None:
                    bounds.append(f"{column} >= {self.bind(_bindable(field, low))}")
                if high is not None:
                    bounds.append(f"{column} <= {self.bind(_bindable(field, high))}")
                return f"({' AND '.join(bounds)})" if bounds else "1 = 1"


def _is_alternative_id(condition: Condition) -> bool:
    test = condition.test
    return (
        condition.field is OrderField.ALTERNATIVE_ORDER_ID
        and isinstance(test, OneOf)
        and "" not in test.values
    )


def _all_of(clauses: list[str]) -> str:
    """Join clauses with AND, as a balanced tree: SQLite bounds the depth of an expression, not its size."""
    if len(clauses) <= _MOST_IN_A_ROW:
        return " AND ".join(clauses)
    middle = len(clauses) // 2
    return f"({_all_of(clauses[:middle])}) AND ({_all_of(clauses[middle:])})"


def _sort_keys(query: OrderQuery) -> tuple[SortKey, ...]:
    """Return the keys of the sort with the order of creation behind them, so that no two orders are equal."""
    fields = {key.field for key in query.sort}
    if OrderField.ID in fields:
        return query.sort
    descending = bool(query.sort) and query.sort[-1].descending
    creation = (OrderField.CREATED_AT, OrderField.ID)
    return (
        *query.sort,
        *(SortKey(field=field, descending=descending) for field in creation if field not in fields),
    )


def _order_by(keys: tuple[SortKey, ...]) -> str:
    return ", ".join(map(_sort_key, keys))


def _sort_key(key: SortKey) -> str:
    words = f"{_FIELDS[key.field]}{' DESC' if key.descending else ''}"
    if key.field not in _NULLABLE:
        return words
    # What is missing is less than anything; SQLite thinks so by itself, PostgreSQL the opposite.
    return f"{words} NULLS {'LAST' if key.descending else 'FIRST'}"


def _bindable(field: OrderField, value: Value) -> Bindable:
    if isinstance(value, datetime):
        return to_stored(value)
    if isinstance(value, int):
        return max(-HIGHEST, min(value, HIGHEST))  # nothing that is stored comes near these bounds
    return _cased(field, value)


def _cased(field: OrderField, text: str) -> str:
    return text.upper() if field in _IN_CAPITALS else text.lower()


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
