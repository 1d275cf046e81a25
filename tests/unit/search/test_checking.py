"""Every difference between an index and its book is found, and no change is taken for one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from certwright.search.building import build_snapshot
from certwright.search.checking import check_index
from certwright.search.snapshots import Snapshots
from certwright.store.book_reader import SQLBookReader
from tests.support.book import ACCOUNT, add_accounts, add_order, order

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from certwright.domain.ids import AccountId
    from certwright.services.ports import IndexedOrder
    from tests.support.stores import OpenStore


class BusyBook(SQLBookReader):
    """A book in which an order changes before each scan."""

    opened: OpenStore

    async def scan(self, account_id: AccountId, batch: int) -> AsyncIterator[Sequence[IndexedOrder]]:
        async with self.opened.store.writing() as work:
            stored = await work.orders.get(ACCOUNT, order(1).id)
            await work.orders.save(replace(stored, term_years=stored.term_years + 1))
        async for rows in super().scan(account_id, batch):
            yield rows


@pytest.fixture
async def snapshots(opened: OpenStore, tmp_path: Path) -> Snapshots:
    await add_accounts(opened.store)
    for number in (1, 2, 3):
        await add_order(opened.store, order(number))
    return Snapshots(tmp_path)


async def test_a_good_index_has_no_differences(opened: OpenStore, snapshots: Snapshots) -> None:
    reader = SQLBookReader(opened.engine)
    checked = await check_index(reader, snapshots, ACCOUNT)
    assert (checked.orders, checked.was_built, checked.differences) == (3, True, ())
    await add_order(opened.store, order(4))
    checked = await check_index(reader, snapshots, ACCOUNT)
    assert (checked.orders, checked.was_built, checked.differences) == (4, False, ())


@pytest.mark.parametrize("kind", [SQLBookReader, BusyBook])
async def test_damage_is_found_among_changes(
    opened: OpenStore, snapshots: Snapshots, kind: type[SQLBookReader]
) -> None:
    reader = kind(opened.engine)
    if isinstance(reader, BusyBook):
        reader.opened = opened
    assert (await check_index(reader, snapshots, ACCOUNT)).differences == ()
    index = await build_snapshot(SQLBookReader(opened.engine), snapshots, ACCOUNT, refresh=False)
    rows = {row.id: row async for batch in SQLBookReader(opened.engine).scan(ACCOUNT, 10) for row in batch}
    index.apply([rows[2]._replace(status="issued"), rows[3]._replace(id=77)], index.state)
    snapshots.save(index)
    checked = await check_index(reader, snapshots, ACCOUNT)
    assert [difference.split()[1] for difference in checked.differences] == ["2", "77"]
