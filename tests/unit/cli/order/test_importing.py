"""Importing a file: every line once, however often, and a rehearsal that tells the truth and keeps nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from certwright.cli.order.checking import Checker, checking
from certwright.cli.order.importing import Import, Tally
from certwright.cli.order.reading import Format, OrderFile, survey
from certwright.domain.status import OrderStatus

if TYPE_CHECKING:
    from pathlib import Path

    from certwright.cli.order.transport import Refusal
    from tests.support.server import Server


@dataclass
class Heard:
    """What an import told."""

    refusals: dict[int, str] = field(default_factory=dict)
    last: tuple[int, int, int] = (0, 0, 0)

    def refused(self, line: int, refusal: Refusal) -> None:
        self.refusals[line] = refusal.code

    def went_on(self, tally: Tally) -> None:
        self.last = tally.placed, tally.known, tally.refused


def order(number: int, **fields: Any) -> dict[str, Any]:
    return {"product": "positivessl", "common_name": f"host{number}.example.com", **fields}


def write(folder: Path, orders: list[dict[str, Any]], name: str = "orders.jsonl") -> OrderFile:
    path = folder / name
    path.write_text("".join(json.dumps(each) + "\n" for each in orders))
    return survey(path, Format.JSON_LINES)


async def bring_in(server: Server, file: OrderFile, *, rehearsed: bool = False) -> Heard:
    """Import a file as the account's administrator."""
    use, heard = server.program.use, Heard()
    checker = Checker(
        shape=file.shape,
        name=file.digest,
        folder=file.path.parent,
        catalogue=use.catalogue,
        blocklist=use.bulk_ordering.blocklist,
    )
    with checking(checker, 0) as check:
        done = await Import(use, await server.caller(), checker, heard, rehearsed=rehearsed).run(file, check)
    assert heard.last == (done.placed, done.known, done.refused)
    assert done.done == file.count
    return heard


async def count(server: Server) -> int:
    counts = await server.program.use.statistics.orders(await server.caller())
    return sum(counts.by_status.values())


async def test_every_line_is_placed_once(each_server: Server, tmp_path: Path) -> None:
    orders = [order(number) for number in range(1200)]
    orders[7] = order(7, term_years=99)
    orders[700] = order(700, organization_id=5)
    file = write(tmp_path, orders)
    first = await bring_in(each_server, file)
    assert (first.last, first.refusals) == ((1198, 0, 2), {8: "invalid_input", 701: "not_found"})
    again = await bring_in(each_server, file)
    assert (again.last, again.refusals) == ((0, 1198, 2), first.refusals)
    async with each_server.program.store.reading() as work:
        changes = await work.changes.list_after(each_server.account.account.id, 0, 2000)
        names = [
            (await work.orders.get(each_server.account.account.id, change.order_id)).common_name.name
            for change in changes
        ]
    assert names == [each["common_name"] for index, each in enumerate(orders) if index not in {7, 700}]


async def test_what_was_broken_off_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    """Half of the lines were placed by a run that ended in the middle of a part, as far as the next one can see."""
    orders = [order(number, alternative_order_id=f"N-{number}") for number in range(900)]
    await bring_in(server, write(tmp_path, orders[200:650:2], "some.jsonl"))
    rest = await bring_in(server, write(tmp_path, orders))
    assert rest.last == (675, 225, 0)
    assert await count(server) == 900


async def test_refused_lines_are_judged_anew(each_server: Server, tmp_path: Path) -> None:
    use, account_id = each_server.program.use, each_server.account.account.id
    await use.billing.set_credit_limit(account_id, Decimal(21))
    file = write(tmp_path, [order(number) for number in range(5)])  # at 7.00 each
    poor = await bring_in(each_server, file)
    assert (poor.last, set(poor.refusals.values())) == ((3, 0, 2), {"insufficient_funds"})
    await use.billing.top_up(account_id, Decimal(14))
    assert (await bring_in(each_server, file)).last == (2, 3, 0)
    assert (await use.billing.balance(account_id)).cents == -2100


async def test_another_file_is_placed_for_itself(server: Server, tmp_path: Path) -> None:
    """The same lines again are other orders, unless they carry numbers of their own."""
    orders = [order(1), order(2, alternative_order_id="N-2")]
    await bring_in(server, write(tmp_path, orders))
    again = await bring_in(server, write(tmp_path, [*orders, order(3, alternative_order_id="n-2")]))
    assert (again.last, again.refusals) == ((1, 1, 1), {3: "conflict"})


async def test_rehearsal_tells_what_would_be_refused(each_server: Server, tmp_path: Path) -> None:
    server = each_server
    await server.program.use.billing.set_credit_limit(server.account.account.id, Decimal(700 * 7))
    orders = [order(number) for number in range(800)]
    orders[3] = order(3, renewal_of_order_id=9)
    orders[4] = order(4, common_name="*.example.com")
    file = write(tmp_path, orders)
    rehearsed = await bring_in(server, file, rehearsed=True)
    assert await count(server) == 0
    assert rehearsed.last == (700, 0, 100)
    real = await bring_in(server, file)
    assert (real.last, real.refusals) == (rehearsed.last, rehearsed.refusals)
    after = await bring_in(server, file, rehearsed=True)
    assert (after.last, after.refusals) == ((0, 700, 100), rehearsed.refusals)


async def test_key_that_can_not_be_stored_is_refused_with_its_line(
    each_server: Server, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "product,names,alternative_order_id\npositivessl,a.example.com,a\0b\npositivessl,b.example.com,\n"
    )
    heard = await bring_in(each_server, survey(path, Format.CSV))
    assert (heard.last, heard.refusals) == ((1, 0, 1), {2: "invalid_input"})


async def test_imported_orders_go_on_like_any_other(server: Server, tmp_path: Path) -> None:
    await bring_in(server, write(tmp_path, [order(1), order(2)]))
    counts = await server.program.use.statistics.orders(await server.caller())
    assert counts.by_status == {OrderStatus.NEEDS_CSR: 2}
