"""A name server that knows of nothing, and costs as little as it says.

What a benchmark's names lead to is that there are no CAA records and no proofs. The demo's name server would take as much
processor time to say so as a third of an order takes the server under measurement. This one sends each question back as
the answer that there is no such name, which may be remembered for a minute, as a zone would have it.
"""

from __future__ import annotations

import asyncio
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_LOOPBACK = "127.0.0.1"
_HEADER_BYTES = 12
_TYPE_AND_CLASS_BYTES = 4
_NO_SUCH_NAME = struct.pack("!HHHHH", 0x8183, 1, 0, 1, 0)  # an answer (RFC 1035 §4.1.1), with one authority
_TTL_SECONDS = 60
_SOA_DATA = b"\0\0" + struct.pack("!IIIII", 1, 60, 60, 60, _TTL_SECONDS)
_SOA = b"\0" + struct.pack("!HHIH", 6, 1, _TTL_SECONDS, len(_SOA_DATA)) + _SOA_DATA


@asynccontextmanager
async def knowing_nothing() -> AsyncIterator[str]:
    """Run the name server for the length of the block, and give its address as settings name it."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(_Server, local_addr=(_LOOPBACK, 0))
    try:
        yield f"{_LOOPBACK}:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()


class _Server(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer a question, which stands right behind the header."""
        end = data.index(b"\0", _HEADER_BYTES) + 1 + _TYPE_AND_CLASS_BYTES
        self._transport.sendto(data[:2] + _NO_SUCH_NAME + data[_HEADER_BYTES:end] + _SOA, addr)
