"""Idempotency keys in the store: one account's key is used once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import StaleRecord
from certwright.domain.ids import OrderId
from certwright.services.ports import AnsweredRequest
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts

if TYPE_CHECKING:
    from certwright.store.unit_of_work import SQLStore


async def test_key_tells_what_it_was_used_for(store: SQLStore) -> None:
    await add_accounts(store)
    async with store.writing() as work:
        assert await work.answered.find(ACCOUNT, "k") is None
        await work.answered.add(ACCOUNT, "k", b"first", OrderId(7))
        await work.answered.add(OTHER_ACCOUNT, "k", b"second", OrderId(8))
    async with store.reading() as work:
        assert await work.answered.find(ACCOUNT, "k") == AnsweredRequest(
            fingerprint=b"first", order_id=OrderId(7)
        )
        assert await work.answered.find(ACCOUNT, "K") is None


async def test_of_many_at_once_one_uses_the_key(store: SQLStore) -> None:
    await add_accounts(store)

    async def use(number: int) -> None:
        async with store.writing() as work:
            await work.answered.add(ACCOUNT, "k", b"same", OrderId(number))

    results = await asyncio.gather(*(use(number) for number in range(1, 6)), return_exceptions=True)
    assert [type(result) for result in results if result is not None] == [StaleRecord] * 4
    with pytest.raises(StaleRecord):
        await use(9)
