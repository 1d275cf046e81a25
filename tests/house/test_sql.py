"""The store's SQL keeps to the portable subset, and the lint that says so catches each of its cases."""

import ast
from pathlib import Path

import pytest

from tests.house.project import SOURCE, modules, name_of, parse_module
from tests.house.sql_lint import find_faults, sql_texts


def test_sql_of_the_store_is_portable() -> None:
    store = SOURCE / "store"
    faults = [
        f"{name_of(path)}:{line}: {fault}"
        for path in sorted([*store.rglob("*.py"), *store.rglob("*.sql")])
        for line, sql in sql_texts(path)
        for fault in find_faults(sql, file_stem=path.stem)
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT pg_advisory_xact_lock(1)", "advisory locks"),
        ("SELECT pg_try_advisory_lock(1)", "advisory locks"),
        ("LISTEN changes", "LISTEN and NOTIFY"),
        ("NOTIFY changes", "LISTEN and NOTIFY"),
        ("SELECT pg_notify('changes', $1)", "LISTEN and NOTIFY"),
        ("CREATE TRIGGER t AFTER INSERT ON orders EXECUTE PROCEDURE f()", "triggers"),
        ("CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql", "stored procedures"),
        ("CALL f()", "stored procedures"),
        ("DO $$ BEGIN END $$", "stored procedures"),
        ("CREATE EXTENSION postgres_fdw", "foreign-data"),
        ("CREATE FOREIGN TABLE t (id bigint PRIMARY KEY) SERVER s", "foreign-data"),
        ("CREATE TABLE t (id bigint PRIMARY KEY, o bigint REFERENCES o (id) DEFERRABLE)", "deferrable"),
        ("CREATE TABLE t (id bigint PRIMARY KEY, EXCLUDE USING gist (r WITH &&))", "exclusion"),
        ("CREATE TABLE t (id bigint PRIMARY KEY) INHERITS (orders)", "inheritance"),
        ("LOCK TABLE orders", "table locks"),
        ("LOCK orders IN EXCLUSIVE MODE", "table locks"),
        ("CREATE SEQUENCE s", "sequences"),
        ("SELECT nextval('s')", "sequences"),
        ("CREATE TABLE t (id bigserial PRIMARY KEY)", "sequences"),
        ("CREATE TABLE t (id integer PRIMARY KEY AUTOINCREMENT)", "sequences"),
        ("CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)", "sequences"),
        ("INSERT INTO t (id) VALUES ($1) ON CONFLICT DO NOTHING", "ON CONFLICT names"),
        ("INSERT INTO t (id) VALUES ($1) ON CONFLICT ON CONSTRAINT t_pk DO NOTHING", "ON CONFLICT names"),
        ("INSERT OR IGNORE INTO t (id) VALUES ($1)", "SQLite's alone"),
        ("CREATE INDEX i ON t USING gin (a, b)", "GIN"),
        ("SELECT id FROM orders LIMIT 1 FOR UPDATE SKIP LOCKED", "SKIP LOCKED"),
        ("SELECT id FROM orders ORDER BY id LIMIT $1 OFFSET $2", "OFFSET walks"),
        ("SELECT count(*) FROM orders WHERE account_id = $1", "counting reads"),
        ("SELECT max(id) FROM orders", "max(id)"),
        ("SELECT max(c.sequence) + 1 FROM order_changes c", "max(id)"),
        ("SELECT MAX(order_id) FROM order_changes", "max(id)"),
        ("CREATE EXTENSION pg_trgm", "extensions"),
        ("SELECT xmin FROM orders", "one engine's inside"),
        ("SELECT pg_current_snapshot()", "one engine's inside"),
        ("SELECT pg_last_wal_replay_lsn()", "one engine's inside"),
        ("CREATE TABLE t (id bigint, name text NOT NULL)", "table t has no primary key"),
        (
            "CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE TABLE b (id bigint);",
            "table b has no primary key",
        ),
    ],
)
def test_each_forbidden_construct_is_caught(sql: str, reason: str) -> None:
    assert [fault for fault in find_faults(sql) if reason in fault], find_faults(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE IF NOT EXISTS t (account_id bigint, sequence bigint, PRIMARY KEY (account_id, sequence)) STRICT",
        "INSERT INTO t (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        "UPDATE orders SET status = $1 WHERE id = $2 AND status = $3 -- no LOCK TABLE is needed",
        "SELECT 'NOTIFY' /* a trigger would do */ FROM orders FOR UPDATE",
    ],
)
def test_portable_sql_passes(sql: str) -> None:
    assert find_faults(sql) == []


@pytest.mark.parametrize(
    ("sql", "file_stem"),
    [
        ("SELECT id FROM jobs FOR UPDATE SKIP LOCKED", "jobs"),
        ("SELECT count(*) FROM orders WHERE account_id = $1", "statistics"),
        ("SELECT id FROM orders ORDER BY id LIMIT $1 OFFSET $2", "order_search"),
        ("UPDATE accounts SET orders = (SELECT count(*) FROM orders)", "0042_counters"),
    ],
)
def test_some_constructs_have_their_files(sql: str, file_stem: str) -> None:
    assert find_faults(sql, file_stem=file_stem) == []


def test_only_the_job_claim_skips_locked_rows() -> None:
    """The engine's clause reaches the jobs through the unit of work and is put into no other statement."""
    store = modules(SOURCE / "store")
    takers = {
        path.stem
        for path in store
        for node in ast.walk(parse_module(path))
        if isinstance(node, ast.Attribute) and node.attr == "skip_locked"
    }
    statements = {path.stem for path in store for _, sql in sql_texts(path) if "{skip_locked}" in sql}
    assert takers <= {"jobs", "unit_of_work"}
    assert statements <= {"jobs"}


def test_sql_is_found_in_strings_and_prose_is_not(tmp_path: Path) -> None:
    path = tmp_path / "orders.py"
    path.write_text(
        '"""SELECT in a doc string is prose."""\n'
        'message = "orders listen for a trigger"\n'
        'read = f"SELECT {columns} FROM orders " "WHERE id = $1"\n'
        'claim = " FOR UPDATE SKIP LOCKED"\n',
        encoding="utf-8",
    )
    texts = list(sql_texts(path))
    assert texts == [(3, "SELECT {} FROM orders WHERE id = $1"), (4, " FOR UPDATE SKIP LOCKED")]
