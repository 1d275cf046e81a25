"""The plans that SQLite makes: in a large book nothing may read the whole account that could find its rows otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw
import pytest

from certwright.store.certificates import OF_ANY_AUTHORITY
from certwright.store.engine import placeholders
from certwright.store.groups import in_any_group
from certwright.store.schema import migrate
from certwright.store.sqlite_engine import SQLiteEngine

if TYPE_CHECKING:
    from pathlib import Path

_NAMED = (
    "SELECT o.id FROM orders o WHERE o.account_id = $1 AND o.id IN (SELECT n.order_id FROM order_names n "
    f"WHERE {in_any_group('n.order_id', 'orders')} AND n.name IN ($2, $3))"
)
_PLANS = {
    f"SELECT email FROM orders WHERE account_id = $1 AND id IN ({placeholders(1024, start=2)})": "INTEGER PRIMARY KEY (rowid=?)",
    "SELECT o.email FROM change_counters s LEFT JOIN orders o ON o.account_id = s.account_id AND o.id IN ($2, $3) "
    "WHERE s.account_id = $1": "SEARCH o USING INTEGER PRIMARY KEY",
    "SELECT reason FROM order_changes WHERE order_id = $2 AND account_id = $1 ORDER BY sequence": "order_changes_by_order",
    "SELECT 1 FROM orders WHERE account_id = $1 AND (administrator_contact_id = $2 OR technical_contact_id = $3)": (
        "orders_by_technician"
    ),
    f"SELECT csr FROM certificates WHERE account_id = $1 AND order_id IN ({placeholders(1024, start=2)})": "certificates_by_order",
    f"SELECT csr FROM certificates WHERE {in_any_group('id', 'certificates')} AND key_hash = $1 AND status = 'issued'": (
        "certificates_by_key (<expr>=? AND key_hash=?)"
    ),
    f"SELECT csr FROM certificates WHERE account_id = $1 AND serial_number = $2 AND authority_id {OF_ANY_AUTHORITY}": (
        "(authority_id=? AND serial_number=?)"
    ),
    "SELECT o.id FROM orders o JOIN certificates c ON c.id = o.certificate_id AND c.order_id = o.id "
    "AND c.account_id = o.account_id WHERE o.account_id = $1 "
    f"AND (c.authority_id {OF_ANY_AUTHORITY} AND c.serial_number IN ($2, $3))": "(authority_id=? AND serial_number=?)",
    "SELECT o.id FROM orders o JOIN certificates c ON c.id = o.certificate_id AND c.order_id = o.id "
    f"AND c.account_id = o.account_id WHERE o.account_id = $1 AND ({in_any_group('c.id', 'certificates')} "
    "AND c.sha1_thumbprint IN ($2, $3))": ("certificates_by_thumbprint (<expr>=? AND sha1_thumbprint=?)"),
    f"{_NAMED} ORDER BY o.created_at DESC, o.id DESC LIMIT $4 OFFSET $5": "USING INTEGER PRIMARY KEY (rowid=?)",
    f"{_NAMED} ORDER BY o.created_at, o.id LIMIT $4 OFFSET $5": "order_names_by_name (<expr>=? AND name=?)",
    "SELECT csr FROM certificates WHERE account_id = $1 AND id IN ($2, $3, $4)": "INTEGER PRIMARY KEY (rowid=?)",
    "SELECT name FROM organizations WHERE account_id = $1 AND id IN ($2, $3, $4)": "INTEGER PRIMARY KEY (rowid=?)",
    "SELECT value FROM custom_values WHERE account_id = $1 AND order_id IN ($2, $3)": "(order_id=?)",
    "SELECT status FROM validations WHERE account_id = $1 AND order_id = 0 ORDER BY domain, id": "validations_of_domains",
    f"SELECT status FROM validations WHERE order_id IN ({placeholders(1024)})": "validations_by_order",
    "SELECT status FROM validations WHERE account_id = $1 AND domain = $2 AND order_id = 0": "validations_of_domains",
    "SELECT status FROM approval_requests WHERE account_id = $1 AND status = $2 ORDER BY id": "approval_requests_by_status",
}


async def _make(path: Path) -> None:
    engine = SQLiteEngine(path)
    await migrate(engine)
    await engine.close()


@pytest.mark.parametrize(("sql", "part"), _PLANS.items())
async def test_rows_are_found_by_what_tells_them_apart(tmp_path: Path, sql: str, part: str) -> None:
    engine = SQLiteEngine(tmp_path / "test.db")
    await migrate(engine)

    for access in (engine.reading(), engine.writing()):
        async with access as connection:
            plan = await connection.fetch(f"EXPLAIN QUERY PLAN {sql}", *[1] * sql.count("$"))
        assert part in " ".join(row[3] for row in plan)

    await engine.close()


async def test_advice_is_written_once_and_put_right_when_it_was_changed(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    await _make(path)
    with apsw.Connection(str(path)) as raw:
        told = list(raw.execute("SELECT * FROM sqlite_stat1 ORDER BY idx"))
        before = list(raw.execute("PRAGMA data_version"))
        await _make(path)
        assert list(raw.execute("PRAGMA data_version")) == before
        raw.execute("ANALYZE")
        assert list(raw.execute("SELECT * FROM sqlite_stat1 ORDER BY idx")) != told

    await _make(path)

    with apsw.Connection(str(path)) as raw:
        assert list(raw.execute("SELECT * FROM sqlite_stat1 ORDER BY idx")) == told
    assert ("orders", "orders_by_creation", "10000000 1000000 1 1 1 1") in told
