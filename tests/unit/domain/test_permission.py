"""Roles open areas, restrictions close them, and both have to agree."""

from __future__ import annotations

import itertools

import pytest

from certwright.domain.account import KeyRestriction, Role
from certwright.domain.permission import OPEN, READABLE, WRITABLE, Area, may
from tests.support.book import api_key


def test_tables_know_every_role_and_restriction() -> None:
    assert READABLE.keys() == WRITABLE.keys() == set(Role)
    assert OPEN.keys() == set(KeyRestriction)


def test_what_may_be_changed_may_be_read() -> None:
    for role, restriction, area in itertools.product(Role, KeyRestriction, Area):
        key = api_key(role=role, restriction=restriction)
        assert may(key, area, write=False) or not may(key, area, write=True)


def test_administrator_without_restriction_may_do_everything() -> None:
    key = api_key(role=Role.ADMINISTRATOR)
    assert all(may(key, area, write=write) for area in Area for write in (False, True))


def test_restriction_only_takes_away() -> None:
    for role, restriction, area in itertools.product(Role, KeyRestriction, Area):
        for write in (False, True):
            key = api_key(role=role, restriction=restriction)
            assert may(api_key(role=role), area, write=write) or not may(key, area, write=write)


@pytest.mark.parametrize(
    ("role", "restriction", "area", "reads", "writes"),
    [
        (Role.MANAGER, KeyRestriction.NONE, Area.FINANCE, False, False),
        (Role.MANAGER, KeyRestriction.NONE, Area.SUBSCRIPTIONS, False, False),
        (Role.FINANCE, KeyRestriction.NONE, Area.SUBSCRIPTIONS, False, False),
        (Role.STANDARD, KeyRestriction.NONE, Area.SUBSCRIPTIONS, False, False),
        (Role.LIMITED, KeyRestriction.NONE, Area.SUBSCRIPTIONS, False, False),
        (Role.ADMINISTRATOR, KeyRestriction.ORDERS, Area.SUBSCRIPTIONS, False, False),
        (Role.ADMINISTRATOR, KeyRestriction.VIEW_ONLY, Area.SUBSCRIPTIONS, True, False),
        (Role.FINANCE, KeyRestriction.NONE, Area.ORDERS, True, False),
        (Role.FINANCE, KeyRestriction.NONE, Area.FINANCE, True, True),
        (Role.STANDARD, KeyRestriction.NONE, Area.USERS, False, False),
        (Role.LIMITED, KeyRestriction.NONE, Area.DOMAINS, True, False),
        (Role.ADMINISTRATOR, KeyRestriction.VIEW_ONLY, Area.ORDERS, True, False),
        (Role.ADMINISTRATOR, KeyRestriction.ORDERS, Area.DOMAINS, False, False),
        (Role.ADMINISTRATOR, KeyRestriction.ORDERS_DOMAINS_ORGANIZATIONS, Area.DOMAINS, True, True),
        (Role.ADMINISTRATOR, KeyRestriction.USERS, Area.ORDERS, False, False),
    ],
)
def test_role_and_restriction_decide_together(
    *, role: Role, restriction: KeyRestriction, area: Area, reads: bool, writes: bool
) -> None:
    key = api_key(role=role, restriction=restriction)
    assert (may(key, area, write=False), may(key, area, write=True)) == (reads, writes)
