"""Indexes in another process of the same server, asked over a Unix socket.

Whatever goes wrong with that process is no answer, and the store answers; for a moment afterwards it is not asked at
all, so that a process that hangs costs one request its patience, not every request.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any

import msgspec

from certwright.search.frames import read_frame, write_frame
from certwright.search.questions import ShelfFigures
from certwright.search.wire import Answered, AskedForFigures, Declined, Figures, asked, pack, unpack_answer

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator
    from pathlib import Path

    from certwright.domain.ids import AccountId
    from certwright.search.questions import Answer, Question, Stated
    from certwright.search.wire import Asked
    from certwright.services.ports import BookState

_log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 5.0
_REST_SECONDS = 1.0
_SMALL_BOOK_SECONDS = 5.0
_MOST_IDLE = 16


class RemoteShelf:
    """Asks the process that listens on a socket; each question has a connection to itself, which is used again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[tuple[StreamReader, StreamWriter]] = []
        self._rest_until = 0.0
        self._without_index: dict[AccountId, float] = {}

    async def ask(self, question: Question[Answer], at_least: BookState) -> Stated[Answer] | None:
        """Answer from the account's index once it has reached a state."""
        if self._without_index.get(question.account_id, 0.0) > time.monotonic():
            return None
        told = await self._exchange(asked(question, at_least))
        if isinstance(told, Answered):
            # The other side answers a question of this type with an answer of its type.
            stated: Stated[Any] = told.unpack()
            return stated
        if isinstance(told, Declined) and not told.is_held:
            self._without_index[question.account_id] = time.monotonic() + _SMALL_BOOK_SECONDS
        return None

    async def figures(self) -> ShelfFigures:
        """Tell how the indexes are; nothing is known of them while their process is away."""
        told = await self._exchange(AskedForFigures())
        return told.unpack() if isinstance(told, Figures) else ShelfFigures()

    def close(self) -> None:
        """Close the connections."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _exchange(self, message: Asked | AskedForFigures) -> Answered | Declined | Figures | None:
        if time.monotonic() < self._rest_until:
            return None
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS), self._connection() as (reader, writer):
                await write_frame(writer, pack(message))
                data = await read_frame(reader)
                if data is None:
                    raise ConnectionResetError("it has ended")
                return unpack_answer(data)
        except (OSError, TimeoutError, msgspec.DecodeError) as error:
            self._rest_until = time.monotonic() + _REST_SECONDS
            self.close()  # the idle ones are of the same process
            _log.warning("The search process does not answer: %s", repr(error))
            return None

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
        """Lend a connection; one whose exchange did not end well is closed, for an answer may still be under way."""
        connection = self._idle.pop() if self._idle else await asyncio.open_unix_connection(self._path)
        try:
            yield connection
        except BaseException:
            connection[1].close()
            raise
        if len(self._idle) < _MOST_IDLE:
            self._idle.append(connection)
        else:
            connection[1].close()
