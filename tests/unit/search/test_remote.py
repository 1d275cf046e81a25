"""Another process's indexes answer over the socket as if they were here; whatever goes wrong is no answer."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from certwright.domain.query import OrderQuery
from certwright.search import remote as module
from certwright.search.listener import listening
from certwright.search.questions import CountOrders, CountPlaced, FindOrders, ShelfFigures
from certwright.search.remote import RemoteShelf
from certwright.services.ports import BookState
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts, add_order, order
from tests.support.clock import NOON
from tests.support.indexes import Indexes, wire_indexes

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from tests.support.stores import OpenStore

QUESTION = FindOrders(OrderQuery(account_id=ACCOUNT, limit=10))
START = BookState()


@pytest.fixture
async def indexes(opened: OpenStore, tmp_path: Path) -> Indexes:
    await add_accounts(opened.store)
    for number in (1, 2, 3):
        await add_order(opened.store, order(number))
    await add_order(opened.store, order(9, account_id=OTHER_ACCOUNT))
    made = wire_indexes(opened.engine, opened.store, tmp_path / "indexes", threshold=2)
    await made.keeper.look_after()
    return made


@asynccontextmanager
async def speaking(
    path: Path, talk: Callable[[StreamReader, StreamWriter], Awaitable[None]]
) -> AsyncIterator[None]:
    """Listen where the search process should, and talk differently."""

    ended = asyncio.Event()

    async def talk_and_close(reader: StreamReader, writer: StreamWriter) -> None:
        await talk(reader, writer)
        writer.close()
        ended.set()

    server = await asyncio.start_unix_server(talk_and_close, path)
    async with server:
        yield
        await ended.wait()


@pytest.mark.parametrize(
    "question", [QUESTION, CountOrders(ACCOUNT, NOON), CountPlaced(ACCOUNT, (NOON, NOON.replace(year=2027)))]
)
async def test_answers_are_those_of_the_index(
    indexes: Indexes, tmp_path: Path, question: FindOrders | CountOrders | CountPlaced
) -> None:
    async with listening(tmp_path / "socket", indexes.shelf, indexes.keeper):
        remote = RemoteShelf(tmp_path / "socket")
        for _ in range(2):
            told = await remote.ask(question, START)
            assert told is not None
            assert told == await indexes.shelf.ask(question, START)
        remote.close()


async def test_an_answer_has_reached_the_state_that_was_asked_for(
    opened: OpenStore, indexes: Indexes, tmp_path: Path
) -> None:
    async with listening(tmp_path / "socket", indexes.shelf, indexes.keeper):
        remote = RemoteShelf(tmp_path / "socket")
        await add_order(opened.store, order(4))
        told = await remote.ask(QUESTION, START)
        assert told is not None
        assert (told.answer.total, told.state) == (3, BookState(3, 0))
        told = await remote.ask(QUESTION, BookState(4, 0))
        assert told is not None
        assert (told.answer.total, told.state) == (4, BookState(4, 0))
        assert await remote.ask(QUESTION, BookState(99, 0)) is None
        assert await remote.figures() == await indexes.keeper.figures()
        remote.close()


async def test_a_small_book_is_not_asked_about_again_at_once(indexes: Indexes, tmp_path: Path) -> None:
    small = FindOrders(OrderQuery(account_id=OTHER_ACCOUNT, limit=10))
    remote = RemoteShelf(tmp_path / "socket")
    async with listening(tmp_path / "socket", indexes.shelf, indexes.keeper):
        assert await remote.ask(small, START) is None
        index = indexes.shelf.find(ACCOUNT)
        assert index is not None
        index.account_id = OTHER_ACCOUNT
        indexes.shelf.put(index)
        assert await remote.ask(small, START) is None
        remote._without_index.clear()
        assert await remote.ask(small, START) is not None
    remote.close()


async def test_a_process_that_is_away_is_no_answer_until_it_is_back(
    indexes: Indexes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_REST_SECONDS", 0.0)
    remote = RemoteShelf(tmp_path / "socket")
    assert await remote.ask(QUESTION, START) is None
    assert await remote.figures() == ShelfFigures()
    for _ in range(2):
        async with listening(tmp_path / "socket", indexes.shelf, indexes.keeper):
            # Connections to the one before are found dead at the first use.
            answers = [await remote.ask(QUESTION, START) for _ in range(2)]
            assert answers[-1] is not None
    assert "does not answer" in caplog.text
    remote.close()


async def test_after_a_failure_it_is_left_alone_for_a_moment(indexes: Indexes, tmp_path: Path) -> None:
    remote = RemoteShelf(tmp_path / "socket")
    assert await remote.ask(QUESTION, START) is None
    async with listening(tmp_path / "socket", indexes.shelf, indexes.keeper):
        assert await remote.ask(QUESTION, START) is None
        remote._rest_until = 0.0
        assert await remote.ask(QUESTION, START) is not None
    remote.close()


@pytest.mark.parametrize("said", [b"", b"\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x01\xc1", b"\0\0\0\x05no"])
async def test_nonsense_is_no_answer(tmp_path: Path, said: bytes) -> None:
    async def talk(_reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(said)

    async with speaking(tmp_path / "socket", talk):
        assert await RemoteShelf(tmp_path / "socket").ask(QUESTION, START) is None


async def test_a_process_that_hangs_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.05)

    async def talk(reader: StreamReader, _writer: StreamWriter) -> None:
        await reader.read()

    async with speaking(tmp_path / "socket", talk):
        assert await RemoteShelf(tmp_path / "socket").ask(QUESTION, START) is None


async def test_an_answer_that_nobody_waits_for_is_not_taken_for_the_next(
    indexes: Indexes, tmp_path: Path
) -> None:
    async with listening(tmp_path / "socket", indexes.shelf, indexes.keeper):
        remote = RemoteShelf(tmp_path / "socket")
        for _ in range(5):
            given_up = asyncio.create_task(remote.ask(CountOrders(ACCOUNT, NOON), START))
            await asyncio.sleep(0)
            given_up.cancel()
            told = await remote.ask(QUESTION, START)
            assert told is not None
            assert told.answer.total == 3
        remote.close()
