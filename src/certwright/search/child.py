"""Making snapshots in a process of its own, so that a build neither holds the event loop up nor fills its memory."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING

from certwright.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from certwright.domain.ids import AccountId


class ChildMaker:
    """Makes a snapshot by running a command, to which the account's number and maybe ``--refresh`` are appended."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = environment

    async def __call__(self, account_id: AccountId, *, refresh: bool) -> None:
        """Run the command to its end; canceled, it ends the command first.

        Raises:
            Unavailable: it failed; the message is the last line that it printed.
        """
        arguments = [*self._command, str(account_id), *(["--refresh"] if refresh else [])]
        child = await asyncio.create_subprocess_exec(
            *arguments, env=dict(self._environment), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
        )
        try:
            _, errors = await child.communicate()
        except asyncio.CancelledError:
            child.terminate()
            await child.wait()
            raise
        if child.returncode != 0:
            said = errors.decode(errors="replace").strip().rpartition("\n")[2]
            raise Unavailable(f"The build ended with status {child.returncode}: {said}")
