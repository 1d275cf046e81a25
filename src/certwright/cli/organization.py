"""``certwright organization``: the organizations of OV and EV orders, and the checks a person made of them."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from certwright.cli.output import as_json, print_json, print_table, run
from certwright.domain.ids import AccountId, OrganizationId
from certwright.domain.organization import Address
from certwright.domain.product import ValidationLevel
from certwright.services.organizations import NewOrganization


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


@organization.command("list")
@as_json
def list_organizations(*, as_json: bool) -> None:
    """List the organizations of all accounts."""
    found = run(lambda program: program.use.organizations.list_all())
    rows = [
        {
            "organization_id": o.id,
            "account_id": o.account_id,
            "name": o.name,
            "country": o.address.country,
            "validations": ", ".join(
                f"{v.level.value} until {v.valid_until:%Y-%m-%d}" for v in o.validations
            ),
        }
        for o in found
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(["id", "account", "name", "country", "validations"], [list(row.values()) for row in rows])
