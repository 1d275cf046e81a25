"""CSRs read beside the server: the same as here, in their order, whatever becomes of the processes."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from certwright.ca import csr_processes
from certwright.ca.csr_processes import CSRProcesses
from certwright.domain.csr import CSRSubject, KeySpec, make_csr, parse_csr
from certwright.domain.errors import UnusableCSR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PEMS = [
    make_csr(
        CSRSubject(common_name=f"www{number}.example.com", organization="Bücher"), (), KeySpec.P256
    ).csr_pem
    for number in range(7)
]
TEXTS = [PEMS[number % 7] for number in range(600)]
TEXTS[3] = "junk"
TEXTS[599] = ""


@asynccontextmanager
async def processes(count: int) -> AsyncIterator[CSRProcesses]:
    reader = CSRProcesses(count)
    try:
        yield reader
    finally:
        await reader.close()


def children() -> list[int]:
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


async def check(reader: CSRProcesses) -> None:
    found = await reader.read_all(TEXTS)
    assert len(found) == len(TEXTS)
    for text, each in zip(TEXTS, found, strict=True):
        if isinstance(each, UnusableCSR):
            with pytest.raises(UnusableCSR) as caught:
                parse_csr(text)
            assert (each.message, each.faults) == (caught.value.message, caught.value.faults)
        else:
            assert each == parse_csr(text)


@pytest.mark.parametrize("count", [0, 1, 2])
async def test_reads_what_is_read_here(count: int) -> None:
    async with processes(count) as reader:
        await check(reader)


async def test_few_are_read_without_processes() -> None:
    before = children()
    async with processes(1) as reader:
        assert len(await reader.read_all(PEMS[:3])) == 3
        assert children() == before


async def test_few_do_not_wait_behind_thousands() -> None:
    before = set(children())
    async with processes(1) as reader:
        await check(reader)
        (child,) = set(children()) - before
        os.kill(child, signal.SIGSTOP)  # it is at work, for as long as we like
        many = asyncio.create_task(check(reader))
        await asyncio.sleep(0)
        assert len(await asyncio.wait_for(reader.read_all(PEMS), 20)) == len(PEMS)
        assert not many.done()
        os.kill(child, signal.SIGCONT)
        await many


async def test_text_that_can_not_be_sent_is_read_here() -> None:
    async with processes(1) as reader:
        found = await reader.read_all([*TEXTS[10:30], "\ud800"])
    assert [isinstance(each, UnusableCSR) for each in found] == [False] * 20 + [True]


async def test_several_ask_at_once() -> None:
    before = children()
    async with processes(1) as reader:
        await asyncio.gather(*(check(reader) for _ in range(5)))
        assert len(children()) == len(before) + 1
    assert children() == before


async def test_a_dead_process_is_replaced() -> None:
    before = set(children())
    async with processes(1) as reader:
        await check(reader)
        (first,) = set(children()) - before
        asked = [asyncio.create_task(check(reader)) for _ in range(3)]
        os.kill(first, signal.SIGKILL)
        await asyncio.gather(*asked)
        await check(reader)
        (second,) = set(children()) - before
        assert second != first


async def test_who_gives_up_does_not_take_anothers_answer() -> None:
    async with processes(1) as reader:
        await check(reader)
        given_up = asyncio.create_task(reader.read_all(PEMS * 10))
        others = [asyncio.create_task(check(reader)) for _ in range(2)]
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(*others)
        await check(reader)
    assert given_up.cancelled()


async def test_a_process_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    before = children()
    async with processes(1) as reader:
        await check(reader)
        (child,) = set(children()) - set(before)
        os.kill(child, signal.SIGSTOP)
        monkeypatch.setattr(csr_processes, "_PATIENCE_SECONDS", 0.2)
        await asyncio.wait_for(check(reader), 20)
        assert child not in children()
