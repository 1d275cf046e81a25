"""What is told of a certificate: its own status only where clients are to prefer it, and nothing that it has not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import UNSET

from certwright.domain.certificate import CertificateKind, CertificateStatus
from certwright.web.digicert.translate.certificate_facts import (
    facts_in_order,
    issuance_facts,
    signature_hash,
)
from tests.support.book import certificate, issued, order
from tests.support.clock import NOON

ORDER = order()


@pytest.mark.parametrize(
    ("kind", "status", "told"),
    [
        (CertificateKind.ORIGINAL, CertificateStatus.PENDING, UNSET),
        (CertificateKind.ORIGINAL, CertificateStatus.ISSUED, UNSET),
        (CertificateKind.ORIGINAL, CertificateStatus.REVOKED, "revoked"),
        (CertificateKind.REISSUE, CertificateStatus.ISSUED, "issued"),
        (CertificateKind.REISSUE, CertificateStatus.REVOKED, "revoked"),
        (CertificateKind.REISSUE, CertificateStatus.EXPIRED, UNSET),
    ],
)
def test_status_of_the_certificate(kind: CertificateKind, status: CertificateStatus, told: object) -> None:
    its = certificate(ORDER, kind=kind, status=status)
    assert facts_in_order(its, NOON)["status"] == told


def test_what_is_not_issued_has_no_facts_of_issuance() -> None:
    assert set(issuance_facts(certificate(ORDER), NOON).values()) == {UNSET}
    assert signature_hash(certificate(ORDER)) == "sha256"


def test_days_remaining_do_not_go_below_nothing() -> None:
    its = issued(ORDER)
    assert issuance_facts(its, NOON)["days_remaining"] == 90
    assert issuance_facts(replace(its, not_after=NOON), NOON.replace(year=2030))["days_remaining"] == 0
