"""Numbers handed out by the store: growing, never twice, whoever asks, and within 31 bits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import Unavailable
from certwright.domain.ids import HIGHEST_ID
from certwright.services.ports import NumberKind

if TYPE_CHECKING:
    from certwright.store.unit_of_work import SQLStore
    from tests.support.stores import OpenStore


async def test_numbers_of_each_kind_grow_one_by_one(store: SQLStore) -> None:
    for kind in NumberKind:
        numbers = [*await store.allot(kind), *await store.allot(kind, 3), *await store.allot(kind)]
        assert numbers == list(range(numbers[0], numbers[0] + 5))
        assert 0 < numbers[0] < HIGHEST_ID


async def test_more_than_a_block_may_be_asked_for(store: SQLStore) -> None:
    numbers = [
        number for count in (99, 250, 1, 100, 3) for number in await store.allot(NumberKind.ORDER, count)
    ]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 453


async def test_none_may_be_asked_for(store: SQLStore) -> None:
    assert await store.allot(NumberKind.ORDER, 0) == []


async def test_no_number_is_given_twice(opened: OpenStore) -> None:
    stores = [opened.store, await opened.another(), await opened.another()]

    async def take(number: int) -> list[int]:
        return await stores[number % 3].allot(NumberKind.CERTIFICATE, number % 7 + 1)

    taken = await asyncio.gather(*(take(number) for number in range(150)))
    numbers = [number for part in taken for number in part]
    assert len(set(numbers)) == len(numbers)


async def test_restarted_process_goes_on_above(opened: OpenStore) -> None:
    before = await opened.store.allot(NumberKind.ORDER, 150)
    after = await (await opened.another()).allot(NumberKind.ORDER)
    assert after[0] > before[-1]


async def test_numbers_end_where_31_bits_end(opened: OpenStore) -> None:
    await opened.store.allot(NumberKind.ORDER)
    async with opened.engine.writing() as connection:
        await connection.execute("UPDATE number_blocks SET next_number = $1", HIGHEST_ID - 99)

    store = await opened.another()
    assert [await store.allot(NumberKind.ORDER, 10) for _ in range(10)][-1][-1] == HIGHEST_ID
    with pytest.raises(Unavailable, match="used up"):
        await store.allot(NumberKind.ORDER)
