"""The socket is its owner's alone, takes the place of a dead one, and outlives whatever is sent to it."""

from __future__ import annotations

import asyncio
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import Unavailable
from certwright.domain.query import OrderQuery
from certwright.search.listener import check_socket_path, listening
from certwright.search.questions import FindOrders
from certwright.search.remote import RemoteShelf
from certwright.services.ports import BookState
from tests.support.book import ACCOUNT, add_accounts, add_order, order
from tests.support.indexes import wire_indexes

if TYPE_CHECKING:
    from tests.support.stores import OpenStore


async def test_socket_is_safe_from_strangers_and_nonsense(opened: OpenStore, tmp_path: Path) -> None:
    await add_accounts(opened.store)
    await add_order(opened.store, order(1))
    indexes = wire_indexes(opened.engine, opened.store, tmp_path / "indexes")
    await indexes.keeper.look_after()
    path = tmp_path / "socket"
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    async with listening(path, indexes.shelf, indexes.keeper):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        for nonsense in (b"\xff\xff\xff\xff", b"\0\0\0\x01\xc1", b"\0\0\0\x09cut"):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(nonsense)
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
        remote = RemoteShelf(path)
        question = FindOrders(OrderQuery(account_id=ACCOUNT, limit=1))
        assert await remote.ask(question, BookState()) is not None
        remote.close()


def test_a_path_that_no_socket_can_have_is_told() -> None:
    check_socket_path(Path("/" + "x" * 99))
    with pytest.raises(Unavailable, match="too long"):
        check_socket_path(Path("/" + "x" * 100))
