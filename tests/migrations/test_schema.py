"""Migrations: step by step or at once, once or twice, by one process or two, the database comes out the same."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import Conflict, Unavailable
from certwright.store.schema import Migration, load_migrations, migrate
from certwright.store.sqlite_engine import SQLiteEngine
from tests.house.project import SOURCE
from tests.support.stores import open_engine

if TYPE_CHECKING:
    from pathlib import Path

    from certwright.store.engine import Engine

FOLDER = SOURCE / "store" / "migrations"

_POSTGRES_COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
WHERE table_schema = 'public' ORDER BY table_name, column_name
"""
_POSTGRES_INDEXES = (
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 2"
)
_POSTGRES_KEYS = """
SELECT c.conrelid::regclass::text, c.contype::text, pg_get_constraintdef(c.oid) FROM pg_constraint c
JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname = 'public' ORDER BY 1, 2, 3
"""
_MIGRATE = """
import asyncio, sys
from certwright.store.schema import migrate
from tests.support.stores import open_engine
async def main():
    async with open_engine(sys.argv[1]) as engine:
        print(await migrate(engine))
asyncio.run(main())
"""


async def schema_of(engine: Engine) -> list[tuple[object, ...]]:
    """Read the whole schema back from the database's own catalogue."""
    async with engine.reading() as connection:
        if isinstance(engine, SQLiteEngine):
            rows = await connection.fetch("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2")
        else:
            rows = [
                row
                for query in (_POSTGRES_COLUMNS, _POSTGRES_INDEXES, _POSTGRES_KEYS)
                for row in await connection.fetch(query)
            ]
        return [tuple(row) for row in rows]


async def fresh_schema(engine: Engine) -> list[tuple[object, ...]]:
    await migrate(engine)
    return await schema_of(engine)


def test_every_file_is_numbered_and_named() -> None:
    files = sorted(path.name for path in FOLDER.iterdir() if path.suffix != ".py" and path.is_file())
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.sql", name) for name in files)
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))


def test_every_file_is_read_in_order() -> None:
    migrations = load_migrations()
    assert [f"{m.version:04}_{m.name}.sql" for m in migrations] == sorted(
        p.name for p in FOLDER.glob("*.sql")
    )
    assert all(
        m.statements and not any(";" in text or "--" in text for text in m.statements) for m in migrations
    )


async def test_step_by_step_equals_all_at_once(each_place: str, tmp_path: Path) -> None:
    """The steps stop where a release stopped; each further run applies what is new and nothing else."""
    migrations = load_migrations()
    last = Migration(
        version=len(migrations) + 1,
        name="later",
        statements=(
            "CREATE TABLE later (id BIGINT NOT NULL PRIMARY KEY)",
            "CREATE INDEX later_by_id ON later (id)",
        ),
    )
    released = (*migrations, last)
    async with open_engine(each_place) as engine:
        for count in range(1, len(released) + 1):
            assert await migrate(engine, released[:count]) == [released[count - 1].version]
        stepped = await schema_of(engine)
        assert await migrate(engine, released) == []
    async with open_engine(await empty(each_place, tmp_path)) as engine:
        await migrate(engine, released)
        assert await schema_of(engine) == stepped
    assert any("later" in row for row in stepped)


async def empty(place: str, tmp_path: Path) -> str:
    """Give an empty database on the same engine: another file, or the same database with its tables dropped."""
    if not place.startswith("postgresql://"):
        return str(tmp_path / "fresh.db")
    async with open_engine(place) as engine, engine.writing() as connection:
        await connection.execute("DROP SCHEMA public CASCADE")
        await connection.execute("CREATE SCHEMA public")
    return place


async def test_twice_does_nothing(each_place: str) -> None:
    async with open_engine(each_place) as engine:
        first = await fresh_schema(engine)
        assert await migrate(engine) == []
        assert await schema_of(engine) == first


async def test_newer_database_is_refused_and_left_alone(each_place: str) -> None:
    async with open_engine(each_place) as engine:
        await migrate(engine)
        newer = max(m.version for m in load_migrations()) + 1
        async with engine.writing() as connection:
            await connection.execute(
                "INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, 'future', 0)", newer
            )
        before = await schema_of(engine)
        with pytest.raises(Unavailable, match=f"schema {newer}, but this program knows only {newer - 1}"):
            await migrate(engine)
        assert await schema_of(engine) == before


async def test_migration_that_fails_leaves_nothing_and_is_tried_again(each_place: str) -> None:
    """What a migration runs into is told, not taken for the work of another process."""
    broken = Migration(
        version=1,
        name="broken",
        statements=(
            "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY)",
            "INSERT INTO t (id) VALUES (1)",
            "INSERT INTO t (id) VALUES (1)",
        ),
    )
    mended = Migration(version=1, name="mended", statements=broken.statements[:2])
    async with open_engine(each_place) as engine:
        with pytest.raises(Conflict):
            await migrate(engine, (broken,))
        assert await migrate(engine, (mended,)) == [1]


async def test_processes_migrate_at_once(each_place: str) -> None:
    """Each version is applied by one of them, and all of them find the database up to date."""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _MIGRATE, each_place, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    answers = [await process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], answers
    applied = [version for out, _ in answers for version in re.findall(r"\d+", out.decode())]
    assert sorted(map(int, applied)) == [m.version for m in load_migrations()]
    async with open_engine(each_place) as engine:
        assert await migrate(engine) == []


async def test_processes_find_an_empty_database_at_once(each_place: str) -> None:
    """However two of them meet over the first table, none fails: PostgreSQL has several words for "it exists"."""
    async with AsyncExitStack() as exits:
        engines = [await exits.enter_async_context(open_engine(each_place)) for _ in range(8)]
        for _ in range(50):
            async with engines[0].writing() as connection:
                await connection.execute("DROP TABLE IF EXISTS schema_migrations")
            assert await asyncio.gather(*(migrate(engine, ()) for engine in engines)) == [[]] * len(engines)


async def test_tables_of_sqlite_are_strict(tmp_path: Path) -> None:
    async with open_engine(str(tmp_path / "test.db")) as engine:
        schema = await fresh_schema(engine)
    tables = [str(row[3]) for row in schema if row[0] == "table" and not str(row[1]).startswith("sqlite_")]
    assert tables
    assert [sql for sql in tables if not sql.endswith("STRICT")] == []
