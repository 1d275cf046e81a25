"""``certwright account`` and ``certwright key``: who may order, and with which credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from certwright.cli.output import as_json, print_fields, print_json, print_table, run
from certwright.domain.account import ApprovalPolicy, KeyKind, KeyRestriction, Role
from certwright.domain.ids import AccountId, APIKeyId

if TYPE_CHECKING:
    from certwright.domain.account import Account, APIKey
    from certwright.services.accounts import NewKey


_RESTRICTIONS = {each.name.lower().replace("_", "-"): each for each in KeyRestriction}
_RESTRICTION_WORDS = {restriction: word for word, restriction in _RESTRICTIONS.items()}


@click.group()
def account() -> None:
    """Make, list and disable accounts."""


@account.command("create")
@click.argument("name")
@click.option(
    "--approval",
    type=click.Choice([policy.value for policy in ApprovalPolicy]),
    default=ApprovalPolicy.NONE.value,
    show_default=True,
    help="How many approvals an order needs before it is validated.",
)
@click.option(
    "--self-approval/--no-self-approval",
    default=True,
    show_default=True,
    help="Whether approvers may approve requests of their own.",
)
@as_json
def create_account(name: str, approval: str, *, self_approval: bool, as_json: bool) -> None:
    """Make the account NAME and print its credentials, which are shown only this once."""
    new = run(
        lambda program: program.use.accounts.create(
            name, approval=ApprovalPolicy(approval), self_approval=self_approval
        )
    )
    username, password = new.webnic.key.username, new.webnic.secret.reveal()
    api_key = new.digicert.secret.reveal()
    if as_json:
        print_json(
            {
                "account_id": new.account.id,
                "webnic": {"username": username, "password": password},
                "digicert": {"api_key": api_key},
            }
        )
        return
    print_fields(
        {
            "account id": new.account.id,
            "WebNIC username": username,
            "WebNIC password": password,
            "DigiCert API key": api_key,
        }
    )
    click.echo("Keep these safe: they are stored only as hashes and can't be shown again.")


@account.command("list")
@as_json
def list_accounts(*, as_json: bool) -> None:
    """List all accounts."""
    accounts = run(lambda program: program.use.accounts.list_all())
    if as_json:
        print_json([_account_fields(found) for found in accounts])
        return
    print_table(
        ["id", "name", "approval", "created", "state"], [list(_account_fields(a).values()) for a in accounts]
    )


@account.command("disable")
@click.argument("account_id", type=int)
def disable_account(account_id: int) -> None:
    """Refuse the credentials of the account ACCOUNT_ID from now on."""
    found = run(lambda program: program.use.accounts.disable(AccountId(account_id)))
    click.echo(f"The account {found.name} is disabled.")


@click.group()
def key() -> None:
    """Make, list and revoke the API keys of an account."""


@key.command("create")
@click.option("--account", "account_id", type=int, required=True, help="The account's id.")
@click.option("--name", required=True, help="What the key is for.")
@click.option("--dialect", type=click.Choice([kind.value for kind in KeyKind]), required=True)
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.STANDARD.value,
    show_default=True,
    help="Administrators and managers decide requests and skip approval.",
)
@click.option(
    "--restriction",
    type=click.Choice(list(_RESTRICTIONS)),
    default="none",
    show_default=True,
    help="What a DigiCert key may be used for at most.",
)
@as_json
def create_key(
    account_id: int, name: str, dialect: str, role: str, restriction: str, *, as_json: bool
) -> None:
    """Make a key and print its secret, which is shown only this once."""
    new = run(
        lambda program: program.use.accounts.create_key(
            AccountId(account_id), KeyKind(dialect), name, Role(role), restriction=_RESTRICTIONS[restriction]
        )
    )
    fields = _credentials(new)
    if as_json:
        print_json({"key_id": new.key.id, **fields})
    else:
        print_fields({"key id": new.key.id, **fields})


@key.command("list")
@click.option("--account", "account_id", type=int, required=True, help="The account's id.")
@as_json
def list_keys(account_id: int, *, as_json: bool) -> None:
    """List the keys of an account, without their secrets."""
    keys = run(lambda program: program.use.accounts.list_keys(AccountId(account_id)))
    rows = [_key_fields(found) for found in keys]
    if as_json:
        print_json(rows)
        return
    print_table(
        ["id", "dialect", "name", "role", "restriction", "username", "state"],
        [["" if cell is None else cell for cell in row.values()] for row in rows],
    )


@key.command("revoke")
@click.argument("key_id", type=int)
def revoke_key(key_id: int) -> None:
    """Refuse the key KEY_ID, and the bearer tokens it got, from now on."""
    revoked = run(lambda program: program.use.accounts.revoke_key(APIKeyId(key_id)))
    click.echo(f"The key {revoked.name} ({revoked.id}) is revoked.")


def _account_fields(account: Account) -> dict[str, object]:
    return {
        "account_id": account.id,
        "name": account.name,
        "approval": account.approval.value,
        "created_at": account.created_at.isoformat(timespec="seconds"),
        "state": "enabled" if account.is_enabled else "disabled",
    }


def _key_fields(found: APIKey) -> dict[str, object]:
    return {
        "key_id": found.id,
        "dialect": found.kind.value,
        "name": found.name,
        "role": found.role.value,
        "restriction": _RESTRICTION_WORDS[found.restriction],
        "username": found.username,
        "state": "revoked" if found.revoked_at else "good",
    }


def _credentials(new: NewKey) -> dict[str, object]:
    secret = new.secret.reveal()
    if new.key.kind is KeyKind.WEBNIC:
        return {"username": new.key.username, "password": secret}
    return {"api_key": secret}
