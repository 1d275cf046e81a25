"""Messages on a stream: the length in four bytes, then so many bytes."""

from __future__ import annotations

from asyncio import IncompleteReadError
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

_LENGTH_BYTES = 4
_LONGEST = 2**24


async def read_frame(reader: StreamReader) -> bytes | None:
    """Read a message; ``None`` when the other side has ended.

    Raises:
        OSError: the message is longer than any of ours, or ends before its end.
    """
    try:
        head = await reader.readexactly(_LENGTH_BYTES)
    except IncompleteReadError as cause:
        if cause.partial:
            raise OSError("The message was cut off") from cause
        return None
    length = int.from_bytes(head)
    if length > _LONGEST:
        raise OSError("The message is too long")
    try:
        return await reader.readexactly(length)
    except IncompleteReadError as cause:
        raise OSError("The message was cut off") from cause


async def write_frame(writer: StreamWriter, message: bytes) -> None:
    """Write a message.

    Raises:
        OSError: the other side is gone.
    """
    writer.write(len(message).to_bytes(_LENGTH_BYTES) + message)
    await writer.drain()
