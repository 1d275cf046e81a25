"""The store alone, migrated and empty, on each database; ``another`` opens it a second time, as another process would."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from certwright.store.postgres_engine import PostgresEngine
from certwright.store.schema import migrate
from certwright.store.sqlite_engine import SQLiteEngine
from certwright.store.unit_of_work import SQLStore
from tests.support.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from certwright.store.engine import Engine

DATABASES = ("sqlite", "postgresql")


@dataclass(kw_only=True)
class OpenStore:
    """A store, the engine below it, and where it lies: a file's path or a URL."""

    store: SQLStore
    engine: Engine
    place: str
    exits: AsyncExitStack

    @property
    def is_sqlite(self) -> bool:
        return isinstance(self.engine, SQLiteEngine)

    async def another(self) -> SQLStore:
        """Open the same database once more, with numbers and connections of its own."""
        return SQLStore(await self.exits.enter_async_context(open_engine(self.place)))


@asynccontextmanager
async def open_engine(place: str) -> AsyncIterator[Engine]:
    """Open a database by its path or URL, migrated or not."""
    engine: Engine
    if place.startswith("postgresql://"):
        engine = await PostgresEngine.connect(place, max_connections=8)
    else:
        engine = SQLiteEngine(Path(place))
    try:
        yield engine
    finally:
        await engine.close()


@asynccontextmanager
async def open_store(place: str) -> AsyncIterator[OpenStore]:
    """Open a migrated store."""
    async with AsyncExitStack() as exits:
        engine = await exits.enter_async_context(open_engine(place))
        await migrate(engine)
        yield OpenStore(store=SQLStore(engine), engine=engine, place=place, exits=exits)


@pytest.fixture(params=DATABASES)
def each_place(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where an empty database lies, on each engine; a path or a URL."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("fresh_database_url"))
    return str(tmp_path / "test.db")


@pytest.fixture(scope="session")
def shared_database_url(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL database that the tests of this process use one after the other."""
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(params=DATABASES)
async def opened(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[OpenStore]:
    """An empty store on each database."""
    if request.param == "postgresql":
        async with open_store(request.getfixturevalue("shared_database_url")) as open_one:
            await _empty(open_one.engine)
            yield open_one
    else:
        async with open_store(str(tmp_path / "test.db")) as open_one:
            yield open_one


async def _empty(engine: Engine) -> None:
    async with engine.writing() as connection:
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = 'public' AND table_name <> 'schema_migrations'"
        )
        await connection.execute(f"TRUNCATE {', '.join(row[0] for row in tables)}")


@pytest.fixture
def store(opened: OpenStore) -> SQLStore:
    """An empty store on each database, where nothing but the port is needed."""
    return opened.store
