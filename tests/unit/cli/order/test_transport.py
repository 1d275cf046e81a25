"""Checked orders come out of the other process as they went in."""

from __future__ import annotations

from dataclasses import fields

from certwright.cli.order.transport import Checked, Refusal, pack, unpack
from certwright.domain.custom_field import GivenValue
from certwright.domain.dcv import DCVMethod
from certwright.domain.ids import ContactId, CustomFieldId, OrderId, OrganizationId
from certwright.domain.key_blocklist import KeyBlocklist
from certwright.domain.order import OrderDetails
from certwright.services.idempotency import IdempotencyKey
from certwright.services.new_order import NewOrder, check_order
from tests.support.catalogue import CATALOGUE
from tests.support.clock import NOON
from tests.support.orders import new_csr, ordered

PLAIN = NewOrder(product=CATALOGUE.get("ssl123"), names=ordered("a.example"), term_years=1, csr=None)
FULL = NewOrder(
    product=CATALOGUE.get("positivessl-multi-domain"),
    names=(
        *ordered("www.example.com", "*.example.com"),
        *ordered("b.example", method=DCVMethod.EMAIL, approver="admin@b.example"),
    ),
    term_years=2,
    csr=new_csr(),
    order_days=400,
    certificate_days=90,
    organization_id=OrganizationId(1),
    administrator_contact_id=ContactId(2),
    technical_contact_id=ContactId(3),
    renewal_of_order_id=OrderId(4),
    skip_approval=True,
    server_platform=45,
    idempotency_key=IdempotencyKey("key", b"print", field="somewhere"),
    custom_values=(GivenValue(CustomFieldId(5), "x"), GivenValue(CustomFieldId(6), "B\u00fccher")),
    details=OrderDetails(
        email="e",
        company="c",
        comments="k",
        special_instruction="s",
        alternative_order_id="a",
        additional_emails=("f", "g"),
        asked_days=5,
        note="n",
    ),
)


def test_nothing_is_lost_on_the_way() -> None:
    checked = [check_order(new, KeyBlocklist(), NOON) for new in (PLAIN, FULL)]
    sent: list[Checked] = [checked[0], Refusal("conflict", "Nobody knows"), checked[1]]
    received = unpack(pack(sent), CATALOGUE)
    assert received == sent
    assert [hash(each) for each in received] == [hash(each) for each in sent]


def test_the_full_order_is_full() -> None:
    """Else a field that is new could get lost."""
    for full, plain in ((FULL, PLAIN), (FULL.details, OrderDetails())):
        same = [
            field.name for field in fields(full) if getattr(full, field.name) == getattr(plain, field.name)
        ]
        assert same == []
