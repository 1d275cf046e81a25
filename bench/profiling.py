"""Where does the time of a search request go, from the socket to the socket?

The server runs as always, but counts every millisecond of its processor time for a part of the work: that of the first
row below that any function on the stack belongs to. What runs between Python's functions (the event loop, sockets, the
database driver's own protocol) counts for the function that comes next, or for the last row if there is none.

``python -m bench.profiling FILE serve …`` is that server. SIGUSR1 begins to count, the next one ends it and writes the file.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.indexes import wait_until_held
from bench.pump import post, pump
from bench.server import serving

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

    from bench.accounts import Holder
    from bench.server import Site

_TICK_SECONDS = 0.001
_CLIENTS = 32
_WARM_UP_SECONDS = 0.3
_PATIENCE_SECONDS = 10.0

REST = "event loop, sockets, and the rest"
# What a part is called, and its functions: where their file lies, and their names, if not all.
_PARTS: tuple[tuple[str, tuple[tuple[str, frozenset[str]], ...]], ...] = (
    ("authentication", (("/webnic/auth.py", frozenset()), ("/shared/rate_limits.py", frozenset()))),
    (
        "body: reading, decoding, checking",
        (
            ("/routes/endpoint.py", frozenset({"read_json"})),
            ("/translate/search.py", frozenset({"order_query"})),
        ),
    ),
    (
        "answer: making, encoding",
        (("/routes/endpoint.py", frozenset({"respond"})), ("/translate/search.py", frozenset())),
    ),
    (
        "index",
        (
            ("/certwright/search/shelf.py", frozenset()),
            ("/certwright/search/questions.py", frozenset()),
            ("/certwright/search/book_index.py", frozenset()),
        ),
    ),
    ("the page's rows from the database", (("/certwright/store/", frozenset()),)),
    ("writing HTTP", (("/httptools_impl.py", frozenset({"send"})),)),
    ("worker", (("/services/worker.py", frozenset()),)),
    ("routing, middleware", (("/starlette/", frozenset()), ("/certwright/", frozenset()))),
    ("reading HTTP", (("/uvicorn/", frozenset()),)),
)
PARTS = (*(name for name, _ in _PARTS), REST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How many requests were answered, the processor time of one, and the share of each part in it."""

    requests: int
    cpu_us: float
    shares: Mapping[str, float]


async def profile(
    site: Site, holder: Holder, path: str, bodies: Mapping[str, Sequence[bytes]], *, seconds: float
) -> dict[str, Profile]:
    """Let a server answer requests of several kinds as fast as it can, and tell where its time went with each."""
    file = Path(site.environment["CERTWRIGHT_HOME"]) / "profile"
    profiles = {}
    async with serving(site, "bench.profiling", str(file)) as client:
        await wait_until_held(client, holder)
        token = await client.log_in(holder)
        for kind, some in bodies.items():
            requests = [post(path, body, token=token) for body in some]
            await pump(client.port, requests, clients=_CLIENTS, seconds=_WARM_UP_SECONDS)
            used = client.cpu_seconds()
            os.kill(client.process_id, signal.SIGUSR1)
            answered = await pump(client.port, requests, clients=_CLIENTS, seconds=seconds)
            os.kill(client.process_id, signal.SIGUSR1)
            used = client.cpu_seconds() - used
            counted = await asyncio.to_thread(_wait_for_counts, file)
            shares = {part: counted.get(part, 0) / sum(counted.values()) for part in PARTS}
            count = answered.sample.count
            profiles[kind] = Profile(requests=count, cpu_us=1e6 * used / count, shares=shares)
    return profiles


def _wait_for_counts(file: Path) -> dict[str, int]:
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while not file.exists():
        if time.monotonic() > give_up_at:
            raise TimeoutError("The server did not write what it counted")
        time.sleep(0.05)
    counted: dict[str, int] = json.loads(file.read_text(encoding="ascii"))
    file.unlink()
    return counted


class _Sampler:
    """Counts what the main thread is at, every so much processor time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._counts: Counter[str] = Counter()
        self._is_on = False

    def install(self) -> None:
        """Wait for the signals."""
        signal.signal(signal.SIGPROF, self._take)
        signal.signal(signal.SIGUSR1, self._switch)

    def _switch(self, _number: int, _frame: FrameType | None) -> None:
        self._is_on = not self._is_on
        signal.setitimer(signal.ITIMER_PROF, *([_TICK_SECONDS] * 2 if self._is_on else [0.0]))
        if not self._is_on:
            made = self._file.with_suffix(".new")
            made.write_text(json.dumps(self._counts), encoding="ascii")
            made.rename(self._file)
            self._counts.clear()

    def _take(self, _number: int, frame: FrameType | None) -> None:
        stack = []
        while frame is not None:
            stack.append((frame.f_code.co_filename, frame.f_code.co_name))
            frame = frame.f_back
        self._counts[_part_of(stack)] += 1


def _part_of(stack: Sequence[tuple[str, str]]) -> str:
    stack = [each for each in stack if "/bench/" not in each[0] and "/cli/" not in each[0]]
    for part, functions in _PARTS:
        for where, names in functions:
            if any(where in file and (not names or name in names) for file, name in stack):
                return part
    return REST


def main() -> None:
    """Be the server, and count."""
    file, *arguments = sys.argv[1:]
    _Sampler(Path(file)).install()
    from certwright.cli.main import main as certwright

    certwright(arguments)


if __name__ == "__main__":
    main()
