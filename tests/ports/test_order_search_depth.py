"""A page is the same whether it is walked to from the front or from the end, with the total counted or derived."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest

from certwright.domain.query import NEWEST_FIRST, OrderField, OrderQuery, SortKey
from certwright.store import order_search
from tests.support.book import ACCOUNT, add_accounts, add_order, issued, order
from tests.support.clock import NOON

if TYPE_CHECKING:
    from tests.support.stores import OpenStore

SORTS = (
    (),
    NEWEST_FIRST,
    (SortKey(field=OrderField.NOT_AFTER),),  # which some orders have not
    (SortKey(field=OrderField.NOT_AFTER, descending=True),),
    (SortKey(field=OrderField.TERM_YEARS), SortKey(field=OrderField.ID, descending=True)),
)


@pytest.mark.parametrize("shallow", [-1, 2, 10_000])
async def test_every_page_from_either_end(
    opened: OpenStore, monkeypatch: pytest.MonkeyPatch, shallow: int
) -> None:
    monkeypatch.setattr(order_search, "_SHALLOW", shallow)
    await add_accounts(opened.store)
    for number in range(1, 8):
        new = order(number, created_at=NOON + number % 3 * timedelta(days=1), term_years=1 + number % 2)
        made = issued(new, f"{number:X}", not_after=NOON + number % 2 * timedelta(days=1))
        await add_order(opened.store, new, made if number % 3 else None)
    async with opened.store.reading() as work:
        for sort in SORTS:
            everything = await work.search.search(OrderQuery(account_id=ACCOUNT, sort=sort))
            assert sorted(item.id for item in everything.items) == list(range(1, 8))
            for offset, limit in product(range(9), (None, 0, 1, 3, 20)):
                query = OrderQuery(account_id=ACCOUNT, sort=sort, offset=offset, limit=limit)
                page = await work.search.search(query)
                end = None if limit is None else offset + limit
                assert page.items == everything.items[offset:end]
                assert page.total == 7
