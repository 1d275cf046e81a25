"""Domains: what clients ask for, and how domains and their proofs are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from certwright.domain.dcv import CONSTRUCTED_LOCAL_PARTS, WEBSITE_FILE, WEBSITE_PATH, DCVMethod
from certwright.domain.identifier import parse_identifier
from certwright.domain.ids import OrganizationId
from certwright.domain.product import ValidationLevel
from certwright.services.domains import NewDomain
from certwright.web.digicert.errors import invalid, required
from certwright.web.digicert.schemas import domains as wire
from certwright.web.digicert.translate import parties
from certwright.web.digicert.translate.dates import tell_instant
from certwright.web.digicert.translate.numbers import is_set, parse_id
from certwright.web.digicert.translate.words import LEVEL_NAMES, METHOD_WORDS, METHODS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from certwright.domain.account import Account
    from certwright.domain.dcv import Validation
    from certwright.domain.domain import DomainView
    from certwright.web.digicert.schemas.parties import AssignedOrganization
    from certwright.web.digicert.translate.query_string import QueryString

_WWW = "www."
_OLD_METHODS = {"http-token-dynamic": DCVMethod.WEBSITE, "http-token-static": DCVMethod.WEBSITE}
LEVELS = (ValidationLevel.OV, ValidationLevel.EV)
"""What a domain can be validated for, whichever the order; a DV order asks for nothing more than control."""


def parse_new_domain(body: wire.AddDomain) -> NewDomain:
    """Read what a client says of a domain.

    Raises:
        InvalidInput: the name is missing or none, or a method, level or address is not known.
        NotFound: the organization's id can't be one.
    """
    if not body.name:
        raise required("name")
    if not body.validations:
        raise required("validations")
    method = parse_method(body.dcv_method or (body.dcv.method if body.dcv else None))
    identifier = parse_identifier(body.name, field="name")
    keeps_www = method is DCVMethod.WEBSITE or is_set(body.keep_www)
    if identifier.name.startswith(_WWW) and not keeps_www:
        identifier = parse_identifier(identifier.name.removeprefix(_WWW), field="name")
    number = parse_id(body.organization.id if body.organization else None, "organization")
    return NewDomain(
        identifier=identifier,
        method=method,
        levels=parse_levels(body.validations),
        organization_id=OrganizationId(number) if number else None,
        emails=parse_emails(body.email_array),
    )


def parse_method(word: str | None) -> DCVMethod:
    """Read a method; without one it is e-mail, as the manual has it.

    Raises:
        InvalidInput: the word is not known.
    """
    if not word:
        return DCVMethod.EMAIL
    found = METHODS.get(word) or _OLD_METHODS.get(word)
    if found is None:
        raise invalid("dcv_method")
    return found


def parse_levels(validations: Sequence[wire.WantedValidation] | None) -> tuple[ValidationLevel, ...]:
    """Read for what a domain is to be validated.

    Raises:
        InvalidInput: there is nothing, or a level is not known.
    """
    if not validations:
        raise required("validations")
    words = {level.value: level for level in LEVELS}
    levels = [words.get((each.type or "").lower()) for each in validations]
    if None in levels:
        raise invalid("validations.type")
    return tuple(dict.fromkeys(level for level in levels if level is not None))


def parse_emails(emails: Sequence[str | None] | None) -> tuple[str, ...]:
    """Read addresses; empty ones are none."""
    return tuple(email.strip() for email in emails or [] if email and email.strip())


def row(
    view: DomainView, account: Account, query: QueryString, *, at: datetime, zone: tzinfo
) -> wire.DomainRow:
    """Tell a domain in a list; the end of its proof is a day on the clock of ``zone`` unless a time is asked for."""
    domain = view.domain
    with_time = query.flag("include_dcv_expiration_time")
    return wire.DomainRow(
        id=domain.id,
        is_active=domain.is_active,
        name=domain.name,
        date_created=tell_instant(domain.created_at),
        last_submitted_datetime=tell_instant(domain.submitted_at),
        dcv_approval_datetime=_instant(view.proof.validated_at if view.proof else None),
        organization=_organization(view),
        validations=validations(view, at) if _wants_validations(query) else UNSET,
        dcv_method=METHOD_WORDS[domain.method],
        dcv_expiration=_expiration(view, None if with_time else zone),
        container=parties.container_name(account),
    )


def info(
    view: DomainView, account: Account, query: QueryString, *, at: datetime, cname_target: str
) -> wire.DomainInfo:
    """Tell a domain in full."""
    domain, proved = view.domain, view.is_proved(at)
    with_dcv = query.flag("include_dcv")
    return wire.DomainInfo(
        id=domain.id,
        is_active=domain.is_active,
        status="approved" if proved else "pending",
        is_pending_validation=bool(view.pending) and not proved,
        name=domain.name,
        date_created=tell_instant(domain.created_at),
        last_submitted_datetime=tell_instant(domain.submitted_at),
        dcv_approval_datetime=_instant(view.proof.validated_at if view.proof else None),
        dcv_expiration_datetime=_instant(view.proof.ends_at if view.proof else None),
        organization=_organization(view),
        validations=validations(view, at) if query.flag("include_validation") else UNSET,
        dcv_method=METHOD_WORDS[domain.method],
        dcv_token=token(view, cname_target) if with_dcv else UNSET,
        validation_emails=emails(view) if with_dcv else UNSET,
        dcv_expiration=_expiration(view, None),
        container=parties.container_name(account),
    )


def token(view: DomainView, cname_target: str) -> wire.DomainToken | UnsetType:
    """Tell the value that a domain waits to see published."""
    waiting = next((v for v in view.pending if v.method is not DCVMethod.EMAIL), None)
    return UNSET if waiting is None else _token(waiting, cname_target)


def emails(view: DomainView) -> wire.ValidationEmails | UnsetType:
    """Tell who has been asked by e-mail."""
    asked = [v.approver_email for v in view.pending if v.approver_email is not None]
    return wire.ValidationEmails(view.domain.name, asked) if asked else UNSET


def approvers(view: DomainView) -> wire.ValidationEmails:
    """Tell who may be asked by e-mail."""
    name = view.domain.name
    return wire.ValidationEmails(name, [f"{local}@{name}" for local in CONSTRUCTED_LOCAL_PARTS])


def validations(view: DomainView, at: datetime) -> list[wire.DomainValidation]:
    """Tell for what a domain is to be validated, and where that stands: its proof, and its organization's check."""
    return [_validation(view, level, at) for level in view.domain.levels]


def validation_types() -> wire.ValidationTypes:
    """List for what a domain can be validated."""
    return wire.ValidationTypes(
        [
            wire.ValidationType(type=level.value, name=level.value.upper(), description=LEVEL_NAMES[level])
            for level in LEVELS
        ]
    )


def methods() -> wire.DCVMethods:
    """List the ways to prove control."""
    return wire.DCVMethods(
        [wire.DCVMethodWord(word, method.description) for method, word in METHOD_WORDS.items()]
    )


def _validation(view: DomainView, level: ValidationLevel, at: datetime) -> wire.DomainValidation:
    proof, organization = view.proof, view.organization
    proved = view.is_proved(at)
    checked = organization is None or organization.is_validated_for(level, at)
    ends = _end_of(view, level)
    return wire.DomainValidation(
        type=level.value,
        name=level.value.upper(),
        description=LEVEL_NAMES[level],
        date_created=_instant(proof.validated_at if proof else None),
        validated_until=_instant(ends) if proved and checked else UNSET,
        status="active" if proved and checked else ("expired" if proof and not proved else "pending"),
        dcv_status="complete" if proved else ("expired" if proof else "pending"),
        org_status=UNSET if organization is None else ("complete" if checked else "pending"),
    )


def _end_of(view: DomainView, level: ValidationLevel) -> datetime | None:
    """Return when an order of the level needs something new: a proof, or a check of the organization."""
    ends = [view.proof.ends_at if view.proof else None]
    if view.organization is not None:
        serving = [v for v in view.organization.validations if v.level in {level, ValidationLevel.EV}]
        ends.append(max((v.valid_until for v in serving if v.valid_until), default=None))
    return min((end for end in ends if end is not None), default=None)


def _token(validation: Validation, cname_target: str) -> wire.DomainToken:
    value, method = validation.random_value, validation.method
    url = f"http://{validation.domain}{WEBSITE_PATH}{WEBSITE_FILE}"
    return wire.DomainToken(
        token=value,
        status="pending",
        expiration_date=tell_instant(validation.value_expires_at),
        verification_value=f"{value}.{cname_target}" if method is DCVMethod.DNS_CNAME else UNSET,
        http_token_url=url if method is DCVMethod.WEBSITE else UNSET,
    )


def _expiration(view: DomainView, zone: tzinfo | None) -> wire.DCVExpiration | UnsetType:
    ends = view.proof.ends_at if view.proof else None
    if ends is None:
        return UNSET
    text = tell_instant(ends) if zone is None else ends.astimezone(zone).strftime("%Y-%m-%d")
    levels = view.domain.levels
    return wire.DCVExpiration(
        ov=text if ValidationLevel.OV in levels else UNSET, ev=text if ValidationLevel.EV in levels else UNSET
    )


def _organization(view: DomainView) -> AssignedOrganization | UnsetType:
    return UNSET if view.organization is None else parties.assigned_organization(view.organization)


def _instant(instant: datetime | None) -> str | UnsetType:
    return UNSET if instant is None else tell_instant(instant)


def _wants_validations(query: QueryString) -> bool:
    """Whether a list is to hold validations: it does unless they are declined."""
    return query.plain.get("include_validation", "true").lower() not in {"0", "false"}
