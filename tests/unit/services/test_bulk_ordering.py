"""Placing by the thousand: answers in the order of the questions, parts of a size, and repetition without second orders."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from certwright.domain.account import Caller, KeyKind, Role
from certwright.domain.errors import CertwrightError, InvalidInput, NotFound, UnusableCSR
from certwright.domain.status import OrderStatus
from certwright.services.bulk_ordering import PlacedOrder, _parts
from certwright.services.idempotency import IdempotencyKey
from certwright.services.new_order import CheckedOrder, NewOrder
from tests.support.catalogue import CATALOGUE
from tests.support.orders import NAME, new_csr, new_order, ordered, show

if TYPE_CHECKING:
    from certwright.services.bulk_ordering import Outcome
    from tests.support.server import Server


def keyed(server: Server, count: int) -> list[NewOrder]:
    orders = [new_order(server, f"host{number}.example.com", csr=None) for number in range(count)]
    keys = (IdempotencyKey(f"{number}", b"print") for number in range(count))
    return [replace(new, idempotency_key=key) for new, key in zip(orders, keys, strict=True)]


async def test_answers_stand_where_the_orders_stood(each_server: Server) -> None:
    server = each_server
    unread = UnusableCSR("It could not even be read")
    csr = replace(new_csr(), signature_holds=False)
    bad, good = new_order(server, csr=csr), new_order(server)
    orders: list[NewOrder | CertwrightError] = [good, unread, bad, replace(good, csr=None)]
    caller = await server.caller()
    found = await server.program.use.bulk_ordering.place_many(caller, orders)
    assert found[1] is unread
    assert isinstance(found[2], UnusableCSR)
    placed = [each for each in found if isinstance(each, PlacedOrder)]
    assert [each.status for each in placed] == [OrderStatus.PENDING, OrderStatus.NEEDS_CSR]
    async with server.program.store.reading() as work:
        changes = await work.changes.list_after(caller.account_id, 0, 10)
    assert [change.order_id for change in changes] == [each.order_id for each in placed]


async def test_nothing_is_placed_of_nothing(server: Server) -> None:
    place = server.program.use.bulk_ordering.place_many
    assert await place(await server.caller(), []) == []
    unread = InvalidInput("Not read")
    assert await place(await server.caller(), [unread, unread]) == [unread, unread]


def test_parts_are_of_a_size_in_orders_and_in_names() -> None:
    names = ordered(*(f"host{number}.example.com" for number in range(250)))
    one = NewOrder(product=CATALOGUE.get("ssl123"), names=names[:1], term_years=1, csr=None)
    small, large = (
        CheckedOrder(new=new, price_cents=0, domains=frozenset()) for new in (one, replace(one, names=names))
    )
    unread = InvalidInput("Not read")
    assert [len(part) for part in _parts([small] * 1001)] == [500, 500, 1]
    assert [len(part) for part in _parts([large] * 10 + [small, unread])] == [8, 4]
    assert [len(part) for part in _parts([unread] * 501)] == [500, 1]
    assert list(_parts([])) == []


async def test_orders_sent_again_come_back_as_they_stand_now(each_server: Server) -> None:
    server, use = each_server, each_server.program.use
    caller = await server.caller()
    first = await use.bulk_ordering.place_many(caller, keyed(server, 3))
    assert isinstance(first[1], PlacedOrder)
    await use.ordering.cancel(caller, first[1].order_id)
    again = await use.bulk_ordering.place_many(caller, keyed(server, 4))
    now = [first[0], replace(first[1], status=OrderStatus.CANCELED), first[2]]
    assert again[:3] == [replace(each, is_new=False) for each in now if isinstance(each, PlacedOrder)]
    assert isinstance(again[3], PlacedOrder)


async def test_orders_sent_twice_at_once_are_placed_once(each_server: Server) -> None:
    server, use = each_server, each_server.program.use
    caller = await server.caller()
    orders = keyed(server, 20)
    answers = await asyncio.gather(
        *(use.bulk_ordering.place_many(caller, orders[start:]) for start in (0, 5, 0, 10))
    )
    assert len({number for answer in answers for number in numbers(answer)}) == 20
    assert [numbers(answer) for answer in answers[::2]] == [numbers(answers[0])] * 2
    async with server.program.store.reading() as work:
        assert len(await work.changes.list_after(caller.account_id, 0, 100)) == 20


def numbers(outcomes: list[Outcome]) -> list[int]:
    return [each.order_id for each in outcomes if isinstance(each, PlacedOrder)]


async def test_key_that_sees_its_own_orders_only_is_not_told_of_others(server: Server) -> None:
    use, caller = server.program.use, await server.caller()
    made = await use.accounts.create_key(caller.account_id, KeyKind.DIGICERT, "narrow", Role.LIMITED)
    narrow = Caller(account=caller.account, key=made.key)
    await use.bulk_ordering.place_many(caller, keyed(server, 1))
    mine, own = await use.bulk_ordering.place_many(narrow, keyed(server, 2))
    assert isinstance(mine, NotFound)
    assert isinstance(own, PlacedOrder)


async def test_orders_placed_together_are_issued_like_any_other(server: Server) -> None:
    caller = await server.caller()
    (placed,) = await server.program.use.bulk_ordering.place_many(caller, [new_order(server)])
    assert isinstance(placed, PlacedOrder)
    view = await server.program.use.ordering.show(caller, placed.order_id)
    await server.prove(NAME, view.order.random_value)
    await server.work()
    assert (await show(server, view.order)).order.status is OrderStatus.ISSUED
