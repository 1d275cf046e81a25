"""Methods, approvers, and what has to be published where."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from certwright.domain.dcv import DCVMethod
from certwright.domain.identifier import Identifier
from certwright.domain.ids import ProductKey
from certwright.domain.order import OrderedName
from certwright.domain.product import Price, Product, ValidationLevel
from certwright.services.name_proofs import NameProof
from certwright.services.order_view import OrderView
from certwright.web.webnic.schemas.proofs import Approver
from certwright.web.webnic.translate.faults import InvalidFields
from certwright.web.webnic.translate.proofs import (
    assign_method,
    dcv_status,
    method_word,
    order_auth,
    parse_method,
)
from tests.support.book import certificate, order, validation
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.web.webnic.schemas.proofs import ApproverEmail

SHOP, STAR, OTHER = Identifier("shop.webnic.cc"), Identifier("*.webnic.cc"), Identifier("example.net")
PRODUCT = Product(
    key=ProductKey("ssl123"),
    name_id="ssl123",
    name="SSL123",
    provider="Thawte",
    validation_level=ValidationLevel.DV,
    price=Price(base=Decimal(10)),
)
VALUE = "r" * 32
TARGET = "dcv.certwright.example"


@pytest.mark.parametrize(
    ("word", "method"),
    [
        ("dns", DCVMethod.DNS_TXT),
        ("DNS", DCVMethod.DNS_TXT),
        ("file", DCVMethod.WEBSITE),
        ("Email", DCVMethod.EMAIL),
    ],
)
def test_methods_both_ways(word: str, method: DCVMethod) -> None:
    assert parse_method(word) is method
    assert method_word(method) == word.lower()


def test_every_method_has_a_word_and_other_words_are_none() -> None:
    assert {method_word(method) for method in DCVMethod} == {"email", "dns", "file"}
    with pytest.raises(InvalidFields):
        parse_method("dns-cname")


@pytest.mark.parametrize(
    ("approvers", "expected"),
    [
        (None, ["admin@shop.webnic.cc", "admin@webnic.cc", "admin@example.net"]),
        ("", ["admin@shop.webnic.cc", "admin@webnic.cc", "admin@example.net"]),
        ([], ["admin@shop.webnic.cc", "admin@webnic.cc", "admin@example.net"]),
        ("Postmaster@WebNIC.cc", ["postmaster@webnic.cc", "postmaster@webnic.cc", "admin@example.net"]),
        (
            ["webmaster@shop.webnic.cc", "hostmaster@example.net"],
            ["webmaster@shop.webnic.cc", "admin@webnic.cc", "hostmaster@example.net"],
        ),
        (
            ["postmaster@webnic.cc", Approver(domain="*.WEBNIC.cc", email="hostmaster@webnic.cc")],
            ["postmaster@webnic.cc", "hostmaster@webnic.cc", "admin@example.net"],
        ),
    ],
)
def test_approvers_in_all_forms(approvers: ApproverEmail | None, expected: list[str]) -> None:
    names = assign_method([SHOP, STAR, OTHER], DCVMethod.EMAIL, approvers)
    assert [name.approver_email for name in names] == expected


@pytest.mark.parametrize(
    "approvers",
    [
        "me@gmail.com",
        ["admin@webnic.cc", "admin@cc"],
        [Approver(domain="elsewhere.net", email="admin@webnic.cc")],
    ],
)
def test_approvers_without_a_say_are_refused(approvers: ApproverEmail) -> None:
    with pytest.raises(InvalidFields):
        assign_method([SHOP, STAR], DCVMethod.EMAIL, approvers)


def test_approvers_mean_nothing_to_other_methods() -> None:
    (name,) = assign_method([SHOP], DCVMethod.WEBSITE, "me@gmail.com")
    assert name == OrderedName(identifier=SHOP, method=DCVMethod.WEBSITE)


def _view(*proofs: NameProof) -> OrderView:
    of = order(names=tuple(proof.name for proof in proofs))
    return OrderView(
        order=of, certificate=certificate(of), product=PRODUCT, proofs=proofs, requests=(), seen_at=NOON
    )


def _open(identifier: Identifier, method: DCVMethod, approver_email: str | None = None) -> NameProof:
    name = OrderedName(identifier=identifier, method=method, approver_email=approver_email)
    wanted = validation(
        domain=identifier.fqdn,
        method=method,
        reason="Not seen",
        next_step="Publish it",
        approver_email=approver_email,
    )
    return NameProof(name=name, validation=wanted, is_proved=False)


def test_dns_record_of_a_wildcard_stands_at_its_fqdn() -> None:
    auth = order_auth(_view(_open(STAR, DCVMethod.DNS_TXT)), TARGET)
    assert (auth.dns_name, auth.dns_value, auth.dns_type) == ("_dnsauth.webnic.cc", VALUE, "TXT")
    assert auth.common_name.name == "*.webnic.cc"
    assert (auth.common_name.reason, auth.common_name.next_step) == ("Not seen", "Publish it")
    assert (auth.url, auth.file_name, auth.approver_email) == (None, None, None)


def test_file() -> None:
    auth = order_auth(_view(_open(SHOP, DCVMethod.WEBSITE), _open(OTHER, DCVMethod.WEBSITE)), TARGET)
    assert auth.url == "http://shop.webnic.cc/.well-known/pki-validation/fileauth.txt"
    assert (auth.file_content, auth.dns_value) == (VALUE, None)
    (other,) = auth.san
    assert (other.path, other.file_name, other.value) == (
        "/.well-known/pki-validation/",
        "fileauth.txt",
        VALUE,
    )


def test_email() -> None:
    auth = order_auth(_view(_open(SHOP, DCVMethod.EMAIL, "admin@webnic.cc")), TARGET)
    assert (auth.approver_email, auth.common_name.value) == ("admin@webnic.cc", "admin@webnic.cc")
    assert (auth.dns_value, auth.file_content) == (None, None)


def test_alias_that_the_other_dialect_asked_for() -> None:
    auth = order_auth(_view(_open(SHOP, DCVMethod.DNS_CNAME)), TARGET)
    assert (auth.auth_type, auth.dns_type) == ("dns", "CNAME")
    assert auth.dns_value == auth.common_name.value == f"{VALUE}.{TARGET}"


def test_proved_and_withdrawn_names_have_nothing_to_publish() -> None:
    name = OrderedName(identifier=SHOP, method=DCVMethod.DNS_TXT)
    proved = NameProof(name=name, validation=validation(), is_proved=True)
    withdrawn = NameProof(name=name, validation=None, is_proved=False)
    answer = dcv_status(_view(proved, withdrawn), TARGET)
    assert [domain.value for domain in answer.domains] == [None, None]
    assert [domain.validated for domain in answer.domains] == [True, False]
    assert (answer.order_status, answer.cert_status) == ("pending", "initial")
