"""The account, its money and its users as they are told, and new organizations as they are sent."""

from __future__ import annotations

import msgspec
import pytest

from certwright.domain.errors import InvalidInput
from certwright.domain.ledger import Balance
from certwright.web.digicert.schemas import account as wire
from certwright.web.digicert.translate import account as translate
from tests.support.book import account, api_key, organization
from tests.support.clock import NOON


@pytest.mark.parametrize(
    ("cents", "limit", "expected"),
    [
        (12_050, 100_000, {"balance": "120.50", "total_available_funds": "1120.50"}),
        (-5, 5, {"balance": "-0.05", "total_available_funds": "0.00", "negative_balance_limit": "0.05"}),
        (0, None, {"balance": "0.00", "unlimited_negative_balance": True}),
    ],
)
def test_amounts_are_texts(cents: int, limit: int | None, expected: dict[str, object]) -> None:
    told = msgspec.to_builtins(translate.balance(Balance(cents=cents, credit_limit_cents=limit), "MYR"))
    assert expected.items() <= told.items()
    assert ("negative_balance_limit" in told) == (limit is not None)


def test_account_without_organizations_or_limit() -> None:
    told = msgspec.to_builtins(translate.account(account(), Balance(cents=0), []))
    assert not {"primary_organization_id", "balance_negative_limit"} & set(told)
    told = msgspec.to_builtins(
        translate.account(account(), Balance(cents=0, credit_limit_cents=250), [organization(7)])
    )
    assert (told["primary_organization_id"], told["balance_negative_limit"]) == (7, 2)


def test_revoked_key_is_an_inactive_user() -> None:
    assert translate.user(api_key(7), account()).status == "active"
    assert translate.user(api_key(7, revoked_at=NOON), account()).status == "inactive"


def test_container_lists_what_is_in_it() -> None:
    told = translate.container(account(), [api_key(7)], [], [organization(3)])
    assert (told.user_id_assignments, told.allowed_domain_names) == (["7"], [])
    assert [each.id for each in told.organization_assignments] == [3]


def test_new_organization_needs_what_the_manual_requires() -> None:
    body = wire.AddOrganization(
        name="Kedai", address="1 Jalan Besar", city="Ipoh", country="my", telephone="+60 5 123"
    )
    new = translate.parse_new_organization(body)
    assert (new.address.country, new.contact) == ("MY", None)
    with pytest.raises(InvalidInput):
        translate.parse_new_organization(wire.AddOrganization(name="Kedai"))
