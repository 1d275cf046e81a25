"""CAA records are kept for as long as their zones allow, shared by those who ask together, and failures never."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.cli.demo.challenge_servers import DNSServer
from certwright.dcv.caa_records import CAARecords
from certwright.dcv.resolver import Answer, LookupFailed, Resolver
from tests.support.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NAME = "example.test"
TTL_SECONDS = 300


@pytest.fixture
async def dns() -> AsyncIterator[DNSServer]:
    async with DNSServer(ttl_seconds=TTL_SECONDS) as server:
        yield server


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def records(dns: DNSServer, clock: FrozenClock) -> CAARecords:
    return CAARecords(Resolver([dns.address]), clock)


def asked(dns: DNSServer, name: str = NAME) -> int:
    return dns.queries[name, "CAA"]


@pytest.mark.parametrize("values", [['0 issue "ca.test"'], []])
async def test_answer_is_kept_until_its_ttl_is_over(
    dns: DNSServer, records: CAARecords, clock: FrozenClock, values: list[str]
) -> None:
    dns.publish(NAME, "CAA", *values)
    first = await records.find(NAME)
    clock.advance(timedelta(seconds=TTL_SECONDS) - timedelta(microseconds=1))
    assert await records.find(NAME) is first
    assert asked(dns) == 1
    clock.advance(timedelta(microseconds=1))
    dns.publish(NAME, "CAA", '0 issue "other.test"')
    assert [record.value for record in (await records.find(NAME)).records] == [b"other.test"]
    assert asked(dns) == 2


async def test_nothing_is_kept_for_longer_than_eight_hours(
    dns: DNSServer, records: CAARecords, clock: FrozenClock
) -> None:
    dns.ttl_seconds = 10**6
    await records.find(NAME)
    clock.advance(timedelta(hours=8) - timedelta(seconds=1))
    await records.find(NAME)
    assert asked(dns) == 1
    clock.advance(timedelta(seconds=1))
    await records.find(NAME)
    assert asked(dns) == 2


async def test_zone_that_lets_nothing_be_kept_is_asked_each_time(dns: DNSServer, records: CAARecords) -> None:
    dns.ttl_seconds = 0
    for _ in range(3):
        await records.find(NAME)
    assert asked(dns) == 3


async def test_failure_is_not_kept(dns: DNSServer, records: CAARecords) -> None:
    dns.fail(NAME, "CAA")
    for _ in range(2):
        with pytest.raises(LookupFailed):
            await records.find(NAME)
    dns._failing.clear()
    assert await records.find(NAME) == Answer(exists=False)


async def test_those_who_ask_together_share_a_look_up(dns: DNSServer, records: CAARecords) -> None:
    dns.ttl_seconds = 0
    tasks = [asyncio.create_task(records.find(NAME)) for _ in range(20)]
    await asyncio.sleep(0)
    tasks[0].cancel()  # the one who asked first
    with suppress(asyncio.CancelledError):
        await tasks[0]
    assert await asyncio.gather(*tasks[1:]) == [Answer(exists=False)] * 19
    assert asked(dns) == 1


async def test_those_who_share_a_look_up_share_its_failure(dns: DNSServer, records: CAARecords) -> None:
    dns.fail(NAME)
    results = await asyncio.gather(*(records.find(NAME) for _ in range(5)), return_exceptions=True)
    assert all(isinstance(result, LookupFailed) for result in results)


async def test_names_asked_for_long_ago_are_forgotten_first(dns: DNSServer, clock: FrozenClock) -> None:
    records = CAARecords(Resolver([dns.address]), clock, most=2)
    for name in ("a.test", "b.test", "a.test", "c.test", "a.test", "b.test"):
        await records.find(name)
    assert [asked(dns, f"{letter}.test") for letter in "abc"] == [1, 2, 1]
