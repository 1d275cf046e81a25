"""The database that the settings name: opening it, and being its only server where it takes one."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from certwright.store.postgres_engine import PostgresEngine
from certwright.store.sole_server import sole_server
from certwright.store.sqlite_engine import SQLiteEngine
from certwright.store.standby import Standby

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from certwright.config import Settings
    from certwright.store.engine import Engine


async def open_engine(settings: Settings) -> Engine:
    """Open the database that the settings name.

    Raises:
        Unavailable: it does not answer.
    """
    if settings.sqlite_path is not None:
        return SQLiteEngine(settings.sqlite_path)
    return await PostgresEngine.connect(
        settings.database_url.reveal(), max_connections=settings.database_max_connections
    )


@asynccontextmanager
async def open_standby(settings: Settings) -> AsyncIterator[Standby | None]:
    """Give the standby that the settings name, if they name one; it need not be there now."""
    if settings.database_standby_url is None:
        yield None
        return
    engine = await PostgresEngine.connect(
        settings.database_standby_url.reveal(),
        max_connections=settings.database_max_connections,
        min_connections=0,
    )
    try:
        yield Standby(engine)
    finally:
        await engine.close()


@contextmanager
def serving_alone(settings: Settings) -> Iterator[None]:
    """Keep a second server process off a SQLite file for the length of the block; PostgreSQL takes any number.

    Raises:
        Unavailable: a server has the file already.
    """
    if settings.sqlite_path is None:
        yield
        return
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with sole_server(settings.sqlite_path):
        yield
