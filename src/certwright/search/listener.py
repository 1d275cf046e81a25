"""The search process's side of the socket: reads a question, asks the shelf, writes the answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from typing import TYPE_CHECKING

import msgspec

from certwright.domain.errors import Unavailable
from certwright.search.frames import read_frame, write_frame
from certwright.search.wire import (
    Answered,
    AskedForFigures,
    Declined,
    Figures,
    answered,
    pack,
    unpack_question,
)

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator
    from pathlib import Path

    from certwright.search.keeper import Keeper
    from certwright.search.shelf import Shelf
    from certwright.search.wire import Asked

_log = logging.getLogger(__name__)

_BACKLOG = 128
_LONGEST_PATH_BYTES = 100
"""A Unix socket's path ends after 108 bytes on Linux, 104 elsewhere."""


def check_socket_path(path: Path) -> None:
    """Check that a socket can have this path.

    Raises:
        Unavailable: it is too long.
    """
    if len(os.fsencode(path)) > _LONGEST_PATH_BYTES:
        raise Unavailable(f"The path {path} is too long for a socket: put the home directory elsewhere")


@contextlib.asynccontextmanager
async def listening(path: Path, shelf: Shelf, keeper: Keeper) -> AsyncIterator[None]:
    """Answer questions on a socket that only its owner can use, for the length of the block."""
    open_ones: dict[asyncio.Task[None] | None, StreamWriter] = {}

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        open_ones[asyncio.current_task()] = writer
        try:
            while (data := await read_frame(reader)) is not None:
                await write_frame(writer, pack(await _answer(unpack_question(data), shelf, keeper)))
        except ConnectionError:
            pass  # nobody waits for the answer any more
        except (OSError, msgspec.DecodeError) as error:
            _log.warning("A connection for searches broke: %s", error)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            del open_ones[asyncio.current_task()]

    server = await asyncio.start_unix_server(serve, sock=_bind(path))
    try:
        yield
    finally:
        server.close()
        for writer in open_ones.values():
            writer.close()
        await asyncio.gather(*(task for task in open_ones if task))


def _bind(path: Path) -> socket.socket:
    """Make the socket beside its place and move it there, so that it is never seen with other rights."""
    made = path.with_name(f"{path.name}.{os.getpid()}")
    made.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.fspath(made))
    made.chmod(0o600)
    listener.listen(_BACKLOG)
    made.replace(path)
    return listener


async def _answer(
    message: Asked | AskedForFigures, shelf: Shelf, keeper: Keeper
) -> Answered | Declined | Figures:
    if isinstance(message, AskedForFigures):
        figures = await keeper.figures()
        indexes = [(each.account_id, each.orders, each.behind) for each in figures.indexes]
        return Figures(indexes, figures.builds, figures.failed_builds)
    question = message.unpack()
    stated = await shelf.ask(question, message.at_least)
    if stated is None:
        return Declined(is_held=shelf.find(question.account_id) is not None)
    return answered(stated)
