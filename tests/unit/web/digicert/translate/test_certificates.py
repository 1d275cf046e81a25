"""Files of certificates; tests/wire downloads every one of them."""

from __future__ import annotations

import pytest

from certwright.domain.errors import InvalidInput
from certwright.services.delivery import DeliveredCertificate
from certwright.web.digicert.translate.certificates import (
    chain_entries,
    download,
    issued_facts,
)
from tests.support.authorities import authority_records
from tests.support.book import issued, order

ROOT, ISSUING = (record.certificate for record in authority_records())
DELIVERED = DeliveredCertificate(certificate=issued(order()), leaf=ISSUING, chain=(ISSUING, ROOT))


def test_chain_begins_with_the_leaf_and_ends_with_the_root() -> None:
    entries = chain_entries(DELIVERED)
    assert len(entries) == 3
    assert entries[0] == entries[1] != entries[2]
    assert all(entry.pem.endswith("-----END CERTIFICATE-----\r\n") for entry in entries)


@pytest.mark.parametrize(
    ("format_name", "file_count"),
    [("pem", 1), ("crt", 1), ("pem_noroot", 2), ("pem_nointermediate", 2), ("pem_all", 3)],
)
def test_text_formats_hold_what_they_should(format_name: str, file_count: int) -> None:
    made = download(DELIVERED, format_name)
    assert made.content.count(b"-----BEGIN CERTIFICATE-----\r\n") == file_count
    assert made.content_type == "application/x-pem-file"


@pytest.mark.parametrize("format_name", ["", "PEM", "jks", "default "])
def test_formats_that_are_none(format_name: str) -> None:
    with pytest.raises(InvalidInput):
        download(DELIVERED, format_name)


def test_facts() -> None:
    facts = issued_facts(ISSUING)
    assert (facts.key_size, facts.signature_hash) == (256, "sha256")
    assert facts.issuer
