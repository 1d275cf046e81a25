"""Rows of a book as an index reads them, random ones with random queries, and the plain answer to a query over rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from certwright.domain.ids import AccountId
from certwright.domain.query import (
    NEWEST_FIRST,
    Between,
    Condition,
    Contains,
    OneOf,
    OrderField,
    OrderQuery,
    SortKey,
)
from certwright.services.ports import IndexedOrder
from tests.support import plain_search

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

ACCOUNT = AccountId(1)
F = OrderField
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000

_STATUSES = ["pending", "issued", "issued", "issued", "reissue_pending", "revoked", "expired", "needs_csr"]
_PRODUCTS = ["ssl123", "ssl-plus", "a_b", "a%b"]
_HOSTS = ["", "", "www.", "*.", "mail.", "host1.", "host12.", "ab-ba-ab."]
_DOMAINS = [
    "bakery.com",
    "north-bakery.com",
    "north-bakery.co.uk",
    "bakeries.net",
    "aaaa.aa",
    "b.test",
    "xn--a.io",
]
_SORTABLE = [
    F.ID,
    F.CERTIFICATE_ID,
    F.CREATED_AT,
    F.COMMON_NAME,
    F.STATUS,
    F.TERM_YEARS,
    F.PRODUCT_KEY,
    F.NOT_AFTER,
    F.STATUS_CHANGED_AT,
    F.ORGANIZATION_ID,
    F.PLACED_BY,
    F.IS_RENEWED,
]
_TEXTS = [F.COMMON_NAME, F.NAME, F.EMAIL, F.EMAIL_OR_COMMON_NAME, F.STATUS, F.PRODUCT_KEY]
_ORDERED_TEXTS = [F.COMMON_NAME, F.STATUS, F.PRODUCT_KEY]


def indexed(number: int, **changes: Any) -> IndexedOrder:
    """Return a row of defaults and what a test cares about."""
    made = IndexedOrder(
        id=number,
        created_at=number * DAY,
        status="pending",
        common_name=f"host{number}.example",
        other_names=(),
        email="",
        product_key="ssl123",
        organization_id=None,
        placed_by=1,
        certificate_id=number,
        not_after=None,
        status_changed_at=number * DAY,
        term_years=1,
        is_renewed=0,
        is_revoked=0,
        product="ssl123",
    )
    return made._replace(**changes)


def random_row(rng: random.Random, number: int) -> IndexedOrder:
    """Draw a row; many are equal to others in one thing or another."""
    product = rng.choice(_PRODUCTS)
    created_at = rng.randint(0, 6) * DAY + rng.choice([0, 0, number])
    is_issued = rng.random() < 0.6
    return indexed(
        number,
        created_at=created_at,
        status=rng.choice(_STATUSES),
        common_name=_random_name(rng, number),
        other_names=tuple(_random_name(rng, number) for _ in range(rng.choice([0, 0, 1, 2]))),
        email=rng.choice(["", "é@b.test", "a%b@x", f"admin@{rng.choice(_DOMAINS)}", f"u{number % 40}@x.io"]),
        product_key=product,
        organization_id=rng.choice([None, None, 1, 2, 3]),
        placed_by=rng.choice([1, 1, 2, 2**40]),
        certificate_id=rng.choice([number, number + 50, 2**33]),
        not_after=rng.randint(0, 8) * DAY + rng.choice([0, 0, 0, 7]) if is_issued else None,
        status_changed_at=created_at + rng.randint(0, 3) * DAY,
        term_years=rng.randint(1, 3),
        is_renewed=rng.randint(0, 1),
        is_revoked=int(is_issued and rng.random() < 0.2),
        product=rng.choice([product, product.upper()]),
    )


def random_query(rng: random.Random, rows: Sequence[IndexedOrder]) -> OrderQuery:
    """Draw a query about rows."""
    fields = rng.sample(_SORTABLE, rng.randint(0, 3))
    sort = tuple(SortKey(field=field, descending=rng.random() < 0.5) for field in fields)
    return OrderQuery(
        account_id=ACCOUNT,
        conditions=tuple(_random_condition(rng, rows) for _ in range(rng.choice([0, 1, 1, 2, 3]))),
        sort=rng.choice([NEWEST_FIRST, sort, sort]),
        offset=rng.choice([0, rng.randint(0, 8), rng.randint(0, len(rows) + 1), 10**30]),
        limit=rng.choice([None, 0, rng.randint(1, 8), rng.randint(1, 8), 10**30]),
    )


def values_of(row: IndexedOrder, field: OrderField) -> list[Any]:
    """Read a field of a row as a query compares it."""
    match field:
        case F.NAME:
            return [row.common_name, *row.other_names]
        case F.EMAIL_OR_COMMON_NAME:
            return [row.email, row.common_name]
        case F.CREATED_AT | F.NOT_AFTER | F.STATUS_CHANGED_AT:
            stored = getattr(row, field.value)
            return [None if stored is None else EPOCH + timedelta(microseconds=stored)]
        case _:
            return [getattr(row, field.value)]


def evaluate(rows: Sequence[IndexedOrder], query: OrderQuery) -> tuple[int, list[int]]:
    """Answer a query in plain Python."""
    items, total = plain_search.evaluate(rows, query, values_of)
    return total, [item.id for item in items]


def _random_name(rng: random.Random, number: int) -> str:
    host = rng.choice([*_HOSTS, f"host{number}.", "".join(rng.choices("ab-.", k=rng.randint(1, 9)))])
    return host + rng.choice(_DOMAINS)


def _random_condition(rng: random.Random, rows: Sequence[IndexedOrder]) -> Condition:
    kind = rng.random()
    if kind < 0.5:
        field = rng.choice(_TEXTS)
        return Condition(field, Contains(_random_part(rng, _random_value(rng, rows, field))))
    field = rng.choice(
        [field for field in F if field not in {F.SERIAL_NUMBER, F.THUMBPRINT, F.ALTERNATIVE_ORDER_ID}]
    )
    values = [_random_value(rng, rows, field) for _ in range(rng.randint(0, 3))]
    if kind < 0.75:
        return Condition(field, OneOf(tuple(values)))
    low, high = (rng.choice([None, *values]) for _ in range(2))
    return Condition(field, Between(low=low, high=high))


def _random_value(rng: random.Random, rows: Sequence[IndexedOrder], field: OrderField) -> Any:
    value = rng.choice(values_of(rng.choice(rows), field)) if rows and rng.random() < 0.9 else None
    if value is not None:
        return value.upper() if isinstance(value, str) and rng.random() < 0.1 else value
    if field in {F.CREATED_AT, F.NOT_AFTER, F.STATUS_CHANGED_AT}:
        return rng.choice([EPOCH + timedelta(days=3, microseconds=5), datetime.min.replace(tzinfo=UTC)])
    return (
        rng.choice(["", "b", "nobody", "é"])
        if field in _TEXTS
        else rng.choice([0, 5, 2**31, -(2**63) - 5, 10**30])
    )


def _random_part(rng: random.Random, text: str) -> str:
    length = min(len(text), rng.choice([1, 2, 3, 3, 4, 5, 6, 9, 12, 20]))
    begin = rng.randint(0, len(text) - length)
    part = text[begin : begin + length]
    return part if rng.random() < 0.9 else rng.choice(["", "%", "_", "aa", "nobody", part + "b"])
