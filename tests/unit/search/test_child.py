"""A snapshot's maker runs a command and tells how it ended."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import Unavailable
from certwright.domain.ids import AccountId
from certwright.search.child import ChildMaker

if TYPE_CHECKING:
    from pathlib import Path


def maker(script: str, place: Path) -> ChildMaker:
    return ChildMaker([sys.executable, "-c", script], {"PLACE": str(place)})


@pytest.mark.parametrize(("refresh", "arguments"), [(False, "7"), (True, "7 --refresh")])
async def test_the_command_gets_account_and_environment(
    tmp_path: Path, refresh: bool, arguments: str
) -> None:
    place = tmp_path / "said"
    script = "import os, sys; open(os.environ['PLACE'], 'w').write(' '.join(sys.argv[1:]))"
    await maker(script, place)(AccountId(7), refresh=refresh)
    assert place.read_text() == arguments


async def test_a_failure_is_told_with_the_last_line(tmp_path: Path) -> None:
    script = "import sys; print('first\\nthe disk is full', file=sys.stderr); sys.exit(3)"
    with pytest.raises(Unavailable, match=r"status 3: the disk is full$"):
        await maker(script, tmp_path)(AccountId(7), refresh=False)


async def test_canceled_it_ends_the_command(tmp_path: Path) -> None:
    place = tmp_path / "pid"
    script = "import os, time; open(os.environ['PLACE'], 'w').write(str(os.getpid())); time.sleep(60)"
    making = asyncio.create_task(maker(script, place)(AccountId(7), refresh=False))
    async with asyncio.timeout(30):
        while not (place.exists() and place.read_text()):  # noqa: ASYNC110 - a process says so by a file
            await asyncio.sleep(0.01)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    with pytest.raises(ProcessLookupError):
        os.kill(int(place.read_text()), 0)
