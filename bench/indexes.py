"""How long does it take to make the index of a book, to start from it, and how much memory does it need?"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.server import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.accounts import Holder
    from bench.server import Client, Site
    from certwright.bootstrap import Program

_THRESHOLD = "CERTWRIGHT_SEARCH_INDEX_ORDERS"
NEVER = {_THRESHOLD: "0"}

_LONGEST_WAIT_SECONDS = 120
_HELD = re.compile(r"^certwright_search_index_orders\{account=\"(\d+)\"\} ([0-9.e+]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How an index was made; the processor time is that of its process, not of PostgreSQL."""

    cpu_seconds: float
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """How a server was started from an index; ``memory_bytes`` is by how much that lets it grow."""

    seconds: float
    memory_bytes: int


def of_largest(size: int) -> dict[str, str]:
    """Return settings under which a book of this size gets an index, but not the smaller ones beside it."""
    return {_THRESHOLD: str(max(1, size // 2))}


async def make(site: Site, holder: Holder) -> Snapshot:
    """Make the snapshot of an account's index in a process of its own, from the whole book."""
    cpu_seconds = await asyncio.to_thread(_build, site, holder)
    folder = Path(site.environment["CERTWRIGHT_HOME"]) / "search"
    return Snapshot(
        cpu_seconds=cpu_seconds,
        bytes=max(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
    )


def _build(site: Site, holder: Holder) -> float:
    command = [sys.executable, "-m", "certwright", "search", "build", "--account", str(holder.account_id)]
    process = subprocess.Popen(
        command, env={**os.environ, **site.environment}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, "The index was not made; the fault is above"
    return usage.ru_utime + usage.ru_stime


@asynccontextmanager
async def serving_indexed(site: Site, holder: Holder) -> AsyncIterator[tuple[Client, Started]]:
    """Run the server, and wait until it answers from the index."""
    async with serving(site.with_settings(NEVER)) as client:
        without = _memory_bytes(client)
    begun = time.perf_counter()
    async with serving(site) as client:
        await wait_until_held(client, holder)
        yield (
            client,
            Started(
                seconds=time.perf_counter() - begun,
                memory_bytes=_memory_bytes(client) - without,
            ),
        )


@asynccontextmanager
async def indexes_kept(program: Program) -> AsyncIterator[None]:
    """Keep the indexes of this process, from the snapshots that are there."""
    keeper = program.searching.keeper
    assert keeper is not None
    await keeper.look_after()
    keeping = asyncio.create_task(keeper.run())
    try:
        yield
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


async def wait_until_held(client: Client, holder: Holder) -> None:
    """Wait until a server answers from an account's index.

    Raises:
        TimeoutError: it does not.
    """
    give_up_at = time.monotonic() + _LONGEST_WAIT_SECONDS
    while time.monotonic() < give_up_at:
        async with client.session.get(client.base_url + "/metrics") as answer:
            held = {int(account) for account, _ in _HELD.findall(await answer.text())}
        if holder.account_id in held:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("The server did not take up the index")


def _memory_bytes(client: Client) -> int:
    status = Path(f"/proc/{client.process_id}/status").read_text(encoding="ascii")
    (kilobytes,) = re.findall(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    return 1024 * int(kilobytes)
