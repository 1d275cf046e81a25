"""Generate CSR and Decode CSR, word by word."""

from __future__ import annotations

from typing import Any

import pytest

from certwright.domain.csr import KeySpec, make_csr, parse_csr
from certwright.domain.errors import InvalidInput
from certwright.web.webnic.schemas.csrs import GenerateCSRRequest
from certwright.web.webnic.translate.csrs import csr_names, csr_subject, decoded_csr, generated_csr, key_spec


def _request(**fields: Any) -> GenerateCSRRequest:
    return GenerateCSRRequest(**{"common_name": "Shop.webnic.cc"} | fields)


def test_subject_and_names() -> None:
    subject = csr_subject(_request(country_code="my", organization="Testing", locality=None))
    assert (subject.common_name, subject.country, subject.locality) == ("shop.webnic.cc", "MY", "")
    names = csr_names(_request(sanfield=["", "WWW.webnic.cc", "shop.webnic.cc"]), subject.common_name)
    assert names == ("shop.webnic.cc", "www.webnic.cc")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"common_name": ""}, "commonName"),
        ({"common_name": "no name"}, "commonName"),
        ({"common_name": "a" * 60 + ".example.com"}, "commonName"),
        ({"country_code": "MYS"}, "countryCode"),
        ({"country_code": "M1"}, "countryCode"),
        ({"organization": "x" * 65}, "organization"),
    ],
)
def test_wrong_fields_are_named(fields: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        csr_subject(_request(**fields))
    assert caught.value.faults[0].field == field


def test_wrong_further_names_are_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        csr_names(_request(sanfield=["www.webnic.cc", "x"]), "shop.webnic.cc")
    assert caught.value.faults[0].field == "sanfield[1]"


def test_the_key_is_chosen_by_its_size() -> None:
    assert key_spec(_request()) is KeySpec.RSA2048
    assert {key_spec(_request(key_size=size)) for size in (256, 384, 2048, 3072, 4096)} == set(KeySpec)
    for size in (0, 512, 1024, 8192):
        with pytest.raises(InvalidInput):
            key_spec(_request(key_size=size))


def test_what_is_made_can_be_read() -> None:
    subject = csr_subject(_request(organization="Testing"))
    made = generated_csr(make_csr(subject, ("shop.webnic.cc",), KeySpec.P256))
    assert made.private_key.startswith("-----BEGIN PRIVATE KEY-----")
    shown = decoded_csr(parse_csr(made.csr))
    assert (shown.common_name, shown.organization, shown.sanfield) == (
        "shop.webnic.cc",
        "Testing",
        ["shop.webnic.cc"],
    )
    assert (shown.key_type, shown.key_size, shown.signature_valid) == ("EC", 256, True)
