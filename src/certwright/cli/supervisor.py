"""A process that starts others of this program and keeps them running until it is told to end.

A process that ends by itself is started again after a pause, which doubles while it keeps ending soon. The end of all
is asked for by SIGTERM; who does not heed it in time is killed. Each child holds the reading end of a pipe as its
standard input, whose other end only the parent has: when the parent is gone, however it went, the pipe says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from asyncio.subprocess import PIPE
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Coroutine, Mapping, Sequence

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_SETTLED_SECONDS = 60.0
_PATIENCE_SECONDS = 30.0

_log = structlog.get_logger(__name__)


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    return stopped


def stop_when_orphaned(stopped: asyncio.Event) -> None:
    """Set an event when the parent, which holds the other end of standard input, is gone."""
    loop = asyncio.get_running_loop()
    standard_input = sys.stdin.fileno()

    def ended() -> None:
        loop.remove_reader(standard_input)
        stopped.set()

    loop.add_reader(standard_input, ended)


class Supervisor:
    """Keeps processes of this program running; ``inherited`` is a file descriptor that each gets."""

    def __init__(self, commands: Mapping[str, Sequence[str]], *, inherited: int) -> None:
        self._commands = commands
        self._inherited = inherited

    async def run(self, stopped: asyncio.Event) -> int:
        """Run the processes until ``stopped``, and return the exit status: 0 if all of them ended in order."""
        statuses = await asyncio.gather(
            *(self._keep(name, command, stopped) for name, command in self._commands.items())
        )
        return 0 if all(status == 0 for status in statuses) else 1

    async def _keep(self, name: str, command: Sequence[str], stopped: asyncio.Event) -> int:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            begun = time.monotonic()
            process = await self._start(command)
            _log.info("process started", name=name, pid=process.pid)
            await _wait_for_first(process.wait(), stopped.wait())
            if stopped.is_set():
                return await _end(name, process)
            pause = _FIRST_PAUSE_SECONDS if time.monotonic() - begun > _SETTLED_SECONDS else pause
            _log.error(
                "process ended", name=name, pid=process.pid, status=process.returncode, again_in_seconds=pause
            )
            await _wait_for_first(asyncio.sleep(pause), stopped.wait())
            if stopped.is_set():
                return 0
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _start(self, command: Sequence[str]) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "certwright",
            *command,
            stdin=PIPE,
            pass_fds=(self._inherited,),
            process_group=0,  # so that Ctrl-C reaches the parent alone, and the children in its order
        )


async def _end(name: str, process: Process) -> int:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _PATIENCE_SECONDS)
        except TimeoutError:
            _log.error("process killed", name=name, pid=process.pid)
            process.kill()
            await process.wait()
    # Who was told before it could listen has nothing to bring in order.
    return 0 if process.returncode in {0, -signal.SIGTERM} else 1


async def _wait_for_first(*awaited: Coroutine[Any, Any, object]) -> None:
    tasks = [asyncio.create_task(each) for each in awaited]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
