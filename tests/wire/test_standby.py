"""Reports from a real streaming standby: where it has all that the account did, and from the primary where it has not."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.bootstrap.database import open_engine
from certwright.domain.errors import StaleRecord
from certwright.services.ports import BookState
from certwright.store.standby import PassedOverError
from tests.support.installed import free_port
from tests.support.postgres import fresh_database, running_postgres, running_standby
from tests.support.server import running_server
from tests.wire.digicert.given import API, place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from certwright.store.standby import Standby
    from tests.support.postgres import RunningStandby
    from tests.support.server import Server

NAMES = ("shop.example.com", "mail.example.com", "news.example.com")
CATCH_UP_SECONDS = 20


@pytest.fixture(scope="module")
def primary_url() -> Iterator[str]:
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="module")
def shared_standby(primary_url: str) -> Iterator[RunningStandby]:
    with running_standby(primary_url) as standby:
        yield standby


@pytest.fixture
def running(shared_standby: RunningStandby) -> Iterator[RunningStandby]:
    """A standby that follows again after the test, whatever the test did."""
    yield shared_standby
    shared_standby.run("SELECT pg_wal_replay_resume()")


@asynccontextmanager
async def served(primary_url: str, standby_url: str, home: Path) -> AsyncIterator[Server]:
    """Run a server on a fresh database of a primary and its standby."""
    with fresh_database(primary_url) as url:
        environment = {
            "CERTWRIGHT_DATABASE_URL": url,
            "CERTWRIGHT_DATABASE_STANDBY_URL": f"{standby_url.rpartition('/')[0]}/{url.rpartition('/')[2]}",
        }
        async with running_server(home, **environment) as server:
            yield server


@pytest.fixture
async def server(primary_url: str, running: RunningStandby, tmp_path: Path) -> AsyncIterator[Server]:
    async with served(primary_url, running.url, tmp_path) as server:
        yield server


def standby_of(server: Server) -> Standby:
    """Return what reads the server's standby."""
    assert server.program.store.standby is not None
    return server.program.store.standby


async def run_on_primary(server: Server, statement: str) -> list[Any]:
    """Run a statement beside the server."""
    engine = await open_engine(server.program.settings)
    try:
        async with engine.writing() as connection:
            return await connection.fetch(statement)
    finally:
        await engine.close()


async def catch_up(server: Server, standby: RunningStandby) -> None:
    """Wait until the standby has replayed all that is written.

    What is waited for is a message of our own behind it: between two records the log's end may be told as lying behind the
    head of the next page, where no standby gets before there is another record.
    """
    ((written,),) = await run_on_primary(server, "SELECT pg_logical_emit_message(true, '', '')::text")
    give_up_at = time.monotonic() + CATCH_UP_SECONDS
    while standby.run(f"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn") != "t":
        assert time.monotonic() < give_up_at, "The standby does not catch up"
        await asyncio.sleep(0.05)


async def reported(server: Server) -> list[list[str] | int]:
    """Ask all that a standby may answer: names found, how many orders there are, placed and changed."""
    found = await server.webnic("POST", "/ssl/v2/orders/search", json={})
    figures = await server.webnic("GET", "/ssl/v2/orders/statistics")
    graph = await server.program.use.statistics.months(await server.caller(), UTC)
    changed = await server.digicert("GET", f"{API}/order/certificate/status-changes?minutes=10")
    assert (found.status_code, figures.status_code, changed.status_code) == (200, 200, 200)
    counted = await server.program.use.statistics.orders(await server.caller())
    return [
        [item["commonName"] for item in found.json()["data"]["items"]],
        counted.total,
        sum(month.total for month in graph),
        len(changed.json().get("orders", [])),
    ]


async def test_reports_come_from_the_standby(server: Server, running: RunningStandby) -> None:
    """What is changed behind the book's back, on the primary alone, would be seen there."""
    await place(server, NAMES[0])
    await catch_up(server, running)
    running.run("SELECT pg_wal_replay_pause()")
    await run_on_primary(server, "UPDATE orders SET common_name = 'primary.example' RETURNING id")
    assert await reported(server) == [[NAMES[0]], 1, 1, 1]
    assert standby_of(server).answered == 5
    assert not standby_of(server).passed_over
    in_full = await server.digicert("GET", f"{API}/order/certificate")
    assert standby_of(server).answered == 5, "an order in full is more than the book's state speaks for"
    assert in_full.json()["page"]["total"] == 1


async def test_own_writes_are_seen_at_once(server: Server, running: RunningStandby) -> None:
    await place(server, NAMES[0])
    await catch_up(server, running)
    running.run("SELECT pg_wal_replay_pause()")
    placed = await place(server, NAMES[1])
    both = [[NAMES[1], NAMES[0]], 2, 2, 2]
    assert await reported(server) == both
    assert standby_of(server).passed_over == {"behind": 5}
    cancel = {"status": "canceled", "note": "Not wanted"}
    path = f"{API}/order/certificate/{placed['id']}/status"
    assert (await server.digicert("PUT", path, json=cancel)).status_code == 204
    canceled = await server.webnic(
        "POST",
        "/ssl/v2/orders/search",
        json={"filters": [{"field": "orderStatus", "operator": "EQUAL", "value": "CANCELLED"}]},
    )
    assert canceled.json()["data"]["totalItems"] == 1

    # Another account did nothing meanwhile: the standby knows all of it.
    other = await server.webnic("POST", "/ssl/v2/orders/search", json={}, account=server.other)
    assert other.json()["data"]["totalItems"] == 0
    assert standby_of(server).answered == 1

    running.run("SELECT pg_wal_replay_resume()")
    await catch_up(server, running)
    assert await reported(server) == both
    assert standby_of(server).answered == 6
    assert (
        'certwright_standby_reports_total{outcome="behind"} 6.0' in (await server.http.get("/metrics")).text
    )


async def test_account_that_is_not_there_yet_is_read_on_the_primary(
    server: Server, running: RunningStandby
) -> None:
    await catch_up(server, running)
    running.run("SELECT pg_wal_replay_pause()")
    new = await server.program.use.accounts.create("New account")
    found = await server.webnic("POST", "/ssl/v2/orders/search", json={}, account=new)
    assert found.json()["data"]["totalItems"] == 0
    assert standby_of(server).passed_over == {"behind": 1}


async def test_dead_standby_is_not_missed(primary_url: str, tmp_path: Path) -> None:
    with running_standby(primary_url) as standby:
        async with served(primary_url, standby.url, tmp_path) as server:
            await place(server, NAMES[0])
            await catch_up(server, standby)
            assert await reported(server) == [[NAMES[0]], 1, 1, 1]
            assert standby_of(server).answered == 5
            standby.kill()
            assert await reported(server) == [[NAMES[0]], 1, 1, 1]
            await place(server, NAMES[1])
            assert await reported(server) == [[NAMES[1], NAMES[0]], 2, 2, 2]
            assert standby_of(server).passed_over == {"away": 10}


async def test_report_that_is_broken_off_is_given_up(server: Server, running: RunningStandby) -> None:
    await catch_up(server, running)
    account_id = server.account.account.id

    async def ask(_connection: object) -> int:
        raise StaleRecord("The database found a conflict")

    with pytest.raises(PassedOverError):
        await standby_of(server).read(account_id, BookState(), ask)
    assert standby_of(server).passed_over == {"interrupted": 1}
    assert await reported(server) == [[], 0, 0, 0]
    assert standby_of(server).answered == 5


async def test_standby_need_not_be_there_at_the_start(primary_url: str, tmp_path: Path) -> None:
    nowhere = f"postgresql://certwright:secret@127.0.0.1:{free_port()}/none"
    async with served(primary_url, nowhere, tmp_path) as server:
        await place(server, NAMES[0])
        server.clock.advance(timedelta(seconds=1))
        assert await reported(server) == [[NAMES[0]], 1, 1, 1]
        assert standby_of(server).passed_over == {"away": 5}
