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

ALWAYS = {"CERTWRIGHT_SEARCH_INDEX_ORDERS": "1"}
"""Settings under which books of every size get an index."""

NEVER = {"CERTWRIGHT_SEARCH_INDEX_ORDERS": "0"}

_LONGEST_WAIT_SECONDS = 120
_HELD = re.compile(r"^certwright_search_index_orders\{account=\"(\d+)\"\} ([0-9.e+]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """How an index was made and started from; ``memory_bytes`` is by how much it lets the server grow."""

    build_seconds: float
    snapshot_bytes: int
    start_seconds: float
    memory_bytes: int


async def make(site: Site, holder: Holder) -> tuple[float, int]:
    """Make the snapshot of an account's index in a process of its own; return its seconds and its bytes."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "certwright", "search", "build", "--account", str(holder.account_id)]
    environment = {**os.environ, **site.environment}
    await asyncio.to_thread(subprocess.run, command, env=environment, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - begun
    folder = Path(site.environment["CERTWRIGHT_HOME"]) / "search"
    return seconds, max(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@asynccontextmanager
async def serving_indexed(site: Site, holder: Holder) -> AsyncIterator[tuple[Client, Made]]:
    """Make the index, run the server, and wait until it answers from the index."""
    build_seconds, snapshot_bytes = await make(site, holder)
    async with serving(site.with_settings(NEVER)) as client:
        without = _memory_bytes(client)
    begun = time.perf_counter()
    async with serving(site) as client:
        await _wait_until_held(client, holder)
        yield (
            client,
            Made(
                build_seconds=build_seconds,
                snapshot_bytes=snapshot_bytes,
                start_seconds=time.perf_counter() - begun,
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


async def _wait_until_held(client: Client, holder: Holder) -> None:
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
