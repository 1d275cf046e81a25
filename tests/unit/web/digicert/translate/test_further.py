"""Reissues and duplicates: which names they get, and how they are numbered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from certwright.domain.certificate import CertificateKind
from certwright.domain.dcv import DCVMethod
from certwright.domain.ids import CertificateId
from certwright.services.order_view import OrderView
from certwright.web.digicert.errors import BadRequest
from certwright.web.digicert.schemas.further import FurtherCertificate
from certwright.web.digicert.translate.further import duplicates, reissues, sub_id_of, to_new_certificate
from tests.support.book import certificate, names, order
from tests.support.catalogue import CATALOGUE
from tests.support.clock import NOON
from tests.support.server import csr_for

ORDER = order(names=names("www.example.com", "example.org", method=DCVMethod.WEBSITE))
VIEW = OrderView(
    order=ORDER,
    certificate=certificate(ORDER),
    product=CATALOGUE.get_by_name_id("ssl_dv_geotrust_flex"),
    proofs=(),
    requests=(),
    seen_at=NOON,
)
CSR = csr_for("www.example.com")


def _asked(body: dict[str, Any], **certificate_fields: Any) -> list[tuple[str, DCVMethod]] | None:
    whole = {"certificate": {"csr": CSR, **certificate_fields}, **body}
    new = to_new_certificate(msgspec.convert(whole, FurtherCertificate), VIEW, now=NOON)
    return [(name.identifier.name, name.method) for name in new.names or ()]


def test_names_of_the_order_keep_their_way() -> None:
    kept = [("www.example.com", DCVMethod.WEBSITE), ("example.org", DCVMethod.WEBSITE)]
    assert _asked({}) == kept
    assert _asked({}, common_name="www.example.com") == kept[:1]
    more = _asked({}, common_name="www.example.com", dns_names=["new.example.net"])
    assert more == [kept[0], ("new.example.net", DCVMethod.WEBSITE)]


def test_a_way_that_is_named_counts_for_all() -> None:
    assert _asked({"dcv_method": "dns-txt-token"}) == [
        ("www.example.com", DCVMethod.DNS_TXT),
        ("example.org", DCVMethod.DNS_TXT),
    ]


@pytest.mark.parametrize(
    ("csr", "code"), [(None, "required_param:certificate.csr"), ("x", "csr_invalid_cannot_parse")]
)
def test_csr_is_needed(csr: str | None, code: str) -> None:
    body = msgspec.convert({"certificate": {"csr": csr}}, FurtherCertificate)
    with pytest.raises(BadRequest) as caught:
        to_new_certificate(body, VIEW, now=NOON)
    assert caught.value.wire_code == code


def test_duplicates_are_numbered() -> None:
    made = [
        replace(certificate(ORDER), id=CertificateId(number), kind=CertificateKind.DUPLICATE)
        for number in (7, 9)
    ]
    assert [sub_id_of(each, made) for each in made] == ["001", "002"]
    told = msgspec.to_builtins(duplicates(made, NOON))["certificates"]
    assert [(each["sub_id"], each["archived"], each["status"]) for each in told] == [
        ("001", "0", "pending"),
        ("002", "0", "pending"),
    ]
    (first, _) = msgspec.to_builtins(reissues(made, NOON))["certificates"]
    assert (first["archived"], "serial_number" in first) == (0, False)
