"""Keys that were known to be compromised before they had a table of their own are refused after the upgrade as well."""

from __future__ import annotations

from certwright.store.schema import load_migrations, migrate
from certwright.store.unit_of_work import SQLStore
from tests.support.stores import open_engine

REVOKED = [
    (1, b"a", None, None),
    (2, b"b", 1, "superseded"),
    (3, b"c", 1, "keyCompromise"),
    (4, b"c", 2, "keyCompromise"),
]


async def test_keys_revoked_under_the_eleventh_schema_are_found(each_place: str) -> None:
    known = load_migrations()
    async with open_engine(each_place) as engine:
        await migrate(engine, known[:11])
        async with engine.writing() as connection:
            await connection.execute(
                "INSERT INTO accounts (id, name, approval, created_at) VALUES (1, 'A', 'none', 0)"
            )
            await connection.execute(
                "INSERT INTO orders (id, account_id, placed_by, product_key, status, common_name, names, term_years, "
                "certificate_id, created_at, expires_at, status_changed_at, status_reason, random_value, email, "
                "alternative_order_id, details, version) "
                "VALUES (1, 1, 1, 'p', 'revoked', 'a.example', '[]', 1, 1, 0, 1, 0, '', '', '', '', '{}', 0)"
            )
            for number, letter, revoked_at, reason in REVOKED:
                await connection.execute(
                    "INSERT INTO certificates (id, account_id, order_id, status, key_hash, created_at, names, kind, "
                    "revoked_at, revocation_reason) VALUES ($1, 1, 1, 'issued', $2, 0, '[]', 'original', $3, $4)",
                    number,
                    letter * 32,
                    revoked_at,
                    reason,
                )
        await migrate(engine, known)
        async with SQLStore(engine).reading() as work:
            found = await work.certificates.find_compromised(
                [letter * 32 for letter in (b"a", b"b", b"c", b"d")]
            )
    assert found == {b"c" * 32}
