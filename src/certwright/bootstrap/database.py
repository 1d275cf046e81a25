"""Opening the database that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.store.postgres_engine import PostgresEngine
from certwright.store.sqlite_engine import SQLiteEngine

if TYPE_CHECKING:
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
