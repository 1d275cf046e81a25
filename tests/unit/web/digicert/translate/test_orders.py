"""Orders as they are told: what is left out, and when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from certwright.domain.certificate import CertificateStatus
from certwright.domain.dcv import DCVMethod, ValidationStatus
from certwright.domain.ids import OrderId, ProductKey
from certwright.domain.order import OrderDetails
from certwright.domain.query import FoundOrder
from certwright.domain.status import OrderStatus
from certwright.services.name_proofs import NameProof
from certwright.services.order_view import OrderView
from certwright.web.digicert.translate.orders import Surroundings, order_info, order_row, placed
from tests.support.authorities import authority_records, csr_der
from tests.support.book import account, api_key, certificate, issued, names, order, organization, validation
from tests.support.catalogue import CATALOGUE
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.domain.order import Order

AROUND = Surroundings(
    account=account(),
    keys={api_key().id: api_key()},
    organizations={organization().id: organization()},
    catalogue=CATALOGUE,
    at=NOON,
)
_, LEAF = (record.certificate for record in authority_records())


def _row(of: Order, **changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(
        order_row(FoundOrder(order=of, certificate=certificate(of, **changes)), AROUND)
    )
    return told


def _view(of: Order, *, is_proved: bool = False) -> OrderView:
    proof = NameProof(name=of.names[0], validation=validation(), is_proved=is_proved)
    return OrderView(
        order=of,
        certificate=certificate(of, csr=csr_der()),
        product=CATALOGUE.get(of.product_key),
        proofs=(proof,),
        requests=(),
        seen_at=NOON,
    )


def _placed(view: OrderView) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(placed(view, [], "dcv.example.net"))
    return told


def test_what_an_order_has_not_is_left_out() -> None:
    row = _row(order())
    assert not {"organization", "renewed_order_id", "is_multi_year_plan", "alternative_order_id"} & set(row)
    assert not {"serial_number", "thumbprint", "valid_from", "valid_till", "status"} & set(row["certificate"])
    assert None not in row.values()


def test_what_an_order_has_is_told() -> None:
    made = order(
        term_years=2,
        renewed_by_order_id=OrderId(100_002),
        renewal_of_order_id=OrderId(99_999),
        organization_id=organization().id,
        details=OrderDetails(alternative_order_id="A-17"),
    )
    row = _row(made, days=30)
    assert (row["is_renewed"], row["renewed_order_id"], row["is_renewal"]) == (True, 100_002, True)
    assert (row["is_multi_year_plan"], row["alternative_order_id"]) == ("1", "A-17")
    assert row["organization"] == {"id": 1, "name": "Example Sdn. Bhd."}
    assert row["certificate"]["cert_validity"] == {"days": 30}


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_is_told(status: OrderStatus) -> None:
    assert isinstance(_row(order(status=status))["status"], str)


def test_issued_certificate_is_told_in_whole_bytes() -> None:
    made = order(status=OrderStatus.ISSUED)
    its = issued(made, "A1B", der=LEAF)
    row = msgspec.to_builtins(order_row(FoundOrder(order=made, certificate=its), AROUND))
    assert row["certificate"]["serial_number"] == "0A1B"
    assert row["certificate"]["days_remaining"] == 90
    assert "status" not in row["certificate"]
    late = replace(AROUND, at=NOON.replace(year=2030))
    row = msgspec.to_builtins(order_row(FoundOrder(order=made, certificate=its), late))
    assert row["certificate"]["days_remaining"] == 0


def test_revocation_shows_on_the_certificate() -> None:
    made = order(status=OrderStatus.REVOKED)
    assert _row(made, status=CertificateStatus.REVOKED)["certificate"]["status"] == "revoked"


def test_info_tells_the_csr_and_the_user() -> None:
    info = order_info(_view(order()), AROUND)
    assert str(info.certificate.csr).startswith("-----BEGIN CERTIFICATE REQUEST-----\r\n")
    assert info.user.first_name == "administrator"
    assert info.certificate.ca_cert is msgspec.UNSET


def test_new_order_tells_what_to_publish() -> None:
    view = _view(order())
    assert _placed(view) == {
        "id": 100_001,
        "requests": [],
        "certificate_id": view.order.certificate_id,
        "dcv_random_value": "r" * 32,
    }


def test_new_order_tells_where_an_alias_points() -> None:
    told = _placed(_view(order(names=names("www.example.com", method=DCVMethod.DNS_CNAME))))
    assert told["verification_value"] == f"{'r' * 32}.dcv.example.net"


@pytest.mark.parametrize(
    ("made", "is_proved"),
    [
        (order(names=names("www.example.com", method=DCVMethod.EMAIL)), False),
        (order(), True),
        (order(product_key=ProductKey("private_ssl_plus")), False),
    ],
)
def test_new_order_that_waits_for_no_value_tells_none(made: Order, is_proved: bool) -> None:
    assert set(_placed(_view(made, is_proved=is_proved))) == {"id", "requests", "certificate_id"}


def test_order_for_an_organization_tells_its_domains_once() -> None:
    made = order(product_key=ProductKey("ssl_basic"), names=names("www.example.com", "*.www.example.com"))
    waiting = validation(7)
    proofs = tuple(NameProof(name=name, validation=waiting, is_proved=False) for name in made.names)
    known = validation(8, status=ValidationStatus.VALID, domain="example.org")
    view = replace(
        _view(made), proofs=(*proofs, NameProof(name=made.names[0], validation=known, is_proved=True))
    )
    domains = _placed(view)["domains"]
    assert [(domain["id"], domain["name"], domain["dcv_token"]["status"]) for domain in domains] == [
        (7, "www.example.com", "pending"),
        (8, "example.org", "active"),
    ]
