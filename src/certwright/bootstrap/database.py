"""The database that the settings name: opening it, and being its only server where it takes one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from certwright.store.postgres_engine import PostgresEngine
from certwright.store.sole_server import sole_server
from certwright.store.sqlite_engine import SQLiteEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

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
