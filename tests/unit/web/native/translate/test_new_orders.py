"""Orders on the wire: their names in either form, each with its method, and what names the request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import InvalidInput, NotFound, UnusableCSR
from certwright.web.native.schemas.new_orders import WantedOrder
from certwright.web.native.translate.new_orders import key_of, new_order
from tests.support.catalogue import CATALOGUE
from tests.support.server import csr_for

if TYPE_CHECKING:
    from certwright.services.new_order import NewOrder

M = DCVMethod
NAME = "www.example.com"


def wanted(**fields: Any) -> WantedOrder:
    return msgspec.convert({"product": "ssl123", **fields}, WantedOrder)


def translated(**fields: Any) -> NewOrder:
    return new_order(wanted(**fields), CATALOGUE, None)


def names_of(new: NewOrder) -> list[tuple[str, DCVMethod, str | None]]:
    return [(name.identifier.name, name.method, name.approver_email) for name in new.names]


def test_everything_finds_its_place() -> None:
    new = translated(
        product="ssl_geotrust_truebizid",
        names=[{"name": NAME}],
        csr=csr_for(NAME),
        term_years=2,
        certificate_days=90,
        organization_id=7,
        administrator_contact_id=8,
        technical_contact_id=9,
        renewal_of_order_id=10,
        alternative_order_id=" A-1 ",
        skip_approval=True,
        custom_fields=[{"id": 11, "value": "x"}],
        email="ada@example.com",
        company="Example",
        comments="quick",
        special_instruction="now",
        additional_emails=["bob@example.com"],
    )
    assert (new.product.key, new.term_years, new.certificate_days) == ("true-businessid", 2, 90)
    assert (new.organization_id, new.administrator_contact_id, new.technical_contact_id) == (7, 8, 9)
    assert (new.renewal_of_order_id, new.skip_approval) == (10, True)
    assert [(each.field_id, each.value) for each in new.custom_values] == [(11, "x")]
    assert new.csr is not None
    assert new.csr.common_name == NAME
    details = new.details
    assert (details.email, details.company, details.comments) == ("ada@example.com", "Example", "quick")
    assert (details.special_instruction, details.alternative_order_id) == ("now", "A-1")
    assert details.additional_emails == ("bob@example.com",)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"common_name": "WWW.Example.com."}, [(NAME, M.DNS_TXT, None)]),
        (
            {"common_name": NAME, "dns_names": [NAME, "*.example.org"], "method": "dns-cname"},
            [(NAME, M.DNS_CNAME, None), ("*.example.org", M.DNS_CNAME, None)],
        ),
        (
            {"names": [{"name": NAME, "method": "website"}, {"name": "a.example"}], "method": "dns-cname"},
            [(NAME, M.WEBSITE, None), ("a.example", M.DNS_CNAME, None)],
        ),
        (
            {
                "names": [{"name": NAME, "approver_email": "Admin@Example.com"}, {"name": "b.example.com"}],
                "method": "email",
                "approver_email": "webmaster@example.com",
            },
            [(NAME, M.EMAIL, "admin@example.com"), ("b.example.com", M.EMAIL, "webmaster@example.com")],
        ),
        # Listed twice by itself, a name is left for the product's rules to refuse.
        ({"names": [{"name": NAME}, {"name": NAME}]}, [(NAME, M.DNS_TXT, None)] * 2),
    ],
)
def test_names_come_in_two_forms(fields: dict[str, Any], expected: list[Any]) -> None:
    assert names_of(translated(**fields)) == expected


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "names"),
        ({"names": [{"name": NAME}], "common_name": NAME}, "names"),
        ({"names": [{"name": NAME}], "dns_names": [NAME]}, "names"),
        ({"dns_names": [NAME]}, "names"),
        ({"common_name": "no name"}, "common_name"),
        ({"common_name": NAME, "dns_names": [NAME, "-"]}, "dns_names[1]"),
        ({"names": [{"name": NAME}, {"name": ""}]}, "names[1]"),
        ({"common_name": NAME, "method": "email"}, "approver_email"),
        ({"common_name": NAME, "csr": "nonsense"}, "csr"),
    ],
)
def test_what_can_not_be_read_is_named(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        translated(**fields)
    assert [fault.field for fault in refused.value.faults] == [field]
    assert isinstance(refused.value, UnusableCSR) is (field == "csr")


def test_unknown_product_is_not_found() -> None:
    with pytest.raises(NotFound, match="Product"):
        translated(product="nothing", common_name=NAME)


def test_request_is_named_by_a_text_or_by_the_own_number() -> None:
    plain, numbered = wanted(common_name=NAME), wanted(common_name=NAME, alternative_order_id=" A-1")
    assert key_of(plain) is None
    own, named = key_of(numbered), key_of(numbered, "key")
    assert own is not None
    assert named is not None
    assert (own.text, named.text) == ("alternative_order_id\ta-1", "key")
    assert own.fingerprint == named.fingerprint
    assert key_of(plain, "key") != named
