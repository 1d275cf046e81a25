"""Organizations: what they must say of themselves, and how long somebody's check of them counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain import rules
from certwright.domain.errors import Conflict, InvalidInput, NotFound
from certwright.domain.ids import AccountId, OrganizationId
from certwright.domain.organization import Address
from certwright.domain.product import ValidationLevel
from certwright.services.organizations import NewOrganization
from tests.support.orders import organization

if TYPE_CHECKING:
    from tests.support.server import Server

ADDRESS = Address(line1="1 Jalan Besar", city="Ipoh", state="Perak", postal_code="30000", country="MY")
NEW = NewOrganization(name="Example Sdn. Bhd.", address=ADDRESS, phone="+60.312345678")
OV = ValidationLevel.OV


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (replace(NEW, name=""), "name"),
        (replace(NEW, name="  "), "name"),
        (replace(NEW, name="x" * 65), "name"),
        (replace(NEW, name="a\nb"), "name"),
        (replace(NEW, name="a\0b"), "name"),
        (replace(NEW, phone=""), "phone"),
        (replace(NEW, registration_number="1" * 65), "registration_number"),
        (replace(NEW, assumed_name="\ud800"), "assumed_name"),
        (replace(NEW, address=replace(ADDRESS, line2="x" * 65)), "address2"),
        (replace(NEW, address=replace(ADDRESS, city="")), "city"),
        (replace(NEW, address=replace(ADDRESS, country="A1")), "country"),
        (replace(NEW, address=replace(ADDRESS, country="my")), "country"),
        (replace(NEW, address=replace(ADDRESS, country="MYS")), "country"),
    ],
)
async def test_wrong_field_is_named(server: Server, new: NewOrganization, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await server.program.use.organizations.create(server.account.account.id, new)
    assert [fault.field for fault in refused.value.faults] == [field]


async def test_organization_belongs_to_an_account(server: Server) -> None:
    use = server.program.use.organizations
    made = await use.create(server.account.account.id, NEW)
    assert await use.get(await server.caller(), made.id) == made
    assert await use.list_all() == [made]
    with pytest.raises(NotFound):
        await use.create(AccountId(999), NEW)


async def test_check_counts_as_long_as_the_rules_allow(server: Server) -> None:
    use, now = server.program.use.organizations, server.clock.now()
    limit = rules.max_identity_age(now)
    made = await organization(server)
    checked = await use.approve(made.id, OV, evidence="register")
    assert [(v.level, v.valid_until, v.evidence) for v in checked.validations] == [
        (OV, now + limit, "register")
    ]
    shorter = await use.approve(made.id, OV, until=now + timedelta(days=1))
    assert [v.valid_until for v in shorter.validations] == [now + timedelta(days=1)]
    for until in (now, now - timedelta(days=1), now + limit + timedelta(seconds=1)):
        with pytest.raises(InvalidInput, match="must end between"):
            await use.approve(made.id, OV, until=until)
    with pytest.raises(NotFound):
        await use.approve(OrganizationId(999), OV)


async def test_ev_needs_a_registration_number(server: Server) -> None:
    use = server.program.use.organizations
    with pytest.raises(Conflict, match="registration number"):
        await use.approve((await organization(server)).id, ValidationLevel.EV)
    await use.approve((await organization(server, registration_number="1")).id, ValidationLevel.EV)
