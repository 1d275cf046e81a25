"""Proofs of control as they are told."""

from __future__ import annotations

import msgspec
import pytest

from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import InvalidInput
from certwright.domain.identifier import Identifier
from certwright.domain.ids import ProductKey
from certwright.services.name_proofs import NameProof
from certwright.services.order_view import OrderView
from certwright.web.digicert.schemas.bodies import CheckDCV, NameToCheck
from certwright.web.digicert.translate.proofs import (
    dcv_check,
    names_to_check,
    random_value,
    verification_value,
)
from tests.support.book import certificate, names, order, validation
from tests.support.catalogue import CATALOGUE
from tests.support.clock import NOON

ORDER = order(names=names("a.example.com", "b.example.com"))


def _view(product_key: str = "ssl123") -> OrderView:
    a, b = ORDER.names
    return OrderView(
        order=ORDER,
        certificate=certificate(ORDER),
        product=CATALOGUE.get(ProductKey(product_key)),
        proofs=(
            NameProof(name=a, validation=None, is_proved=True),
            NameProof(name=b, validation=None, is_proved=False),
        ),
        requests=(),
        seen_at=NOON,
    )


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ([], "pending", [("a.example.com", "approved"), ("b.example.com", "pending")]),
        (["a.example.com"], "valid", [("a.example.com", "approved")]),
        (["b.example.com"], "pending", [("b.example.com", "pending")]),
    ],
)
def test_names_asked_about_are_told(asked: list[str], status: str, told: list[tuple[str, str]]) -> None:
    check = dcv_check(_view(), frozenset(map(Identifier, asked)))
    assert check.dcv_status == status
    assert [(entry.dns_name, entry.status) for entry in check.dns_name_validations] == told


def test_private_names_need_no_proof() -> None:
    assert dcv_check(_view("private_ssl_plus"), frozenset()).dcv_status == "valid"


def test_both_spellings_of_the_list_are_read() -> None:
    entries = [NameToCheck(dns_name="A.example.com"), NameToCheck()]
    expected = frozenset({Identifier("a.example.com")})
    assert names_to_check(CheckDCV(dns_name_validations=entries)) == expected
    assert names_to_check(CheckDCV(dns_names_validations=entries)) == expected
    assert names_to_check(CheckDCV()) == frozenset()
    with pytest.raises(InvalidInput):
        names_to_check(CheckDCV(dns_name_validations=[NameToCheck(dns_name="!")]))


def test_value_without_validation_has_no_end() -> None:
    assert msgspec.to_builtins(random_value(ORDER, None, "t.example")) == {"dcv_random_value": "r" * 32}
    told = random_value(ORDER, validation(random_value="v" * 32), "t.example")
    assert (told.dcv_random_value, told.expiration_date) == ("v" * 32, "2026-12-21T12:00:00+00:00")


def test_alias_is_told_for_cname_orders_only() -> None:
    alias = order(names=names("a.example.com", method=DCVMethod.DNS_CNAME))
    assert verification_value(alias, "v", "t.example") == "v.t.example"
    assert verification_value(ORDER, "v", "t.example") is msgspec.UNSET
