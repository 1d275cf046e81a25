"""Reading CSRs in processes of their own: the signature of each takes as long as storing its order.

Each process is asked over a socket that is its standard input, by lists of texts, one after the other, and answers with what it
read of each: the CSR, or the sentence that says why it is none. Both are MessagePack behind four bytes of length. When the
server ends, however it ends, so does the socket, and the process with it. What a process does not answer is read here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from certwright.domain.csr import CSR, parse_csr
from certwright.domain.errors import InvalidInput, UnusableCSR

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from asyncio.subprocess import Process
    from collections.abc import Sequence
    from io import BufferedRWPair

_log = logging.getLogger(__name__)

_FEWEST = 4
"""Fewer CSRs are read sooner than sent."""

_AT_ONCE = 250
"""How many CSRs a process is sent at a time; so many and their answer fit into what a socket holds."""

_READ_AT_ONCE = 16
"""How many CSRs are read here, if they have to be, before other requests get their turn."""

_PATIENCE_SECONDS = 30.0
"""A process that does not answer for so long, with all that it was asked before, is given up."""

_BUFFER_BYTES = 1 << 20  # the system makes less of it; a process should not wait while the server is busy
_LENGTH_BYTES = 4

_texts = msgspec.msgpack.Decoder(list[str])
_found = msgspec.msgpack.Decoder(list[CSR | str])


class CSRProcesses:
    """Reads CSRs in so many processes, which are started when there are first many to read; with none, in this one."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._processes: list[_Reader] = []
        self._starting = asyncio.Lock()

    async def read_all(self, texts: Sequence[str]) -> list[CSR | InvalidInput]:
        """Read CSRs, each by itself."""
        is_little = len(texts) < _FEWEST or (len(texts) < _AT_ONCE and self._are_busy())
        if is_little or not self._count:
            return await _read_here(texts)
        parts = [texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE)]
        found = await asyncio.gather(*(self._read(part) for part in parts))
        return [each for part in found for each in part]

    def _are_busy(self) -> bool:
        """Whether all processes read for somebody else, who may have sent thousands."""
        return len(self._processes) == self._count and all(each.waiting for each in self._processes)

    async def _read(self, texts: Sequence[str]) -> list[CSR | InvalidInput]:
        try:
            question = _framed(msgspec.msgpack.encode(texts))
        except UnicodeEncodeError:  # half of a surrogate pair, which is in no CSR
            return await _read_here(texts)
        try:
            async with self._starting:
                while len(self._processes) < self._count:
                    self._processes.append(await _Reader.start())
                process = min(self._processes, key=lambda each: each.waiting)
            try:
                return await process.ask(question)
            except BaseException:
                # Also when it is no longer waited for: its answer would be taken for another one.
                if process in self._processes:
                    self._processes.remove(process)
                await process.end()
                raise
        except OSError as fault:  # TimeoutError is one
            _log.warning("A process that reads CSRs does not answer: %s", fault)
            return await _read_here(texts)

    async def close(self) -> None:
        """End the processes."""
        processes, self._processes = self._processes, []
        for process in processes:
            await process.end()


class _Reader:
    """A process that reads CSRs."""

    def __init__(self, process: Process, answers: StreamReader, questions: StreamWriter) -> None:
        self.waiting = 0
        self._process = process
        self._answers = answers
        self._questions = questions
        self._turn = asyncio.Lock()

    @classmethod
    async def start(cls) -> _Reader:
        ours, its = socket.socketpair()
        with its:
            for end in (ours, its):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
            # It needs none of our secrets, and a signal to the terminal's programs is for the server to obey.
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", __name__),
                env={name: value for name, value in os.environ.items() if not name.startswith("CERTWRIGHT_")},
                stdin=its.fileno(),
                stdout=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        answers, questions = await asyncio.open_connection(sock=ours, limit=_BUFFER_BYTES)
        return cls(process, answers, questions)

    async def ask(self, question: bytes) -> list[CSR | InvalidInput]:
        """Have CSRs read, after those that were asked for before.

        Raises:
            OSError: the process has ended, or does not answer in time.
        """
        self.waiting += 1
        try:
            # Sent at once: the process goes on with it by itself. Its answers come in the order of the questions, and
            # whoever waits for the lock gets it in that order too.
            self._questions.write(question)
            async with asyncio.timeout(_PATIENCE_SECONDS), self._turn:
                head = await self._answers.readexactly(_LENGTH_BYTES)
                answer = await self._answers.readexactly(int.from_bytes(head))
        except asyncio.IncompleteReadError as cause:
            raise OSError("it has ended") from cause
        finally:
            self.waiting -= 1
        return [
            UnusableCSR.for_field("csr", each) if isinstance(each, str) else each
            for each in _found.decode(answer)
        ]

    async def end(self) -> None:
        """End the process; whoever still waits for it is told."""
        self._questions.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


async def _read_here(texts: Sequence[str]) -> list[CSR | InvalidInput]:
    found = []
    for number, text in enumerate(texts, start=1):
        found.append(_read(text))
        if number % _READ_AT_ONCE == 0:
            await asyncio.sleep(0)
    return found


def _read(text: str) -> CSR | InvalidInput:
    try:
        return parse_csr(text)
    except UnusableCSR as refusal:
        return refusal


def _framed(message: bytes) -> bytes:
    return len(message).to_bytes(_LENGTH_BYTES) + message


def _answer(stream: BufferedRWPair) -> None:
    """Answer until the server ends."""
    while len(head := stream.read(_LENGTH_BYTES)) == _LENGTH_BYTES:
        found = [_read(text) for text in _texts.decode(stream.read(int.from_bytes(head)))]
        told = [each.message if isinstance(each, InvalidInput) else each for each in found]
        stream.write(_framed(msgspec.msgpack.encode(told)))
        stream.flush()


if __name__ == "__main__":
    with suppress(OSError), socket.socket(fileno=0).makefile("rwb") as server:
        _answer(server)
