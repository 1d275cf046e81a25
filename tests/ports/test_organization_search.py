"""The search of organizations, on both databases: exact totals, pages newest first, and what the domain says of each."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.ids import OrganizationId
from certwright.domain.organization import OrganizationValidation, ReviewStatus, Standing
from certwright.domain.product import ValidationLevel
from certwright.domain.query import Contains, OneOf, OrganizationQuery
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts, organization
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.domain.query import OrganizationPage
    from certwright.store.unit_of_work import SQLStore

DAY = timedelta(days=1)
NAMES = ["Example, Sdn. Bhd.", "100% Bhd.", "EXAMPLE_TWO", "Ünïted Öl", "Example three", "back\\slash!"]


def _validation(level: str, status: str, ends: timedelta | None = None) -> OrganizationValidation:
    return OrganizationValidation(
        level=ValidationLevel(level),
        status=ReviewStatus(status),
        submitted_at=NOON - DAY,
        valid_until=None if ends is None else NOON + ends,
    )


CHECKS: list[list[OrganizationValidation]] = [
    [],
    [_validation("ov", "pending")],
    [_validation("ov", "rejected")],
    [_validation("ov", "approved", DAY)],
    [_validation("ov", "approved", timedelta(0))],
    [_validation("ov", "approved", DAY), _validation("ev", "pending")],
    [_validation("ov", "approved", -DAY), _validation("ev", "rejected")],
    [_validation("ov", "rejected"), _validation("ev", "pending")],
    [_validation("ov", "approved", -DAY), _validation("ev", "approved", DAY)],
]


@pytest.fixture
async def filled(store: SQLStore) -> SQLStore:
    await add_accounts(store)
    async with store.writing() as work:
        for number, name in enumerate(NAMES, start=1):
            await work.organizations.add(organization(number, name=name))
        await work.organizations.add(organization(99, name=NAMES[0], account_id=OTHER_ACCOUNT))
    return store


async def _search(store: SQLStore, **changes: Any) -> OrganizationPage:
    async with store.reading() as work:
        return await work.organizations.search(OrganizationQuery(account_id=ACCOUNT, at=NOON, **changes))


async def _ids(store: SQLStore, **changes: Any) -> list[int]:
    page = await _search(store, **changes)
    assert page.total == len(page.items)
    return [found.id for found in page.items]


async def test_everything_newest_first_in_pages(filled: SQLStore) -> None:
    assert await _ids(filled) == [6, 5, 4, 3, 2, 1]
    page = await _search(filled, offset=2, limit=3)
    assert ([found.id for found in page.items], page.total) == ([4, 3, 2], 6)
    beyond = await _search(filled, offset=6)
    assert (beyond.items, beyond.total) == ((), 6)


@pytest.mark.parametrize(
    ("tests", "found"),
    [
        ([Contains("EXAMPLE")], [5, 3, 1]),
        ([Contains("%")], [2]),
        ([Contains("_")], [3]),
        ([Contains("\\")], [6]),
        ([Contains("!")], [6]),
        ([Contains("")], [6, 5, 4, 3, 2, 1]),
        ([Contains("ünïted ö")], [4]),
        ([Contains("example"), Contains("bhd")], [1]),
        ([OneOf(("example, sdn. bhd.",))], [1]),
        ([OneOf(("ÜNÏTED ÖL", "100% bhd."))], [4, 2]),
        ([OneOf(("example",))], []),
        ([OneOf(())], []),
    ],
)
async def test_names_in_any_case(filled: SQLStore, tests: list[Contains | OneOf], found: list[int]) -> None:
    assert await _ids(filled, names=tuple(tests)) == found


async def test_standings_are_those_of_the_domain(store: SQLStore) -> None:
    await add_accounts(store)
    expected: dict[Standing, list[int]] = {standing: [] for standing in Standing}
    async with store.writing() as work:
        for number, validations in enumerate(CHECKS, start=1):
            await work.organizations.add(organization(number))
            for validation in validations:
                await work.organizations.set_validation(OrganizationId(number), validation)
            stored = await work.organizations.get(ACCOUNT, OrganizationId(number))
            assert list(stored.validations) == sorted(validations, key=lambda v: v.level)
            expected[stored.standing(NOON)].insert(0, number)
    assert all(expected.values())
    for standing, numbers in expected.items():
        assert await _ids(store, standings=frozenset({standing})) == numbers
    assert await _ids(store, standings=frozenset()) == []
    assert await _ids(store, standings=frozenset(Standing)) == list(range(len(CHECKS), 0, -1))
    both = frozenset({Standing.ACTIVE, Standing.PENDING})
    assert set(await _ids(store, standings=both)) == {*expected[Standing.ACTIVE], *expected[Standing.PENDING]}


async def test_a_validation_that_is_decided_moves_its_organization(filled: SQLStore) -> None:
    async with filled.writing() as work:
        await work.organizations.set_validation(OrganizationId(1), _validation("ov", "pending"))
    assert await _ids(filled, standings=frozenset({Standing.PENDING})) == [1]
    async with filled.writing() as work:
        await work.organizations.set_validation(OrganizationId(1), _validation("ov", "approved", DAY))
    assert await _ids(filled, standings=frozenset({Standing.PENDING})) == []
    assert await _ids(filled, standings=frozenset({Standing.ACTIVE})) == [1]
