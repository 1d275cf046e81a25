"""Place Order and Get Order Info, word by word."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from certwright.domain.contact import Contact, ContactKind
from certwright.domain.csr import CSR, CSRSubject, KeySpec, make_csr, parse_csr
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import InvalidInput, NotFound, UnusableCSR
from certwright.domain.ids import ContactId, ProductKey
from certwright.domain.product import Price, Product, ValidationLevel
from certwright.domain.status import OrderStatus
from certwright.services.order_view import OrderView
from certwright.web.webnic.schemas.orders import PlaceOrderRequest
from certwright.web.webnic.translate.bodies import check_body
from certwright.web.webnic.translate.faults import InvalidFields
from certwright.web.webnic.translate.orders import new_order, order_info
from tests.support.book import ACCOUNT, ADDRESS, issued, names, order
from tests.support.clock import NOON

PRODUCT = Product(
    key=ProductKey("ssl123"),
    name_id="ssl123",
    name="SSL123",
    provider="Thawte",
    validation_level=ValidationLevel.DV,
    price=Price(base=Decimal(10)),
)
ADMINISTRATOR = Contact(
    id=ContactId(5),
    account_id=ACCOUNT,
    kind=ContactKind.ADMINISTRATOR,
    first_name="Siti",
    last_name="Aminah",
    company="Testing Organization",
    email="support@webnic.cc",
    phone="+60.312345678",
    address=ADDRESS,
    created_at=NOON,
)
CSR_OF_SHOP = parse_csr(
    make_csr(
        CSRSubject(common_name="Shop.webnic.cc"), ("shop.webnic.cc", "panel.webnic.cc"), KeySpec.P256
    ).csr_pem
)


def _order(csr: CSR = CSR_OF_SHOP, **fields: Any) -> Any:
    asked: dict[str, Any] = {
        "product_key": "ssl123",
        "term": 1,
        "csr": "x",
        "administrator_contact_id": "WNC5",
        "auth_type": "dns",
    }
    request = PlaceOrderRequest(**asked | fields)
    check_body(request)
    return new_order(request, product=PRODUCT, csr=csr, administrator=ADMINISTRATOR)


def _texts(new: Any) -> list[str]:
    return [name.identifier.name for name in new.names]


def test_names_are_the_csrs_common_name_and_sanfield() -> None:
    assert _texts(_order()) == ["shop.webnic.cc"]
    sent = ["WWW.webnic.cc", " ", "shop.webnic.cc", "www.webnic.cc."]
    assert _texts(_order(sanfield=sent)) == ["shop.webnic.cc", "www.webnic.cc"]


def test_csr_without_a_subject_gives_its_first_san() -> None:
    assert _texts(_order(csr=replace(CSR_OF_SHOP, common_name=""))) == ["shop.webnic.cc"]
    with pytest.raises(UnusableCSR):
        _order(csr=replace(CSR_OF_SHOP, common_name="", names=()))


def test_order_carries_its_administrator() -> None:
    new = _order(special_instruction="please")
    assert (new.administrator_contact_id, new.technical_contact_id) == (5, 5)
    assert (new.details.email, new.details.company) == ("support@webnic.cc", "Testing Organization")
    assert new.details.special_instruction == "please"
    assert _order(technical_contact_id="WNC6").technical_contact_id == 6
    assert _order(organization_id=7).organization_id == _order(organization_id="7").organization_id == 7
    assert _order(organization_id="", technical_contact_id="").organization_id is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"product_key": "", "term": None}, "productKey"),
        ({"auth_type": "fax"}, "authType"),
        ({"special_instruction": "x" * 2001}, "specialInstruction"),
        ({"sanfield": ["www.webnic.cc", "no name"]}, "sanfield[1]"),
    ],
)
def test_wrong_fields_are_named(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        _order(**fields)
    assert caught.value.faults[0].field == field


def test_all_missing_fields_are_told_at_once() -> None:
    with pytest.raises(InvalidFields) as caught:
        check_body(PlaceOrderRequest())
    told = [fault.field for fault in caught.value.faults]
    assert told == ["productKey", "term", "csr", "administratorContactId", "authType"]


def test_ids_that_are_none_are_unknown() -> None:
    with pytest.raises(NotFound):
        _order(technical_contact_id="6")
    with pytest.raises(NotFound):
        _order(organization_id="six")


def test_info_of_an_order_from_the_other_dialect() -> None:
    """Such an order names no contacts and may be proved by an alias."""
    of = order(
        status=OrderStatus.ISSUED, names=names("a.example.com", "b.example.com", method=DCVMethod.DNS_CNAME)
    )
    info = order_info(
        OrderView(order=of, certificate=issued(of), product=PRODUCT, proofs=(), requests=(), seen_at=NOON)
    )
    assert (info.admid, info.tecid, info.auth_type) == (None, None, "dns")
    assert (info.common_name, info.sanfield) == ("a.example.com", ["b.example.com"])
    assert (info.dtsettle, info.dtcertexpire) == ("2026-11-22T20:00:00+08:00", "2027-02-20T20:00:00+08:00")
    assert (info.order_status, info.cert_status, info.cancel) == ("completed", "active", False)
