"""Migrations: numbered SQL files, each applied once, in order, in a transaction of its own.

The files are written for PostgreSQL in the subset that SQLite shares; the engine puts in its own type names. Why not
a library: the known ones reach SQLite through the copy that comes with Python, whose WAL bug is the reason why the
rest of the program brings its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING

from certwright.domain.errors import Conflict, Unavailable
from certwright.store.engine import to_stored

if TYPE_CHECKING:
    from certwright.store.engine import Connection, Engine

_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
  version BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at BIGINT NOT NULL
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One numbered file; ``version`` is the number its name begins with."""

    version: int
    name: str
    statements: tuple[str, ...]


def load_migrations() -> tuple[Migration, ...]:
    """Read the migrations that come with the program, in order."""
    folder = resources.files("certwright.store") / "migrations"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(_read(f.name, f.read_text(encoding="utf-8")) for f in files)


def _read(file_name: str, text: str) -> Migration:
    number, _, name = file_name.removesuffix(".sql").partition("_")
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("--"))
    statements = tuple(part.strip() for part in "\n".join(lines).split(";") if part.strip())
    return Migration(version=int(number), name=name, statements=statements)


async def migrate(engine: Engine, migrations: tuple[Migration, ...] | None = None) -> list[int]:
    """Bring a database up to date and return the versions that were applied.

    Several processes may start at once: whoever loses the race for a version finds it applied.

    Raises:
        Unavailable: the database is newer than this program.
    """
    known = load_migrations() if migrations is None else migrations
    applied = await _applied_versions(engine)
    newest = max((m.version for m in known), default=0)
    if applied and max(applied) > newest:
        raise Unavailable(f"The database has schema {max(applied)}, but this program knows only {newest}")
    done = []
    for migration in known:
        if migration.version not in applied and await _apply(engine, migration):
            done.append(migration.version)
    await engine.advise_planner()
    return done


async def _applied_versions(engine: Engine) -> set[int]:
    try:
        async with engine.writing() as connection:
            await connection.execute(engine.translate_ddl(_LEDGER.strip()))
    except Conflict:
        # Two processes created the table at the same moment; one of them did it.
        pass
    async with engine.reading() as connection:
        return {row[0] for row in await connection.fetch("SELECT version FROM schema_migrations")}


async def _apply(engine: Engine, migration: Migration) -> bool:
    noted = False
    try:
        async with engine.writing() as connection:
            # First the row: its primary key makes a second process wait here, and then give way.
            await _note(connection, migration)
            noted = True
            for statement in migration.statements:
                await connection.execute(engine.translate_ddl(statement))
    except Conflict:
        if noted:  # the migration itself ran into the data, which nobody else has mended
            raise
        return False
    return True


async def _note(connection: Connection, migration: Migration) -> None:
    await connection.execute(
        "INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)",
        migration.version,
        migration.name,
        to_stored(datetime.now(UTC)),
    )
