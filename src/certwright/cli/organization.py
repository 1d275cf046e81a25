"""``certwright organization``: the organizations of OV and EV orders, and the checks a person made of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from certwright.cli.output import as_json, print_fields, print_json, print_table, run
from certwright.domain.ids import AccountId, OrganizationId
from certwright.domain.organization import Address, ReviewStatus
from certwright.domain.product import ValidationLevel
from certwright.services.organizations import NewOrganization

if TYPE_CHECKING:
    from certwright.domain.organization import OrganizationValidation


@click.group()
def organization() -> None:
    """Make, list and validate organizations."""


@organization.command("create")
@click.option("--account", "account_id", type=int, required=True, help="The account's id.")
@click.option("--name", required=True, help="The legal name.")
@click.option("--address", required=True, help="Street and number.")
@click.option("--city", required=True)
@click.option("--state", required=True)
@click.option("--postal-code", required=True)
@click.option("--country", required=True, help="ISO 3166 code such as MY.")
@click.option("--phone", required=True)
@click.option(
    "--registration-number", default="", help="As in the register of companies; EV certificates need it."
)
@as_json
def create_organization(
    account_id: int,
    name: str,
    address: str,
    city: str,
    state: str,
    postal_code: str,
    country: str,
    phone: str,
    registration_number: str,
    *,
    as_json: bool,
) -> None:
    """Make an organization that nobody has validated yet."""
    new = NewOrganization(
        name=name,
        address=Address(line1=address, city=city, state=state, postal_code=postal_code, country=country),
        phone=phone,
        registration_number=registration_number,
    )
    made = run(lambda program: program.use.organizations.create(AccountId(account_id), new))
    if as_json:
        print_json({"organization_id": made.id})
    else:
        click.echo(
            f"Organization {made.id} ({made.name}) was made; approve it before its first OV or EV order."
        )


@organization.command("approve")
@click.argument("organization_id", type=int)
@click.option("--level", type=click.Choice(["ov", "ev"]), required=True)
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day, at most what the rules allow (default)."
)
@click.option("--evidence", default="", help="What the check rests on.")
def approve_organization(organization_id: int, level: str, until: datetime | None, evidence: str) -> None:
    """Record that the organization ORGANIZATION_ID was checked; orders that wait for it go on by themselves."""
    approved = run(
        lambda program: program.use.organizations.approve(
            OrganizationId(organization_id),
            ValidationLevel(level),
            until=until.replace(tzinfo=UTC) if until else None,
            evidence=evidence,
        )
    )
    valid_until = next(v.valid_until for v in approved.validations if v.level.value == level)
    click.echo(f"{approved.name} is validated for {level.upper()} until {valid_until:%Y-%m-%d}.")


@organization.command("reject")
@click.argument("organization_id", type=int)
@click.option("--level", type=click.Choice(["ov", "ev"]), required=True)
@click.option("--evidence", required=True, help="Why the identity could not be confirmed.")
def reject_organization(organization_id: int, level: str, evidence: str) -> None:
    """Record that the identity of ORGANIZATION_ID could not be confirmed; its orders go on waiting, or lapse."""
    rejected = run(
        lambda program: program.use.organizations.reject(
            OrganizationId(organization_id), ValidationLevel(level), evidence=evidence
        )
    )
    click.echo(f"{rejected.name} is rejected for {level.upper()}.")


@organization.command("show")
@click.argument("organization_id", type=int)
@as_json
def show_organization(organization_id: int, *, as_json: bool) -> None:
    """Show all that is known of the organization ORGANIZATION_ID, for the person who checks it."""
    found = run(lambda program: program.use.organizations.find(OrganizationId(organization_id)))
    address, contact = found.address, found.contact
    fields = {
        "organization_id": found.id,
        "account_id": found.account_id,
        "name": found.name,
        "assumed_name": found.assumed_name,
        "registration_number": found.registration_number,
        "address": ", ".join(
            part for part in (address.line1, address.line2, address.city, address.state) if part
        ),
        "postal_code": address.postal_code,
        "country": address.country,
        "phone": found.phone,
        "contact": f"{contact.first_name} {contact.last_name} <{contact.email}> {contact.phone}"
        if contact
        else "",
        "validations": [_validation_fields(validation) for validation in found.validations],
    }
    if as_json:
        print_json(fields)
        return
    validations = fields.pop("validations")
    print_fields(fields)
    if isinstance(validations, list) and validations:
        print_table(list(validations[0]), [list(row.values()) for row in validations])


@organization.command("list")
@click.option("--pending", is_flag=True, help="Only those that wait for somebody to check them.")
@as_json
def list_organizations(*, pending: bool, as_json: bool) -> None:
    """List the organizations of all accounts."""
    found = run(lambda program: program.use.organizations.list_all())
    if pending:
        found = [o for o in found if any(v.status is ReviewStatus.PENDING for v in o.validations)]
    rows = [
        {
            "organization_id": o.id,
            "account_id": o.account_id,
            "name": o.name,
            "country": o.address.country,
            "validations": ", ".join(f"{v.level.value} {v.status.value}" for v in o.validations),
        }
        for o in found
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(["id", "account", "name", "country", "validations"], [list(row.values()) for row in rows])


def _validation_fields(validation: OrganizationValidation) -> dict[str, str]:
    decided, until = validation.decided_at, validation.valid_until
    return {
        "level": validation.level.value,
        "status": validation.status.value,
        "submitted": f"{validation.submitted_at:%Y-%m-%d}",
        "decided": f"{decided:%Y-%m-%d}" if decided else "",
        "valid until": f"{until:%Y-%m-%d}" if until else "",
        "evidence": validation.evidence,
    }
