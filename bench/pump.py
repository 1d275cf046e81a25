"""Cheap load: requests written beforehand, over connections kept open, from a process of its own.

A client library would take more processor time than the server does. Here a client is a protocol that sends bytes, looks
for the end of the answer, and sends the next bytes; the loop is uvloop, as the server's.

``python -m bench.pump PORT CLIENTS SECONDS FILE`` is that process: it reads the requests from the file, and prints what
came of them.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

from uvicorn.loops.auto import auto_loop_factory

from bench.timing import Sample, Throughput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LENGTH_BYTES = 4
_WARM_UP = 3
_HEAD_END = b"\r\n\r\n"
_GOOD = (b"HTTP/1.1 200", b"HTTP/1.1 201")
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def post(path: str, body: bytes, *, token: str = "") -> bytes:
    """Write a request that posts JSON."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(body)}", *([f"Authorization: Bearer {token}"] if token else [])]
    return "\r\n".join(lines).encode() + _HEAD_END + body


async def pump(port: int, requests: Sequence[bytes], *, clients: int, seconds: float) -> Throughput:
    """Send requests, each once, from so many clients, for so long at most, and return how that went."""
    with tempfile.TemporaryDirectory(prefix="certwright-bench-") as folder:
        file = Path(folder) / "requests"
        file.write_bytes(b"".join(len(each).to_bytes(_LENGTH_BYTES) + each for each in requests))
        command = ("-m", "bench.pump", str(port), str(clients), str(seconds), str(file))
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("The load broke off; its fault is above")
    told = json.loads(output)
    return Throughput(Sample(told["seconds"]), told["elapsed"], told["begun_at"])


async def ask_in_turn(port: int, requests: Sequence[bytes], *, seconds: float) -> Sample:
    """Send requests, one after the other, from one client, and return how long each answer took after the first few."""
    taken = (await pump(port, requests, clients=1, seconds=seconds)).sample
    return Sample(taken.seconds[_WARM_UP:])


class _Client(asyncio.Protocol):
    """One connection: the next request goes out when the last one is answered."""

    def __init__(self, requests: Iterator[bytes], taken: list[float], give_up_at: float) -> None:
        self._requests = requests
        self._taken = taken
        self._give_up_at = give_up_at
        self._answer = b""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._send_next()

    def data_received(self, data: bytes) -> None:
        """Take in a part of the answer."""
        self._answer += data
        head, end, body = self._answer.partition(_HEAD_END)
        length = _CONTENT_LENGTH.search(head) if end else None
        if length is None or len(body) < int(length[1]):
            return
        if not head.startswith(_GOOD):
            self._end(RuntimeError(self._answer.decode(errors="replace")))
            return
        self._taken.append(time.perf_counter() - self._sent_at)
        self._answer = b""
        self._send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that the server hung up before the end, if it did."""
        self._end(exc or ConnectionError("The server hung up"))

    def _send_next(self) -> None:
        self._sent_at = time.perf_counter()
        request = next(self._requests, None) if self._sent_at < self._give_up_at else None
        if request is None:
            self._end(None)
        else:
            self._transport.write(request)

    def _end(self, fault: Exception | None) -> None:
        if not self.ended.done():
            if fault is None:
                self.ended.set_result(None)
            else:
                self.ended.set_exception(fault)
            self._transport.close()


async def _run(port: int, clients: int, seconds: float, requests: Iterator[bytes]) -> dict[str, object]:
    taken: list[float] = []
    begun_at, begun = time.time(), time.perf_counter()
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(
            lambda: _Client(requests, taken, begun + seconds), host="127.0.0.1", port=port
        )
        for _ in range(clients)
    ]
    await asyncio.gather(*(client.ended for _, client in made))
    return {"seconds": taken, "elapsed": time.perf_counter() - begun, "begun_at": begun_at}


def _read(content: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(content):
        body = start + _LENGTH_BYTES
        start = body + int.from_bytes(content[start:body])
        yield content[body:start]


def main() -> None:
    """Send what the file holds."""
    port, clients, seconds, file = sys.argv[1:]
    requests = iter(list(_read(Path(file).read_bytes())))
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        print(json.dumps(runner.run(_run(int(port), int(clients), float(seconds), requests))))


if __name__ == "__main__":
    main()
