"""Users, organizations and products as they are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec

from certwright.domain.account import Caller, Role
from certwright.domain.ids import APIKeyId
from certwright.domain.organization import OrganizationStatus, OrganizationValidation, ReviewStatus
from certwright.domain.product import ValidationLevel
from certwright.web.digicert.translate import parties
from certwright.web.digicert.translate.query_string import parse_query_string
from tests.support.book import ADDRESS, account, api_key, organization
from tests.support.catalogue import CATALOGUE
from tests.support.clock import NOON


def test_roles() -> None:
    told = parties.me(Caller(account=account(), key=api_key()))
    assert [(role.id, role.name) for role in told.access_roles] == [(1, "Administrator")]
    told = parties.me(Caller(account=account(), key=api_key(role=Role.STANDARD)))
    assert [(role.id, role.name) for role in told.access_roles] == [(5, "Standard user")]


def test_users_are_keys() -> None:
    key = api_key(7, name="clerk")
    assert parties.user(key.id, {key.id: key}).first_name == "clerk"
    assert parties.user(APIKeyId(8), {key.id: key}).id == 8


def test_organization_leaves_out_what_it_has_not() -> None:
    plain = msgspec.to_builtins(parties.organization(organization(), account(), at=NOON))
    assert not {"assumed_name", "address2", "validations"} & set(plain)
    assert plain["country"] == "my"
    full = replace(
        organization(),
        assumed_name="Kedai",
        address=replace(ADDRESS, line2="Level 2"),
        status=OrganizationStatus.INACTIVE,
    )
    told = parties.organization(full, account(), at=NOON)
    assert (told.assumed_name, told.address2, told.is_active) == ("Kedai", "Level 2", False)
    assert told.display_name == "Kedai (Example Sdn. Bhd.)"


def test_validations_run_out() -> None:
    until = NOON + timedelta(days=1)
    validated = organization(
        validations=(
            OrganizationValidation(
                level=ValidationLevel.OV,
                status=ReviewStatus.APPROVED,
                submitted_at=NOON,
                decided_at=NOON,
                valid_until=until,
            ),
        )
    )
    assert [each.status for each in parties.validations(validated, at=NOON)] == ["active"]
    assert [each.status for each in parties.validations(validated, at=until)] == ["expired"]


def test_organizations_are_picked_by_status_and_container() -> None:
    active, inactive = organization(1), organization(2, status=OrganizationStatus.INACTIVE)

    def picked(**filters: str) -> list[int]:
        query = parse_query_string((f"filters[{name}]", value) for name, value in filters.items())
        return [each.id for each in parties.select([active, inactive], account(), query)]

    assert picked() == [1, 2]
    assert picked(status="active") == [1]
    assert picked(status="pending") == []
    assert picked(container_id="1") == [1, 2]
    assert picked(container_id="2") == []
    plain = parse_query_string([("container_id", "2")])
    assert parties.select([active], account(), plain) == []


def test_every_product_of_the_catalogue_can_be_told() -> None:
    for product in CATALOGUE.products:
        row, info = parties.product_row(product), parties.product_info(product)
        assert row.allowed_order_validity_years[-1] == info.max_multi_year_order_validity_years
        # Venafi's connector reads the hashes off the list.
        assert row.signature_hash_types.default_hash_type_id == "sha256"
        assert parties.product_name(product).validation_type == row.validation_type
