"""Organizations stored before they could be searched are found after the upgrade, by name and by what was decided of them."""

from __future__ import annotations

from certwright.domain.ids import AccountId
from certwright.domain.organization import Standing
from certwright.domain.query import Contains, OrganizationQuery
from certwright.store.engine import to_stored
from certwright.store.schema import load_migrations, migrate
from certwright.store.unit_of_work import SQLStore
from tests.support.clock import NOON
from tests.support.stores import open_engine

ACCOUNT = AccountId(1)
ADDRESS = '{"line1":"1 Jalan","city":"KL","state":"KL","postal_code":"50000","country":"MY"}'
SOON = to_stored(NOON) + 1
ROWS: dict[int, list[tuple[str, str, int | None]]] = {
    1: [],
    2: [("ov", "pending", None)],
    3: [("ov", "approved", SOON), ("ev", "rejected", None)],
    4: [("ov", "approved", SOON - 1)],
    5: [("ov", "rejected", None), ("ev", "pending", None)],
    6: [("ov", "rejected", None)],
}
EXPECTED = {
    Standing.INITIAL: [1],
    Standing.PENDING: [5, 2],
    Standing.ACTIVE: [3],
    Standing.EXPIRED: [4],
    Standing.REJECTED: [6],
}


async def test_rows_of_the_second_schema_are_found(each_place: str) -> None:
    known = load_migrations()
    async with open_engine(each_place) as engine:
        await migrate(engine, known[:2])
        async with engine.writing() as connection:
            await connection.execute(
                "INSERT INTO accounts (id, name, approval, created_at) VALUES ($1, $2, $3, $4)",
                1,
                "A",
                "none",
                0,
            )
            for number, validations in ROWS.items():
                await connection.execute(
                    "INSERT INTO organizations (id, account_id, name, address, phone, status, assumed_name, "
                    "registration_number, created_at) VALUES ($1, 1, 'Example BHD', $2, '1', 'active', '', '', 0)",
                    number,
                    ADDRESS,
                )
                for level, status, valid_until in validations:
                    await connection.execute(
                        "INSERT INTO organization_validations "
                        "(organization_id, level, status, submitted_at, valid_until, evidence) "
                        "VALUES ($1, $2, $3, 0, $4, '')",
                        number,
                        level,
                        status,
                        valid_until,
                    )
        assert await migrate(engine) == [migration.version for migration in known[2:]]
        async with SQLStore(engine).reading() as work:
            for standing, numbers in EXPECTED.items():
                query = OrganizationQuery(
                    account_id=ACCOUNT, at=NOON, names=(Contains("bhd"),), standings=frozenset({standing})
                )
                page = await work.organizations.search(query)
                assert [found.id for found in page.items] == numbers
                assert all(found.standing(NOON) is standing for found in page.items)
