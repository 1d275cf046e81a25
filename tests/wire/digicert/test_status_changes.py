"""Status change list: every rule of the time frame, the zone, and what is left out, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.wire.digicert.given import API, ORDER, place

if TYPE_CHECKING:
    import httpx2

    from tests.support.server import Server

PATH = f"{API}/order/certificate/status-changes"

# The clock of the tests stands at 2026-11-22 12:00:00 UTC, which is 05:00:00 in Denver.
HOUR_AROUND_NOW = (
    "2026-11-22 04:30:00...2026-11-22 05:30:00",
    "2026-11-22+04:30:00...2026-11-22+05:30:00",
    "2026-11-22T04:30:00...2026-11-22T05:30:00",
    "2026-11-22+4:30:0...2026-11-22+5:30:0",
    "26-11-22+04:30:00...26-11-22+05:30:00",
    "2026-11-22T11:30:00Z...2026-11-22T12:30:00Z",
    "2026-11-22T11:30:00+00:00...2026-11-22T12:30:00+00:00",
    "2026-11-22+04:30:00...",
    "2026-11-22...2026-11-22",
    "2026-11-16...2026-11-22",
)
HOUR_BEFORE_NOW = (
    "2026-11-22+03:30:00...2026-11-22+04:30:00",
    "2026-11-22+11:30:00...2026-11-22+12:30:00",
    "2026-11-21...2026-11-21",
    "2026-11-15...2026-11-21",
)
WRONG = (
    "minutes=0x10",
    "minutes=1.5",
    "minutes=-10",
    "minutes=%D9%A1%D9%A0",
    "minutes=ten&seconds=5",
    "seconds=1e3",
    "minutes=%00",
    "filters[status_last_updated]=",
    "filters[status_last_updated]=...",
    "filters[status_last_updated]=soon...later",
    "filters[status_last_updated]=2026-13-01...2026-13-02",
    "filters[status_last_updated]=2026-02-30...2026-03-01",
    "filters[status_last_updated]=2026-11-22+25:00:00...2026-11-23",
    "filters[status_last_updated]=0-1-1...0-1-2",
    "filters[status_last_updated]=9999-12-31...9999-12-31",
    "filters[status_last_updated]=12345-01-01...12345-01-02",
    "filters[status_last_updated]=2026-11-22%00...2026-11-23",
    "filters[status_last_updated]=2026-11-22T00:00:00-99:99...2026-11-23",
    "filters[status_last_updated]=2027-01-01...",
    "minutes=10&limit=-1",
    "minutes=10&offset=99999999999",
)
TOO_LONG = (
    "minutes=10081",
    "seconds=604801",
    "minutes=10080&seconds=1",
    f"minutes={10**400}",
    f"seconds={'9' * 5000}",
    "minutes=999999999",
    "filters[status_last_updated]=1-1-1+0:0:0...2026-11-23+0:0:0",
    "filters[status_last_updated]=2026-11-01...",
    "filters[status_last_updated]=2026-11-01+00:00:00...2026-11-08+00:00:01",
)


async def _ask(server: Server, query: str) -> httpx2.Response:
    return await server.digicert("GET", f"{PATH}?{query}")


async def _ids(server: Server, query: str) -> list[int]:
    response = await _ask(server, query)
    assert response.status_code == 200, response.text
    return [row["order_id"] for row in response.json().get("orders", [])]


async def test_window_reaches_back_from_now_and_holds_both_ends(each_server: Server) -> None:
    server = each_server
    await place(server)
    server.clock.advance(timedelta(seconds=90))
    assert await _ids(server, "seconds=90") == [ORDER]
    assert await _ids(server, "minutes=1&seconds=30") == [ORDER]
    assert await _ids(server, "seconds=89") == []
    assert await _ids(server, "minutes=1") == []
    assert await _ids(server, "minutes=0") == []
    server.clock.advance(timedelta(days=7) - timedelta(seconds=90))
    assert await _ids(server, "minutes=10080") == [ORDER]
    assert await _ids(server, "minutes=0&seconds=604800") == [ORDER]
    server.clock.advance(timedelta(seconds=1))
    assert await _ids(server, "minutes=10080") == []


@pytest.mark.parametrize("written", HOUR_AROUND_NOW)
async def test_dates_may_be_written_in_many_ways(server: Server, written: str) -> None:
    await place(server)
    assert await _ids(server, f"filters%5Bstatus_last_updated%5D={quote(written)}") == [ORDER]
    # Unencoded, a plus sign is a space.
    assert await _ids(server, f"filters[status_last_updated]={written.replace(' ', '+')}") == [ORDER]


@pytest.mark.parametrize("written", HOUR_BEFORE_NOW)
async def test_dates_are_those_of_denver(server: Server, written: str) -> None:
    await place(server)
    assert await _ids(server, f"filters[status_last_updated]={written}") == []


async def test_range_holds_its_last_second_whole(server: Server) -> None:
    server.clock.advance(timedelta(microseconds=999_999))
    await place(server)
    assert await _ids(server, "filters[status_last_updated]=2026-11-22+04:00:00...2026-11-22+05:00:00") == [
        ORDER
    ]
    assert await _ids(server, "filters[status_last_updated]=2026-11-22+04:00:00...2026-11-22+04:59:59") == []


async def test_week_in_which_clocks_change_is_a_week(server: Server) -> None:
    """The week of 1 to 7 November 2026 has an hour more in Denver."""
    assert await _ids(server, "filters[status_last_updated]=2026-11-01...2026-11-07") == []
    assert await _ids(server, "filters[status_last_updated]=2026-03-08+00:00:00...2026-03-15+00:00:00") == []


async def test_order_that_changed_again_is_left_out_of_the_earlier_range(each_server: Server) -> None:
    """The frame is asked of the last change, and the status told is the present one."""
    server = each_server
    await place(server)
    await place(server, "other.example.com")
    server.clock.advance(timedelta(days=1))
    answer = await server.digicert(
        "PUT", f"{API}/order/certificate/{ORDER}/status", json={"status": "canceled", "note": "Not wanted"}
    )
    assert answer.status_code == 204
    assert await _ids(server, "filters[status_last_updated]=2026-11-22...2026-11-22") == [ORDER + 1]
    assert await _ids(server, "filters[status_last_updated]=2026-11-22...2026-11-23") == [ORDER + 1, ORDER]
    response = await _ask(server, "filters[status_last_updated]=2026-11-23...2026-11-23")
    assert response.json() == {
        "orders": [{"order_id": ORDER, "certificate_id": 500001, "status": "canceled"}]
    }


async def test_range_and_minutes_together_mean_what_they_share(server: Server) -> None:
    await place(server)
    server.clock.advance(timedelta(hours=2))
    await place(server, "other.example.com")
    whole_day = "filters[status_last_updated]=2026-11-22...2026-11-22"
    assert await _ids(server, whole_day) == [ORDER + 1, ORDER]
    assert await _ids(server, f"{whole_day}&minutes=60") == [ORDER + 1]
    assert await _ids(server, "filters[status_last_updated]=2026-11-21...2026-11-21&minutes=60") == []


async def test_rows_come_by_descending_id_whatever_changed_last(each_server: Server) -> None:
    server = each_server
    for number in range(3):
        await place(server, f"shop{number}.example.com")
        server.clock.advance(timedelta(seconds=1))
    cancel = {"status": "canceled", "note": "Not wanted"}
    await server.digicert("PUT", f"{API}/order/certificate/{ORDER}/status", json=cancel)
    ids = [ORDER + 2, ORDER + 1, ORDER]
    assert await _ids(server, "minutes=5") == ids
    assert await _ids(server, "minutes=5&sort=order_id") == ids[::-1]
    assert await _ids(server, "minutes=5&sort=-order_id") == ids
    assert await _ids(server, "minutes=5&limit=2") == ids[:2]
    assert await _ids(server, "minutes=5&limit=2&offset=2") == ids[2:]
    assert await _ids(server, "minutes=5&limit=0") == ids
    assert await _ids(server, "minutes=5&offset=7") == []
    assert await _ids(server, "minutes=5&filters[status]=canceled") == [ORDER]
    assert await _ids(server, "minutes=5&filters[status]=canceled&sort=order_id&limit=1") == [ORDER]


async def test_orders_of_other_accounts_are_not_told(each_server: Server) -> None:
    server = each_server
    await place(server, account=server.other)
    assert await _ids(server, "minutes=10080") == []
    assert await _ids(server, "minutes=10080&sort=order_id") == []


@pytest.mark.parametrize("query", WRONG)
async def test_frames_that_cannot_be_read(server: Server, query: str) -> None:
    response = await _ask(server, query)
    assert response.status_code == 400, response.text
    assert response.json()["errors"][0]["code"].startswith(("invalid_value:", "required_param:"))


@pytest.mark.parametrize("query", TOO_LONG, ids=lambda query: query[:40])
async def test_frames_longer_than_a_week(server: Server, query: str) -> None:
    response = await _ask(server, query)
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "time_frame_too_long"


async def test_year_one_is_a_frame_without_rows(each_server: Server) -> None:
    """Keyfactor's gateway writes its empty time so."""
    assert await _ids(each_server, "filters[status_last_updated]=1-1-2+0:0:0...1-1-3+0:0:0") == []
    assert await _ids(each_server, "filters[status_last_updated]=9999-12-30...9999-12-30") == []


async def test_frame_of_an_expired_certificate(server: Server) -> None:
    """Status changes that nobody asked for are told like those that somebody did."""
    placed: dict[str, Any] = await place(server)
    await server.prove("shop.example.com", placed["dcv_random_value"])
    await server.work()
    server.clock.advance(datetime(2027, 6, 10, tzinfo=UTC) - server.clock.now())
    await server.work()
    response = await _ask(server, "minutes=1")
    assert response.json() == {"orders": [{"order_id": ORDER, "certificate_id": 500001, "status": "expired"}]}
