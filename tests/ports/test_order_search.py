"""Order search answers as a plain reading of the query over all orders would, on every implementation."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certwright.domain.certificate import CertificateStatus
from certwright.domain.errors import LimitExceeded
from certwright.domain.ids import APIKeyId, CertificateId, OrderId, OrganizationId, ProductKey
from certwright.domain.order import Applied, OrderDetails, place
from certwright.domain.query import (
    Between,
    Condition,
    Contains,
    FoundOrder,
    OneOf,
    OrderField,
    OrderQuery,
    SortKey,
)
from certwright.domain.status import OrderStatus
from certwright.store import order_search
from tests.support import plain_search
from tests.support.book import (
    ACCOUNT,
    KEY,
    OTHER_ACCOUNT,
    account,
    add_accounts,
    add_order,
    authorities,
    certificate,
    issued,
    names,
    order,
    summary,
)
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.services.ports import UnitOfWork
    from tests.support.stores import OpenStore

F = OrderField
DAY = timedelta(days=1)
TEXTS = [
    "",
    "a",
    "A",
    "b",
    "%",
    "_",
    "!",
    "!%",
    "a_b",
    "a%b",
    "a!b",
    "axb",
    "ab",
    "É",
    "é",
    "ß",
    "\\",
    "'",
    "漢",
]
DOMAINS = [
    "a_b.example",
    "axb.example",
    "a.example",
    "www.a.example",
    "*.b.example",
    "xn--a-.example",
    "b.test",
]

SORTABLE = [field for field in F if field not in {F.NAME, F.EMAIL_OR_COMMON_NAME}]
TEXT_FIELDS = [
    F.STATUS,
    F.COMMON_NAME,
    F.NAME,
    F.EMAIL,
    F.EMAIL_OR_COMMON_NAME,
    F.PRODUCT_KEY,
    F.SERIAL_NUMBER,
    F.THUMBPRINT,
    F.ALTERNATIVE_ORDER_ID,
]
NUMBER_FIELDS = [F.ID, F.ORGANIZATION_ID, F.PLACED_BY, F.CERTIFICATE_ID, F.TERM_YEARS, F.IS_RENEWED]
TIME_FIELDS = [F.CREATED_AT, F.NOT_AFTER, F.STATUS_CHANGED_AT]


def values_of(found: FoundOrder, field: OrderField) -> list[Any]:
    """Read a field of an order; ``None`` is what it has not."""
    o, c = found.order, found.certificate
    readers: dict[OrderField, list[Any]] = {
        F.ID: [o.id],
        F.STATUS: [o.status.value],
        F.COMMON_NAME: [o.common_name.name],
        F.NAME: [name.identifier.name for name in o.names],
        F.EMAIL: [o.details.email],
        F.EMAIL_OR_COMMON_NAME: [o.details.email, o.common_name.name],
        F.PRODUCT_KEY: [o.product_key],
        F.ORGANIZATION_ID: [o.organization_id],
        F.PLACED_BY: [o.placed_by],
        F.CERTIFICATE_ID: [o.certificate_id],
        F.SERIAL_NUMBER: [c.serial_number],
        F.THUMBPRINT: [c.sha1_thumbprint],
        F.ALTERNATIVE_ORDER_ID: [o.details.alternative_order_id],
        F.CREATED_AT: [o.created_at],
        F.NOT_AFTER: [c.not_after],
        F.STATUS_CHANGED_AT: [o.status_changed_at],
        F.TERM_YEARS: [o.term_years],
        F.IS_RENEWED: [int(o.renewed_by_order_id is not None)],
    }
    return readers[field]


def evaluate(book: list[FoundOrder], query: OrderQuery) -> tuple[list[int], int]:
    """Answer a query in plain Python."""
    own = [item for item in book if item.order.account_id == query.account_id]
    items, total = plain_search.evaluate(own, query, values_of)
    return [item.order.id for item in items], total


@st.composite
def found_orders(draw: st.DrawFn, number: int) -> FoundOrder:
    text = st.sampled_from(TEXTS)
    new = order(
        number,
        account_id=draw(st.sampled_from([ACCOUNT, ACCOUNT, ACCOUNT, OTHER_ACCOUNT])),
        placed_by=APIKeyId(draw(st.integers(1, 3))),
        product_key=ProductKey(draw(st.sampled_from(["ssl123", "SSL-plus", "a_b", "a%b"]))),
        status=draw(st.sampled_from(OrderStatus)),
        names=names(*draw(st.lists(st.sampled_from(DOMAINS), min_size=1, max_size=3, unique=True))),
        term_years=draw(st.integers(1, 3)),
        created_at=NOON + draw(st.integers(0, 3)) * DAY,
        status_changed_at=NOON + draw(st.integers(0, 3)) * DAY,
        organization_id=OrganizationId(draw(st.integers(1, 2))) if draw(st.booleans()) else None,
        renewed_by_order_id=OrderId(5) if draw(st.booleans()) else None,
        details=OrderDetails(email=draw(text), alternative_order_id=draw(text) + draw(text)),
    )
    if draw(st.booleans()):
        return FoundOrder(order=new, certificate=certificate(new))
    made = issued(
        new,
        serial_number=f"{number:X}AB",
        sha1_thumbprint=draw(st.sampled_from(["AB" * 20, "0C" * 20])),
        not_after=NOON + draw(st.integers(0, 3)) * DAY,
    )
    status = draw(st.sampled_from([CertificateStatus.ISSUED, CertificateStatus.EXPIRED]))
    return FoundOrder(order=new, certificate=replace(made, status=status))


@st.composite
def books(draw: st.DrawFn) -> list[FoundOrder]:
    return [draw(found_orders(number)) for number in range(1, draw(st.integers(0, 9)) + 1)]


def conditions() -> st.SearchStrategy[Condition]:
    text = st.sampled_from([*TEXTS, *DOMAINS, "example", "pending", "ISSUED", "ssl123", "1ab", "AB" * 20])
    number = st.integers(0, 10) | st.sampled_from([2**31, -(2**63) - 5, 10**30])
    time = st.integers(0, 3).map(lambda days: NOON + days * DAY) | st.just(
        datetime.min.replace(tzinfo=NOON.tzinfo)
    )

    def of(fields: list[OrderField], value: st.SearchStrategy[Any]) -> st.SearchStrategy[Condition]:
        one_of = st.lists(value, max_size=4).map(lambda values: OneOf(tuple(values)))
        optional = st.none() | value
        between = st.builds(Between, low=optional, high=optional)
        return st.builds(Condition, st.sampled_from(fields), one_of | between)

    contains = st.builds(Condition, st.sampled_from(TEXT_FIELDS), text.map(Contains))
    return contains | of(TEXT_FIELDS, text) | of(NUMBER_FIELDS, number) | of(TIME_FIELDS, time)


QUERIES = st.builds(
    OrderQuery,
    account_id=st.just(ACCOUNT),
    conditions=st.lists(conditions(), max_size=3).map(tuple),
    sort=st.lists(
        st.builds(SortKey, field=st.sampled_from(SORTABLE), descending=st.booleans()),
        max_size=3,
        unique_by=lambda key: key.field,
    ).map(tuple),
    offset=st.integers(0, 5) | st.just(10**30),
    limit=st.none() | st.integers(0, 5) | st.just(10**30),
)


class _UndoneError(Exception):
    """Ends an example; its orders are rolled back, so that the next one finds the database empty."""


@pytest.mark.parametrize("shallow", [10_000, 1])
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(book=books(), queries=st.lists(QUERIES, min_size=6, max_size=10))
async def test_search_agrees_with_a_plain_reading(
    opened: OpenStore, shallow: int, book: list[FoundOrder], queries: list[OrderQuery]
) -> None:
    """SQL reads a page far from the front from the nearer end; ``shallow`` says where far begins."""
    with suppress(_UndoneError), patch.object(order_search, "_SHALLOW", shallow):
        async with opened.store.writing() as work:
            await fill(work, book)
            for query in queries:
                page = await work.search.search(query)
                assert ([item.id for item in page.items], page.total) == evaluate(book, query)
                in_full = await work.search.search_in_full(query)
                assert in_full.total == page.total
                assert all(item in book for item in in_full.items)
                assert list(page.items) == [summary(item.order) for item in in_full.items]
            raise _UndoneError


async def fill(work: UnitOfWork, book: list[FoundOrder]) -> None:
    await work.accounts.add(account(ACCOUNT))
    await work.accounts.add(account(OTHER_ACCOUNT))
    await work.authorities.add_first(authorities())
    for item in book:
        change = place(order(), actor=KEY, reason="").change
        await work.orders.add(Applied(order=item.order, change=change))
        await work.certificates.add(item.certificate)


async def test_orders_are_found_by_serial_number(opened: OpenStore) -> None:
    await add_accounts(opened.store)
    async with opened.store.writing() as work:
        await work.authorities.add_first(authorities())
    for each in (order(1), order(2), order(10), order(3, account_id=OTHER_ACCOUNT)):
        await add_order(opened.store, each, issued(each, serial_number=f"{each.id:X}AB"))
    assert await search(opened, Condition(F.SERIAL_NUMBER, OneOf(("aab",)))) == [10]
    assert await search(opened, Condition(F.SERIAL_NUMBER, OneOf(("2AB", "1ab", "3ab")))) == [2, 1]
    assert await search(opened, Condition(F.SERIAL_NUMBER, Contains("ab"))) == [10, 2, 1]
    assert await search(opened, Condition(F.SERIAL_NUMBER, OneOf(("ab",)))) == []


async def test_orders_are_found_by_thumbprint_and_name_however_far_apart_their_numbers_are(
    opened: OpenStore,
) -> None:
    await add_accounts(opened.store)
    assert await search(opened, Condition(F.THUMBPRINT, OneOf(("ab",)))) == []
    for number, account_id in ((7, ACCOUNT), (8_191, ACCOUNT), (100_000, ACCOUNT), (9, OTHER_ACCOUNT)):
        each = order(number, certificate_id=CertificateId(number), account_id=account_id)
        await add_order(opened.store, each, issued(each, f"{each.id:06X}", sha1_thumbprint=f"{each.id:X}AB"))
    assert await search(opened, Condition(F.THUMBPRINT, OneOf(("7ab",)))) == [7]
    assert await search(opened, Condition(F.THUMBPRINT, OneOf(("186a0AB", "1FFFab", "9AB")))) == [
        100_000,
        8_191,
    ]
    assert await search(opened, Condition(F.THUMBPRINT, Contains("ab"))) == [100_000, 8_191, 7]
    name = order(7).common_name.name
    assert await search(opened, Condition(F.NAME, OneOf((name.upper(), "other.example")))) == [
        100_000,
        8_191,
        7,
    ]
    assert await search(opened, Condition(F.NAME, OneOf((name[1:],)))) == []


async def search(opened: OpenStore, *conditions: Condition, **query: Any) -> list[int]:
    async with opened.store.reading() as work:
        page = await work.search.search(OrderQuery(account_id=ACCOUNT, conditions=conditions, **query))
    assert page.total >= len(page.items)
    return [item.id for item in page.items]


async def test_newest_come_first(opened: OpenStore) -> None:
    await add_accounts(opened.store)
    for number, days in ((1, 5), (2, 7), (3, 5), (4, 1)):
        await add_order(opened.store, order(number, created_at=NOON + days * DAY))
    assert await search(opened) == [2, 3, 1, 4]


async def test_any_number_of_conditions(opened: OpenStore) -> None:
    """SQLite bounds the depth of an expression, its values, and the length of a pattern."""
    await add_accounts(opened.store)
    await add_order(opened.store, order(1))

    many = [Condition(F.COMMON_NAME, Contains(text)) for text in ("w", "e", "x") for _ in range(2000)]
    assert await search(opened, *many) == [1]
    different = [Condition(F.ID, Between(low=-number)) for number in range(5000)]
    assert await search(opened, *different) == [1]
    assert await search(opened, Condition(F.ID, OneOf(tuple(range(20_000))))) == [1]
    assert await search(opened, Condition(F.COMMON_NAME, Contains("%" * 100_000))) == []
    with pytest.raises(LimitExceeded):
        await search(opened, Condition(F.ID, OneOf(tuple(range(40_000)))))
