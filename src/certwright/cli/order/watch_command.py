"""``certwright order watch``: following what happens to orders."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from certwright.cli.output import as_json, fail, run
from certwright.domain.errors import Unavailable
from certwright.domain.status import OrderStatus

if TYPE_CHECKING:
    from certwright.bootstrap import Program
    from certwright.domain.account import Account
    from certwright.domain.ids import AccountId
    from certwright.domain.query import LoggedChange

_LOOK_EVERY_SECONDS = 1.0
_AT_ONCE = 500
_COLORS = {
    OrderStatus.ISSUED: "green",
    OrderStatus.REJECTED: "red",
    OrderStatus.CANCELED: "red",
    OrderStatus.REVOKED: "red",
}


@click.command("watch")
@click.option("--account", "wanted", metavar="NAME", help="Only the account of this name (or with this id).")
@click.option(
    "--after",
    type=click.IntRange(min=0),
    metavar="CURSOR",
    help="Go on behind this change, 0 for all there are; without it, what happens from now on is shown.",
)
@as_json
def watch_orders(wanted: str | None, after: int | None, *, as_json: bool) -> None:
    """Print every status change as it is committed, by whatever process, until Ctrl-C.

    With --json, one JSON document a line. Every account counts its changes for itself, so --after goes with --account
    where there are several.
    """
    watch = _Watch(as_json=as_json)
    with suppress(KeyboardInterrupt):
        run(lambda program: watch.run(program, wanted, after))
    if watch.resumes_at is not None:
        click.echo(f"Go on with --after {watch.resumes_at}.", err=True)


class _Watch:
    """Follows the logs of some accounts and prints them."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._is_away = False
        self._names: dict[AccountId, str] = {}
        self._cursors: dict[AccountId, int] = {}
        self._only: AccountId | None = None

    @property
    def resumes_at(self) -> int | None:
        """Where to go on, if only one account is followed."""
        return None if self._only is None else self._cursors.get(self._only)

    async def run(self, program: Program, wanted: str | None, after: int | None) -> None:
        """Print until canceled."""
        accounts = await program.use.accounts.list_all()
        if wanted is not None:
            accounts = [_choose(accounts, wanted)]
            self._only = accounts[0].id
        elif after is not None:
            if len(accounts) != 1:
                raise click.UsageError("--after goes with --account: every account counts for itself.")
            self._only = accounts[0].id
        self._cursors = await program.use.feed.find_ends()
        if self._only is not None and after is not None:
            self._cursors[self._only] = after
        whose = "all accounts" if self._only is None else accounts[0].name
        where = "" if self.resumes_at is None else f" behind change {self.resumes_at}"
        click.echo(f"Following {whose}{where}; Ctrl-C ends it.", err=True)
        while True:
            try:
                await self._look(program)
                self._is_away = False
            except Unavailable as failure:
                if not self._is_away:
                    click.echo(f"certwright: {failure.message}; trying again.", err=True)
                self._is_away = True
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def _look(self, program: Program) -> None:
        """Print what is new in every log that is followed; an account that has just been made is new as a whole."""
        ends = await program.use.feed.find_ends()
        for account_id in ends if self._only is None else [self._only]:
            has_more = self._cursors.get(account_id, 0) != ends.get(account_id, 0)
            while has_more:
                after = self._cursors.get(account_id, 0)
                page = await program.use.feed.read_all(account_id, after=after, limit=_AT_ONCE)
                for logged in page.items:
                    await self._print(program, logged)
                    self._cursors[account_id] = logged.change.sequence
                has_more = page.has_more

    async def _print(self, program: Program, logged: LoggedChange) -> None:
        account_id = logged.change.account_id
        if account_id not in self._names:
            self._names = {account.id: account.name for account in await program.use.accounts.list_all()}
        name = self._names[account_id]
        click.echo(_json_line(logged, name) if self._as_json else _line(logged, name))


def _choose(accounts: list[Account], wanted: str) -> Account:
    by_name = [each for each in accounts if each.name == wanted]
    found = by_name or [each for each in accounts if str(each.id) == wanted]
    if not found:
        fail(f"there is no account {wanted}")
    return found[0]


def _line(logged: LoggedChange, account: str) -> str:
    change = logged.change
    source = change.from_status.value if change.from_status else "new"
    target = click.style(f"{change.to_status.value:<15}", fg=_COLORS.get(change.to_status, "yellow"))
    # Customers write some of the reasons, and a terminal would obey what they write.
    reason = "".join(each if each.isprintable() else "?" for each in change.reason)
    return (
        f"{change.changed_at:%Y-%m-%d %H:%M:%SZ}  {account}  #{change.sequence}  {change.order_id}  "
        f"{logged.common_name:<30}  {source:>15} → {target}  {change.action.value} by {change.actor}: {reason}"
    )


def _json_line(logged: LoggedChange, account: str) -> str:
    change = logged.change
    return json.dumps(
        {
            "account_id": change.account_id,
            "account": account,
            "sequence": change.sequence,
            "order_id": change.order_id,
            "certificate_id": change.certificate_id,
            "common_name": logged.common_name,
            "action": change.action.value,
            "from_status": change.from_status.value if change.from_status else None,
            "to_status": change.to_status.value,
            "reason": change.reason,
            "actor": {"kind": change.actor.kind.value, "id": change.actor.id},
            "changed_at": change.changed_at.isoformat(timespec="microseconds"),
        }
    )
