"""Messages keep their bounds on a stream."""

from __future__ import annotations

import asyncio

import pytest

from certwright.search.frames import read_frame, write_frame


async def stream_of(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


async def test_messages_are_read_one_by_one_to_the_end() -> None:
    reader = await stream_of(b"\0\0\0\x02ab\0\0\0\0\0\0\0\x01c")
    assert [await read_frame(reader) for _ in range(4)] == [b"ab", b"", b"c", None]


@pytest.mark.parametrize("data", [b"\0", b"\0\0\0\x04", b"\0\0\0\x04abc", b"\x01\0\0\x01"])
async def test_cut_and_endless_messages_are_errors(data: bytes) -> None:
    with pytest.raises(OSError, match=r"cut off|too long"):
        await read_frame(await stream_of(data))


async def test_what_is_written_is_read() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        message = await read_frame(reader)
        await write_frame(writer, (message or b"") * 2)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await write_frame(writer, b"x" * 100_000)
        assert await read_frame(reader) == b"x" * 200_000
        writer.close()
