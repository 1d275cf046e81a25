"""What an index answers is what the store would answer, whatever is written, and however much at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from certwright.domain.certificate import CertificateKind
from certwright.domain.errors import CertwrightError
from certwright.domain.ids import OrderId, ProductKey
from certwright.domain.order import OrderDetails
from certwright.domain.query import Condition, Contains, OneOf, OrderField, OrderQuery
from certwright.domain.status import OrderStatus
from certwright.search.questions import FindOrders
from certwright.services.reissuing import NewCertificate
from certwright.services.revocation import NewRevocation
from tests.ports.test_order_search import QUERIES
from tests.support.book import ACCOUNT, add_accounts, add_order, names, order
from tests.support.indexes import wire_indexes
from tests.support.orders import issue, new_csr, place

if TYPE_CHECKING:
    from pathlib import Path

    from certwright.domain.ids import AccountId
    from certwright.services.order_view import OrderView
    from certwright.store.unit_of_work import SQLStore
    from tests.support.indexes import Indexes
    from tests.support.server import Server
    from tests.support.stores import OpenStore

F = OrderField
WRITES = [
    *("place", "issue", "reissue", "duplicate", "revoke", "revoke one", "cancel", "renew"),
    *("edit", "work", "wait", "elsewhere"),
]
NAMES = ["www.a.example", "a.example", "*.b.example", "b.test", "xn--a-.example"]
PRODUCTS = ["positivessl-multi-domain", "positivessl-wildcard"]


class Customer:
    """Does to the book what customers do, through the use cases."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.views: list[OrderView] = []

    async def write(self, kind: str, number: int) -> None:
        """Carry a write out; that an order is in no state for it is no fault."""
        with suppress(CertwrightError):
            await self._write(kind, number)

    async def _write(self, kind: str, number: int) -> None:
        server, use = self.server, self.server.program.use
        caller = await server.caller()
        old = self.views[number % len(self.views)].order if self.views else None
        name = NAMES[number % len(NAMES)]
        product = PRODUCTS["*" in name]
        details = OrderDetails(email=f"{name}@B.example", alternative_order_id=str(number))
        if kind == "wait":
            server.clock.advance(timedelta(days=number % 40))
        elif kind in {"place", "renew"} or old is None:
            renewed = old.id if old and kind == "renew" else None
            view = await place(server, name, product=product, details=details, renewal_of_order_id=renewed)
            self.views.append(view)
        elif kind == "issue":
            self.views.append(await issue(server, name, product=product, details=details))
        elif kind in {"reissue", "duplicate"}:
            further = getattr(use.reissuing, kind)
            await further(caller, old.id, NewCertificate(csr=new_csr()))
        elif kind == "revoke":
            await use.revocation.revoke(caller, NewRevocation(order_id=old.id))
        elif kind == "revoke one":
            certificates = await use.reissuing.list_of(caller, old.id, CertificateKind.REISSUE)
            revoked = certificates[0].id if certificates else old.certificate_id
            await use.revocation.revoke(caller, NewRevocation(order_id=old.id, certificate_id=revoked))
            await server.work()
        elif kind == "work":
            await server.work()
        elif kind == "cancel":
            await use.ordering.cancel(caller, old.id)
        elif kind == "edit":
            await edit(server.program.store, old.account_id, old.id, email=f"c{number}@a.example")
        else:
            other = replace(order(50_000 + number), account_id=server.other.account.id)
            await add_order(server.program.store, other)


async def edit(store: SQLStore, account_id: AccountId, order_id: OrderId, *, email: str) -> None:
    async with store.writing() as work:
        stored = await work.orders.get(account_id, order_id)
        await work.orders.save(replace(stored, details=replace(stored.details, email=email)))


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.generate],  # the book of the examples before can't be taken back
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(WRITES), st.integers(0, 999), st.lists(QUERIES, min_size=2, max_size=4)),
        min_size=3,
        max_size=8,
    )
)
async def test_index_answers_as_the_store_does_after_every_write(
    each_server: Server, tmp_path: Path, steps: list[tuple[str, int, list[OrderQuery]]]
) -> None:
    indexes = wire_indexes(each_server.program.store._engine, each_server.program.store, tmp_path / "indexes")
    customer = Customer(each_server)
    await customer.write("place", 0)
    await indexes.keeper.look_after()
    for kind, number, queries in steps:
        await customer.write(kind, number)
        for query in queries:
            await _agree(indexes, replace(query, account_id=each_server.account.account.id))
        await _counts_agree(indexes, each_server)
    assert indexes.router.answers["index"] >= 2 * len(steps)


async def _agree(indexes: Indexes, query: OrderQuery) -> None:
    before = indexes.router.answers["index"]
    assert await indexes.router.search(query) == await indexes.store.search(query)
    index = indexes.shelf.find(query.account_id)
    assert index is not None
    is_declined = query.limit is None or query.limit > 10_000 or FindOrders(query).put_to(index) is None
    assert indexes.router.answers["index"] == before + (not is_declined)
    assert await indexes.router.search_in_full(query) == await indexes.store.search_in_full(query)


async def _counts_agree(indexes: Indexes, server: Server) -> None:
    account_id, now = server.account.account.id, server.clock.now()
    counted = await indexes.router.count_orders(account_id, now)
    assert counted == await indexes.store.count_orders(account_id, now)
    instants = [now - timedelta(days=days) for days in (60, 20, 1, 0)] + [now + timedelta(days=1)]
    assert await indexes.router.count_placed(account_id, instants) == await indexes.store.count_placed(
        account_id, instants
    )


@pytest.fixture
async def indexes(opened: OpenStore, tmp_path: Path) -> Indexes:
    """A book of one order with its index."""
    await add_accounts(opened.store)
    await add_order(opened.store, order(1))
    made = wire_indexes(opened.engine, opened.store, tmp_path / "indexes")
    await made.keeper.look_after()
    return made


async def test_answers_are_of_one_state_among_concurrent_writers(opened: OpenStore, indexes: Indexes) -> None:
    """Each answer holds all that was written before it was asked for, and shows what it was found by."""
    stores = [opened.store, await opened.another(), await opened.another()]
    written = 1

    async def write(store: SQLStore, numbers: range) -> None:
        nonlocal written
        for number in numbers:
            await add_order(store, order(number, names=names(f"host-{number}.example")))
            written += 1
            mine = Condition(F.NAME, Contains(f"host-{number}."))
            page = await indexes.router.search(OrderQuery(account_id=ACCOUNT, conditions=(mine,), limit=5))
            assert ([item.id for item in page.items], page.total) == ([number], 1)
            await edit(store, ACCOUNT, OrderId(number), email=f"even-{number % 2 == 0}@example.com")
            await asyncio.sleep(0)  # SQLite answers without ever letting another task run

    async def read(writers: list[asyncio.Task[None]]) -> None:
        even = (Condition(F.EMAIL, OneOf(("even-true@example.com",))),)
        while not all(writer.done() for writer in writers):
            await asyncio.sleep(0)
            before = written
            page = await indexes.router.search(OrderQuery(account_id=ACCOUNT, limit=10))
            assert before <= page.total <= written + len(writers)
            assert len(page.items) == min(page.total, 10)
            found = await indexes.router.search_in_full(
                OrderQuery(account_id=ACCOUNT, conditions=even, limit=100)
            )
            assert len(found.items) == found.total
            assert {item.order.details.email.lower() for item in found.items} <= {"even-true@example.com"}
            counted = await indexes.router.count_orders(ACCOUNT, order().created_at)
            assert sum(counted.by_product.values()) == counted.total >= page.total

    async with asyncio.TaskGroup() as group:
        group.create_task(follow(indexes, writers := []))
        for place_number, store in enumerate(stores):
            first = 1000 * (place_number + 1)
            writers.append(group.create_task(write(store, range(first, first + 25))))
        for _ in range(3):
            group.create_task(read(writers))
    assert indexes.router.answers["index"] > 3 * 25


async def follow(indexes: Indexes, writers: list[asyncio.Task[None]]) -> None:
    """Catch up in the background, too, as a server does."""
    following = asyncio.create_task(indexes.shelf.follow())
    await asyncio.sleep(0)
    await asyncio.wait(writers)
    following.cancel()


async def test_products_are_counted_by_their_names_as_they_are(opened: OpenStore, indexes: Indexes) -> None:
    for number, key in enumerate(("SSL-Plus", "ssl-plus", "ssl123"), start=2):
        await add_order(opened.store, order(number, product_key=ProductKey(key)))
    assert (await indexes.router.count_orders(ACCOUNT, order().created_at)).by_product == {
        "ssl123": 2,
        "SSL-Plus": 1,
        "ssl-plus": 1,
    }
    either = Condition(F.PRODUCT_KEY, OneOf(("SSL-plus",)))
    query = OrderQuery(account_id=ACCOUNT, conditions=(either,), limit=5)
    assert (await indexes.router.search(query)).total == 2
    assert indexes.router.answers == {"index": 2}


async def test_an_answer_includes_what_another_process_wrote_before(
    opened: OpenStore, indexes: Indexes
) -> None:
    elsewhere = await opened.another()
    for number in range(2, 6):
        await add_order(elsewhere, order(number, status=OrderStatus.PENDING))
        assert (await indexes.router.search(OrderQuery(account_id=ACCOUNT, limit=1))).total == number
    assert indexes.router.answers == {"index": 4}
