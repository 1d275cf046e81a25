"""The PostgreSQL of the tests keeps its promises."""

import asyncpg
import pytest

from tests.support.postgres import fresh_database, running_postgres


async def _databases(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return {row[0] for row in await connection.fetch("SELECT datname FROM pg_database")}
    finally:
        await connection.close()


async def test_fresh_database_is_empty_and_writable(fresh_database_url: str) -> None:
    connection = await asyncpg.connect(fresh_database_url)
    try:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert await connection.fetchval(tables) == 0
        await connection.execute("CREATE TABLE orders (id bigint PRIMARY KEY)")
        assert await connection.fetchval(tables) == 1
    finally:
        await connection.close()


async def test_fresh_database_is_dropped_even_while_someone_is_connected(postgres_url: str) -> None:
    before = await _databases(postgres_url)
    with fresh_database(postgres_url) as url:
        name = url.rpartition("/")[2]
        assert await _databases(postgres_url) == before | {name}
        connection = await asyncpg.connect(url)
    connection.terminate()
    assert name not in await _databases(postgres_url)


async def test_password_is_asked_for(postgres_url: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres_url.replace("certwright:", "certwright:wrong"))


async def test_server_outside_pytest_ends_with_its_block() -> None:
    with running_postgres(durable=True, settings={"work_mem": "5MB"}) as url:
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SHOW fsync") == "on"
        assert await connection.fetchval("SHOW work_mem") == "5MB"
        await connection.close()
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncpg.connect(url)
