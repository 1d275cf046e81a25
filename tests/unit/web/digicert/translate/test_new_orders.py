"""Orders as clients place them; tests/wire places them for real."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import InvalidInput, NotFound
from certwright.domain.identifier import Identifier
from certwright.domain.order import OrderDetails
from certwright.web.digicert.errors import BadRequest
from certwright.web.digicert.schemas.bodies import ApproverEmail, OrderedCertificate, PlaceOrder
from certwright.web.digicert.translate.new_orders import (
    choose_product,
    organization_of,
    parse_names,
    read_csr,
    renewal_of,
    to_new_order,
    to_ordered_names,
)
from certwright.web.digicert.translate.numbers import is_set
from tests.support.book import organization
from tests.support.catalogue import CATALOGUE
from tests.support.clock import NOON
from tests.support.server import csr_for

if TYPE_CHECKING:
    from certwright.services.new_order import NewOrder

DV = CATALOGUE.get_by_name_id("ssl_dv_geotrust_flex")
OV = CATALOGUE.get_by_name_id("ssl_basic")


def _body(**fields: Any) -> PlaceOrder:
    return msgspec.convert(
        {"certificate": {"common_name": "shop.example.com"}, "validity_years": 1, **fields}, PlaceOrder
    )


def _order(**fields: Any) -> NewOrder:
    return to_new_order(DV, _body(**fields), None, now=NOON)


def _chosen(hint: str | None, common_name: str, *dns_names: str) -> str:
    certificate = {"common_name": common_name, "dns_names": list(dns_names)}
    return choose_product(
        CATALOGUE, "ssl", _body(certificate=certificate, product={"type_hint": hint})
    ).name_id


def test_names_are_canonical_and_each_stands_once_the_common_name_first() -> None:
    certificate = OrderedCertificate(
        common_name="Shop.Example.com.",
        dns_names=["www.shop.example.com", "shop.example.COM", None, "", "bücher.example"],
    )
    assert [name.name for name in parse_names(certificate)] == [
        "shop.example.com",
        "www.shop.example.com",
        "xn--bcher-kva.example",
    ]


@pytest.mark.parametrize(
    ("hint", "names", "name_id"),
    [
        ("ov", ["a.example.com"], "ssl_plus"),
        ("OV", ["*.example.com"], "ssl_wildcard"),
        ("ov", ["a.example.com", "b.example.com"], "ssl_multi_domain"),
        ("ev", ["a.example.com"], "ssl_ev_basic"),
        ("dv", ["a.example.com"], "ssl_dv_rapidssl"),
        ("dv", ["*.example.com"], "wildcard_dv_rapidssl"),
        ("dv", ["a.example.com", "b.example.com"], "ssl_dv_geotrust_flex"),
        ("private", ["a.example.com"], "private_ssl_plus"),
    ],
)
def test_hint_leads_to_the_plainest_product_that_takes_the_names(
    hint: str, names: list[str], name_id: str
) -> None:
    assert _chosen(hint, *names) == name_id


@pytest.mark.parametrize("hint", [None, "", "nonsense"])
def test_hint_that_leads_nowhere(hint: str | None) -> None:
    with pytest.raises(BadRequest) as caught:
        _chosen(hint, "a.example.com")
    assert caught.value.wire_code == "ambiguous_product"


def test_no_product_of_the_hint_takes_the_names() -> None:
    with pytest.raises(BadRequest) as caught:
        _chosen("ev", "*.example.com")
    assert caught.value.wire_code == "ambiguous_product"


def test_products_are_named_by_the_path() -> None:
    assert choose_product(CATALOGUE, "ssl_basic", _body()) is OV
    with pytest.raises(NotFound):
        choose_product(CATALOGUE, "ssl_super", _body())


def test_what_an_order_carries() -> None:
    company = organization()
    new = to_new_order(
        OV,
        _body(
            comments="For the shop",
            additional_emails=["siti@example.com", None, "ali@example.com"],
            alternative_order_id=17,
            renewal_of_order_id="100001",
            skip_approval="1",
            dcv_method="dns-cname-token",
        ),
        company,
        now=NOON,
    )
    assert (new.term_years, new.organization_id, new.renewal_of_order_id) == (1, company.id, 100_001)
    assert new.skip_approval
    assert [name.method for name in new.names] == [DCVMethod.DNS_CNAME]
    assert new.details == OrderDetails(
        email="siti@example.com",
        company=company.name,
        comments="For the shop",
        alternative_order_id="17",
        additional_emails=("siti@example.com", "ali@example.com"),
    )


def test_organization_is_asked_for_where_it_is_needed() -> None:
    with pytest.raises(BadRequest) as caught:
        to_new_order(OV, _body(), None, now=NOON)
    assert caught.value.wire_code == "required_param:organization.id"


@pytest.mark.parametrize("common_name", [None, ""])
def test_common_name_is_asked_for(common_name: str | None) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_names(OrderedCertificate(common_name=common_name))
    assert caught.value.wire_code == "required_param:certificate.common_name"


def test_way_of_proof_is_the_product_s_first_that_can_prove_the_name() -> None:
    (name,) = _order().names
    assert name.method is DV.methods[0]
    assert DV.methods
    wildcard = to_ordered_names(DV, [Identifier("*.example.com")], None, [])
    assert wildcard[0].method.reaches_subdomains


def test_unknown_way_of_proof() -> None:
    with pytest.raises(BadRequest) as caught:
        _order(dcv_method="pigeon")
    assert caught.value.wire_code == "invalid_value:dcv_method"


def test_approvers_are_those_named_or_the_first_of_each_name() -> None:
    names = [Identifier(name) for name in ("shop.example.com", "api.example.com", "www.example.com")]
    emails = [
        ApproverEmail(dns_name="SHOP.example.com", email="Hostmaster@example.com"),
        ApproverEmail(dns_name="api.example.com", email_domain="example.com"),
        ApproverEmail(email="webmaster@example.com"),
    ]
    ordered = to_ordered_names(DV, names, "email", emails)
    assert [name.approver_email for name in ordered] == [
        "hostmaster@example.com",
        "admin@example.com",
        "admin@www.example.com",
    ]


def test_csr_in_every_form() -> None:
    pem = csr_for("shop.example.com")
    lines = pem.strip().split("\n")
    ders = {
        read_csr(text).der for text in (pem, "".join(lines), "".join(lines[1:-1]), pem.replace("\n", "\r\n"))
    }
    assert len(ders) == 1
    with pytest.raises(BadRequest) as caught:
        read_csr("nonsense")
    assert caught.value.wire_code == "csr_invalid_cannot_parse"


def test_order_may_come_without_csr() -> None:
    assert _order().csr is None
    assert _order(certificate={"common_name": "shop.example.com", "csr": ""}).csr is None


@pytest.mark.parametrize("value", [None, 0, "0", "", " "])
def test_ids_that_mean_none(value: Any) -> None:
    assert organization_of(_body(organization={"id": value})) is None
    assert renewal_of(_body(renewal_of_order_id=value)) is None


@pytest.mark.parametrize("value", [-1, "x", 2**31, "9" * 5000, "٣"])
def test_ids_that_nobody_has(value: Any) -> None:
    with pytest.raises(NotFound):
        organization_of(_body(organization={"id": value}))
    with pytest.raises(NotFound):
        renewal_of(_body(renewal_of_order_id=value))


@pytest.mark.parametrize(
    ("flag", "says_yes"),
    [
        (True, True),
        (1, True),
        ("1", True),
        ("True", True),
        (False, False),
        (0, False),
        ("", False),
        (None, False),
    ],
)
def test_flags(flag: Any, says_yes: bool) -> None:
    assert is_set(flag) is says_yes


def test_names_that_are_none() -> None:
    with pytest.raises(InvalidInput):
        parse_names(OrderedCertificate(common_name="localhost"))
