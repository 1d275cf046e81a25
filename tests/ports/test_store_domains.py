"""Domains in the store: unique by account and name, guarded by a version, found from above and below."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.dcv import DCVMethod, ValidationStatus
from certwright.domain.domain import Domain, Told
from certwright.domain.errors import Conflict, NotFound, StaleRecord
from certwright.domain.ids import AccountId, DomainId, OrganizationId, ValidationId
from certwright.domain.product import ValidationLevel
from certwright.domain.status import OrderStatus
from tests.support.book import ACCOUNT, OTHER_ACCOUNT, add_accounts, add_order, names, order, validation
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.store.unit_of_work import SQLStore

DAY = timedelta(days=1)


def domain(number: int = 1, name: str = "example.com", **changes: Any) -> Domain:
    made = Domain(
        id=DomainId(number),
        account_id=ACCOUNT,
        name=name,
        method=DCVMethod.DNS_TXT,
        levels=(ValidationLevel.OV, ValidationLevel.EV),
        created_at=NOON,
        submitted_at=NOON,
    )
    return replace(made, **changes)


async def add(store: SQLStore, *new: Domain) -> None:
    await add_accounts(store)
    async with store.writing() as work:
        for one in new:
            await work.domains.add(one)


async def test_domain_comes_back_as_it_was_stored_and_changed(store: SQLStore) -> None:
    full = domain(organization_id=OrganizationId(7), is_active=False, told=Told.ENDING)
    await add(store, full, domain(2, "example.org", levels=()))
    changed = replace(full, method=DCVMethod.EMAIL, is_active=True, submitted_at=NOON + DAY, told=None)
    async with store.writing() as work:
        assert await work.domains.get(ACCOUNT, full.id) == full
        await work.domains.save(changed)
    async with store.reading() as work:
        assert await work.domains.find(full.id) == replace(changed, version=1)
        assert [found.id for found in await work.domains.list_of_account(ACCOUNT)] == [1, 2]
        assert (await work.domains.get(ACCOUNT, DomainId(2))).levels == ()


async def test_change_over_another_change_is_stale(store: SQLStore) -> None:
    await add(store, domain())
    async with store.writing() as work:
        await work.domains.save(domain(is_active=False))
    with pytest.raises(StaleRecord):
        async with store.writing() as work:
            await work.domains.save(domain(told=Told.VALIDATED))


async def test_name_is_taken_once_in_each_account(store: SQLStore) -> None:
    await add(store, domain(), domain(2, account_id=OTHER_ACCOUNT))
    with pytest.raises(Conflict):
        async with store.writing() as work:
            await work.domains.add(domain(3))


async def test_foreign_domain_is_unknown(store: SQLStore) -> None:
    await add(store, domain())
    async with store.reading() as work:
        for account_id, number in ((OTHER_ACCOUNT, 1), (ACCOUNT, 2)):
            with pytest.raises(NotFound, match=r"^Domain not found$"):
                await work.domains.get(AccountId(account_id), DomainId(number))
        assert await work.domains.list_of_account(OTHER_ACCOUNT) == []
        assert await work.domains.list_at_or_below(OTHER_ACCOUNT, "example.com") == []


async def test_deleted_domain_is_gone(store: SQLStore) -> None:
    await add(store, domain())
    async with store.writing() as work:
        await work.domains.delete(domain())
        assert await work.domains.find(DomainId(1)) is None


async def test_domains_at_or_below_a_name(store: SQLStore) -> None:
    await add(store, domain(), domain(2, "a.b.example.com"), domain(3, "myexample.com"), domain(4, "com.net"))
    async with store.reading() as work:
        found = await work.domains.list_at_or_below(ACCOUNT, "example.com")
        assert [each.id for each in found] == [1, 2]


async def test_orders_that_wait_at_or_below_a_name(store: SQLStore) -> None:
    await add_accounts(store)
    waiting = {
        100_001: ("example.com", "shop.example.com"),
        100_002: ("*.sub.example.com",),
        100_003: ("myexample.com",),
    }
    for number, texts in waiting.items():
        await add_order(store, order(number, names=names(*texts)))
    await add_order(store, order(100_004, names=names("example.com"), status=OrderStatus.CANCELED))
    await add_order(store, order(100_005, names=names("a.example.com"), status=OrderStatus.REISSUE_PENDING))
    await add_order(store, order(100_006, names=names("example.com"), account_id=OTHER_ACCOUNT))
    async with store.reading() as work:
        assert await work.domains.list_waiting_orders(ACCOUNT, "example.com") == [100_001, 100_002, 100_005]


async def test_validations_that_no_order_asked_for(store: SQLStore) -> None:
    own = validation(1, order_id=None, domain="example.com")
    fresh = validation(
        2,
        order_id=None,
        domain="example.org",
        status=ValidationStatus.VALID,
        proved_domain="example.org",
        validated_at=NOON,
        reusable_until=NOON + DAY,
    )
    async with store.writing() as work:
        for one in (own, fresh, validation(3), replace(own, id=ValidationId(4), account_id=OTHER_ACCOUNT)):
            await work.validations.add(one)
        await work.validations.add_approval(b"a", own.id, sent_at=NOON, expires_at=NOON + DAY)
    async with store.reading() as work:
        assert await work.validations.list_of_domains(ACCOUNT) == [own, fresh]
        assert await work.validations.list_of_domains(ACCOUNT, "example.com") == [own]
        assert await work.validations.list_fresh(ACCOUNT, NOON) == [fresh]
        assert await work.validations.list_fresh(ACCOUNT, NOON + DAY) == []
        assert await work.validations.find_last_mail_of(own.id) == NOON
        assert await work.validations.find_last_mail_of(fresh.id) is None
