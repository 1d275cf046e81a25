"""What changed, as the history of an order and as a log that is followed."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.account import KeyKind, Role
from certwright.domain.errors import InvalidInput, LimitExceeded, Unavailable
from certwright.domain.status import Action
from tests.support.orders import NAME, new_order, place, script_caa, script_probe
from tests.support.server import running_server

if TYPE_CHECKING:
    from pathlib import Path

    from certwright.domain.account import Caller
    from certwright.domain.query import ChangePage
    from tests.support.server import Server

AT_ONCE = timedelta(0)
LONG = timedelta(seconds=60)


async def limited_caller(server: Server, name: str = "limited") -> Caller:
    """Make a key that sees only orders of its own."""
    use = server.program.use.accounts
    new = await use.create_key(server.account.account.id, KeyKind.DIGICERT, name, Role.LIMITED)
    return await use.authenticate_key(new.secret)


async def place_as(server: Server, caller: Caller) -> int:
    return (await server.program.use.ordering.place(caller, new_order(server))).order.id


def sequences(page: ChangePage) -> list[int]:
    return [each.change.sequence for each in page.items]


async def test_history_is_whole_and_in_order(server: Server) -> None:
    script_probe(server, NAME)
    script_caa(server)
    view = await place(server)
    await server.work()
    history = await server.program.use.feed.history(await server.caller(), view.order.id)
    assert [change.action for change in history] == [Action.PLACE, Action.SUBMIT, Action.ISSUE]
    assert [change.sequence for change in history] == [1, 2, 3]
    assert [str(change.actor) for change in history] == [f"key:{view.order.placed_by}", "worker", "ca"]
    assert all(change.reason for change in history)


async def test_log_is_read_page_by_page(each_server: Server) -> None:
    use, caller = each_server.program.use.feed, await each_server.caller()
    for _ in range(5):
        await place(each_server)
    first = await use.read(caller, after=0, limit=2)
    assert (sequences(first), first.cursor, first.has_more) == ([1, 2], 2, True)
    rest = await use.read(caller, after=first.cursor, limit=3)
    assert (sequences(rest), rest.cursor, rest.has_more) == ([3, 4, 5], 5, False)
    end = await use.read(caller, after=rest.cursor, limit=3)
    assert (end.items, end.cursor, end.has_more) == ((), 5, False)
    assert await use.find_end(caller.account_id) == 5
    other = await each_server.program.use.accounts.authenticate_key(each_server.other.digicert.secret)
    assert (await use.read(other, after=0, limit=10)).items == ()


async def test_cursor_behind_the_end_is_no_cursor_of_this_log(server: Server) -> None:
    """Else whoever kept the cursor of a database that was set back would wait for ever and miss what comes."""
    use, caller = server.program.use.feed, await server.caller()
    await place(server)
    await use.read(caller, after=1, limit=1)
    with pytest.raises(InvalidInput, match="ends at 1") as refused:
        await use.read(caller, after=2, limit=1)
    assert refused.value.faults[0].field == "after"


async def test_key_that_sees_its_own_orders_sees_only_their_changes(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    use = server.program.use.feed
    one, two = await limited_caller(server, "one"), await limited_caller(server, "two")
    orders = [await place_as(server, caller) for caller in (one, two, two, one, two)]
    page = await use.read(one, after=0, limit=4)
    assert [each.change.order_id for each in page.items] == [orders[0], orders[3]]
    assert (sequences(page), page.cursor, page.has_more) == ([1, 4], 5, False)
    first = await use.read(one, after=0, limit=1)
    assert (sequences(first), first.cursor, first.has_more) == ([1], 1, True)
    assert sequences(await use.read(two, after=0, limit=9)) == [2, 3, 5]
    monkeypatch.setattr("certwright.services.feed._LOOKED_AT", 2)
    pages = [await use.read(one, after=cursor, limit=1) for cursor in (0, 1, 3, 4)]
    assert [(sequences(page), page.cursor, page.has_more) for page in pages] == [
        ([1], 2, True),
        ([], 3, True),
        ([4], 5, False),
        ([], 5, False),
    ]


async def test_follower_waits_for_the_next_change(each_server: Server) -> None:
    caller = await each_server.caller()
    with each_server.program.use.feed.follow(caller) as follower:
        waiting = asyncio.create_task(follower.read(after=0, limit=10, wait=LONG))
        await place(each_server)
        assert sequences(await waiting) == [1]
        assert (await follower.read(after=1, limit=10, wait=AT_ONCE)).items == ()
        in_vain = await follower.read(after=1, limit=10, wait=timedelta(milliseconds=5))
        assert (in_vain.items, in_vain.cursor) == ((), 1)


async def test_follower_passes_over_what_it_may_not_see(server: Server) -> None:
    one, two = await limited_caller(server, "one"), await limited_caller(server, "two")
    with server.program.use.feed.follow(one) as follower:
        for _ in range(3):
            await place_as(server, two)
        waiting = asyncio.create_task(follower.read(after=0, limit=1, wait=LONG))
        await place_as(server, two)
        await place_as(server, one)
        page = await waiting
        assert (sequences(page), page.cursor) == ([5], 5)


async def test_waiting_holds_no_connection(tmp_path: Path, fresh_database_url: str) -> None:
    """Ten wait beside a pool of two connections, and orders are placed as ever."""
    environment = {
        "CERTWRIGHT_DATABASE_URL": fresh_database_url,
        "CERTWRIGHT_DATABASE_MAX_CONNECTIONS": "2",
    }
    async with running_server(tmp_path, **environment) as server:
        caller = await server.caller()
        with ExitStack() as stack:
            followers = [stack.enter_context(server.program.use.feed.follow(caller)) for _ in range(10)]
            waits = [asyncio.create_task(one.read(after=0, limit=10, wait=LONG)) for one in followers]
            await place(server)
            assert [sequences(page) for page in await asyncio.gather(*waits)] == [[1]] * 10


async def test_followers_of_an_account_are_counted(tmp_path: Path) -> None:
    async with running_server(tmp_path, CERTWRIGHT_NATIVE_FOLLOWERS_PER_ACCOUNT="2") as server:
        use, caller = server.program.use.feed, await server.caller()
        other = await server.program.use.accounts.authenticate_key(server.other.digicert.secret)
        with use.follow(caller):
            with use.follow(caller):
                with pytest.raises(LimitExceeded, match="2 streams") as refused, use.follow(caller):
                    pass
                assert refused.value.retry_after_seconds
                with use.follow(other):
                    pass
            with use.follow(caller):
                pass
        assert use._followers == {}


async def test_end_of_the_server_ends_all_waiting(server: Server) -> None:
    use, caller = server.program.use.feed, await server.caller()
    with use.follow(caller) as follower:
        waiting = asyncio.create_task(follower.read(after=0, limit=10, wait=LONG))
        await asyncio.sleep(0)
        use.close()
        assert (await waiting).items == ()
        assert follower.is_over
        await place(server)
        assert sequences(await follower.read(after=0, limit=10, wait=LONG)) == [1]
    with pytest.raises(Unavailable), use.follow(caller):
        pass
