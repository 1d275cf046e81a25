"""Domains as they are asked for and told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from certwright.domain.dcv import DCVMethod, ValidationStatus
from certwright.domain.domain import Domain, DomainView
from certwright.domain.errors import InvalidInput
from certwright.domain.ids import DomainId
from certwright.domain.organization import OrganizationStatus, OrganizationValidation, ReviewStatus
from certwright.domain.product import ValidationLevel
from certwright.web.digicert.schemas import domains as wire
from certwright.web.digicert.translate import domains
from certwright.web.digicert.translate.query_string import parse_query_string
from tests.support.book import ACCOUNT, account, organization, validation
from tests.support.clock import NOON

DAY = timedelta(days=1)
NOTHING = parse_query_string([])


def domain(**changes: Any) -> Domain:
    made = Domain(
        id=DomainId(1),
        account_id=ACCOUNT,
        name="www.example.com",
        method=DCVMethod.DNS_TXT,
        levels=(ValidationLevel.OV, ValidationLevel.EV),
        created_at=NOON,
        submitted_at=NOON,
    )
    return replace(made, **changes)


def view(**changes: Any) -> DomainView:
    return replace(DomainView(domain=domain(), organization=None, proof=None, pending=()), **changes)


PROOF = validation(
    order_id=None,
    proved_domain="www.example.com",
    status=ValidationStatus.VALID,
    validated_at=NOON,
    reusable_until=NOON + 10 * DAY,
)


def body(**changes: Any) -> wire.AddDomain:
    return wire.AddDomain(
        **{"name": "www.example.com", "validations": [wire.WantedValidation("ov")], **changes}
    )


@pytest.mark.parametrize(
    ("method", "keep", "name"),
    [
        ("dns-txt-token", None, "example.com"),
        ("dns-cname-token", False, "example.com"),
        ("email", "0", "example.com"),
        ("dns-txt-token", True, "www.example.com"),
        ("email", "true", "www.example.com"),
        ("http-token", None, "www.example.com"),
        ("http-token-static", None, "www.example.com"),
    ],
)
def test_www_is_dropped_unless_the_proof_reaches_no_further(method: str, keep: Any, name: str) -> None:
    assert domains.parse_new_domain(body(dcv_method=method, keep_www=keep)).identifier.name == name


def test_www_alone_is_not_a_domain() -> None:
    with pytest.raises(InvalidInput):
        domains.parse_new_domain(body(name="www.co.uk"))


def test_levels_are_read_once_each() -> None:
    wanted = [wire.WantedValidation(word) for word in ("EV", "ov", "ev")]
    assert domains.parse_levels(wanted) == (ValidationLevel.EV, ValidationLevel.OV)
    for refused in (None, [], [wire.WantedValidation("dv")], [wire.WantedValidation()]):
        with pytest.raises(InvalidInput):
            domains.parse_levels(refused)


def test_methods() -> None:
    assert domains.parse_method(None) is DCVMethod.EMAIL
    assert domains.parse_method("http-token-dynamic") is DCVMethod.WEBSITE
    with pytest.raises(InvalidInput):
        domains.parse_method("phone")


def test_emails_leave_out_what_is_empty() -> None:
    assert domains.parse_emails([" a@example.com ", "", None]) == ("a@example.com",)
    assert domains.parse_emails(None) == ()


def test_end_of_proof_is_a_day_on_the_vendors_clock_unless_a_time_is_asked_for() -> None:
    midnight = NOON.replace(hour=3)
    ended = view(proof=replace(PROOF, reusable_until=midnight + 10 * DAY))
    denver = ZoneInfo("America/Denver")
    told = msgspec.to_builtins(domains.row(ended, account(), NOTHING, at=NOON, zone=denver))
    assert told["dcv_expiration"] == {"ov": "2026-12-01", "ev": "2026-12-01"}
    query = parse_query_string([("include_dcv_expiration_time", "true")])
    told = msgspec.to_builtins(domains.row(ended, account(), query, at=NOON, zone=UTC))
    assert told["dcv_expiration"]["ov"] == "2026-12-02T03:00:00+00:00"


def test_validation_needs_the_proof_and_the_organization() -> None:
    checked = OrganizationValidation(
        level=ValidationLevel.OV,
        status=ReviewStatus.APPROVED,
        submitted_at=NOON,
        decided_at=NOON,
        valid_until=NOON + 5 * DAY,
    )
    known = organization(validations=(checked,))
    ov, ev = msgspec.to_builtins(domains.validations(view(organization=known, proof=PROOF), NOON))
    assert (ov["status"], ov["dcv_status"], ov["org_status"]) == ("active", "complete", "complete")
    assert ov["validated_until"] == "2026-11-27T12:00:00+00:00"
    assert (ev["status"], ev["org_status"]) == ("pending", "pending")
    assert "validated_until" not in ev
    ov, _ = msgspec.to_builtins(domains.validations(view(proof=PROOF), NOON + 20 * DAY))
    assert (ov["status"], ov["dcv_status"]) == ("expired", "expired")
    ov, _ = msgspec.to_builtins(domains.validations(view(), NOON))
    assert (ov["status"], ov["dcv_status"]) == ("pending", "pending")


def test_what_is_not_there_is_left_out() -> None:
    plain = msgspec.to_builtins(domains.info(view(), account(), NOTHING, at=NOON, cname_target="t"))
    assert not {"organization", "validations", "dcv_token", "dcv_expiration", "dcv_approval_datetime"} & set(
        plain
    )
    assert (plain["status"], plain["is_pending_validation"]) == ("pending", False)


def test_inactive_organization_of_a_domain() -> None:
    known = organization(status=OrganizationStatus.INACTIVE)
    told = domains.row(view(organization=known), account(), NOTHING, at=NOON, zone=UTC)
    assert msgspec.to_builtins(told)["organization"]["is_active"] == "0"
