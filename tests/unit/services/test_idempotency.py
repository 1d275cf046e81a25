"""The same request under the same key is carried out once, however often and at what moment it comes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import Conflict, InvalidInput
from certwright.services.idempotency import fingerprint_of, parse_idempotency_key
from tests.support.orders import issue, place

if TYPE_CHECKING:
    from tests.support.server import Server

KEY = parse_idempotency_key("order 7", b"POST", b"body")


@pytest.mark.parametrize("text", ["", "x" * 256, "\u00fc", "a\n", "\x7f"])
def test_text_that_is_no_key(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_idempotency_key(text)


def test_fingerprint_tells_parts_apart() -> None:
    assert len({fingerprint_of(b"ab", b"c"), fingerprint_of(b"a", b"bc"), fingerprint_of(b"abc")}) == 3


async def test_requests_at_once_place_one_order(each_server: Server) -> None:
    server = each_server
    views = await asyncio.gather(*(place(server, idempotency_key=KEY) for _ in range(6)))
    assert len({view.order.id for view in views}) == 1
    account_id = views[0].order.account_id
    assert len(await server.program.use.billing.list_of(account_id)) == 1
    async with server.program.store.reading() as work:
        assert len(await work.changes.list_after(account_id, 0, 10)) == 1


async def test_renewals_at_once_under_one_key_are_one(each_server: Server) -> None:
    """The one that comes second must not be told that the order has been renewed already."""
    server = each_server
    old = await issue(server, order_days=80)
    views = await asyncio.gather(
        *(place(server, renewal_of_order_id=old.order.id, idempotency_key=KEY) for _ in range(5))
    )
    assert len({view.order.id for view in views}) == 1


async def test_key_of_another_request_is_a_conflict(server: Server) -> None:
    await place(server, idempotency_key=KEY)
    with pytest.raises(Conflict, match="another request") as refused:
        await place(server, idempotency_key=parse_idempotency_key("order 7", b"POST", b"other"))
    assert [fault.field for fault in refused.value.faults] == ["Idempotency-Key"]


async def test_key_is_another_one_in_another_account(server: Server) -> None:
    first = await place(server, idempotency_key=KEY)
    server.account = server.other
    assert (await place(server, idempotency_key=KEY)).order.id != first.order.id


async def test_request_that_failed_leaves_no_key(server: Server) -> None:
    with pytest.raises(InvalidInput):
        await place(server, idempotency_key=KEY, term_years=99)
    assert (await place(server, idempotency_key=KEY)).requests
