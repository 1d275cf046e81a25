"""``certwright search``: making, checking and looking at the indexes of large books."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING, TypeVar

import click
from uvicorn.loops.auto import auto_loop_factory

from certwright.bootstrap.searching import open_indexing
from certwright.cli.output import as_json, fail, print_json, print_table, settings_or_exit
from certwright.cli.supervisor import stop_on_signals, stop_when_orphaned
from certwright.domain.errors import CertwrightError
from certwright.domain.ids import AccountId
from certwright.logs import configure_logging
from certwright.search.building import build_snapshot
from certwright.search.checking import check_index
from certwright.search.listener import listening

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from certwright.bootstrap.searching import Indexing
    from certwright.config import Settings

Result = TypeVar("Result")

_NICENESS = 10
_MOST_SHOWN = 20

_account = click.option("--account", "account_id", type=int, help="Only this account's book, large or not.")


@click.group()
def search() -> None:
    """Look after the indexes that answer searches in large books."""


@search.command("build")
@_account
@click.option("--refresh", is_flag=True, help="Start from the snapshot that is there and what changed since.")
def build_index(account_id: int | None, *, refresh: bool) -> None:
    """Make the snapshots that indexes are loaded from, with low priority.

    The server does so by itself; a running one goes on with the indexes that it has.
    """
    os.nice(_NICENESS)

    async def build(indexing: Indexing, account_id: AccountId) -> str:
        begun = time.monotonic()
        index = await build_snapshot(indexing.reader, indexing.snapshots, account_id, refresh=refresh)
        size = indexing.snapshots.path(account_id).stat().st_size
        seconds = time.monotonic() - begun
        return f"Account {account_id}: {len(index):,} orders, {size / 1e6:,.1f} MB, {seconds:,.1f} s"

    for line in _for_each(account_id, build):
        click.echo(line)


@search.command("status")
@_account
@as_json
def show_status(account_id: int | None, *, as_json: bool) -> None:
    """List the large books and their snapshots."""

    async def describe(indexing: Indexing, account_id: AccountId) -> dict[str, object]:
        note = indexing.snapshots.find_note(account_id)
        if note is None:
            return {"account_id": account_id, "orders": None, "made_at": None, "changes_since": None}
        behind = note.state.count_behind(await indexing.reader.state(account_id))
        made_at = note.made_at.isoformat(timespec="seconds")
        return {
            "account_id": account_id,
            "orders": note.orders,
            "made_at": made_at,
            "changes_since": behind,
        }

    described = _for_each(account_id, describe)
    if as_json:
        print_json(described)
        return
    print_table(
        ["account", "orders", "snapshot made", "changes since"],
        [["-" if value is None else value for value in each.values()] for each in described],
    )


@search.command("verify")
@_account
def verify_index(account_id: int | None) -> None:
    """Compare every value of the indexes with the database; exit 1 on any difference.

    Snapshots are loaded, or made where there are none, and brought up to date.
    """

    async def check(indexing: Indexing, account_id: AccountId) -> int:
        checked = await check_index(indexing.reader, indexing.snapshots, account_id)
        what = "a new index" if checked.was_built else "the snapshot"
        found = len(checked.differences)
        click.echo(f"Account {account_id}: {what} of {checked.orders:,} orders has {found:,} differences")
        for difference in checked.differences[:_MOST_SHOWN]:
            click.echo(f"  {difference}")
        return found

    found = sum(_for_each(account_id, check))
    click.echo(
        f"{found:,} differences: run certwright search build" if found else "All is as in the database."
    )
    sys.exit(1 if found else 0)


@search.command("serve", hidden=True)
def serve_searches() -> None:
    """Keep the indexes for the workers of ``certwright serve``, which starts this process."""
    settings = settings_or_exit()
    configure_logging(settings.log_level)
    try:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            runner.run(_serve(settings))
    except CertwrightError as error:
        fail(error.message)


async def _serve(settings: Settings) -> None:
    stopped = stop_on_signals()
    stop_when_orphaned(stopped)
    async with open_indexing(settings) as indexing:
        keeper = asyncio.create_task(indexing.keeper.run())
        told = asyncio.create_task(stopped.wait())
        async with listening(settings.search_socket, indexing.shelf, indexing.keeper):
            await asyncio.wait({keeper, told}, return_when=asyncio.FIRST_COMPLETED)
        for task in (told, keeper):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _for_each(
    account_id: int | None, action: Callable[[Indexing, AccountId], Awaitable[Result]]
) -> list[Result]:
    """Run an action for one account or for each with a large book, and close what was opened."""
    settings = settings_or_exit()
    try:
        return asyncio.run(_opened(settings, account_id, action))
    except CertwrightError as error:
        fail(error.message)


async def _opened(
    settings: Settings, account_id: int | None, action: Callable[[Indexing, AccountId], Awaitable[Result]]
) -> list[Result]:
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with open_indexing(settings) as indexing:
        chosen = await _large_books(indexing, settings) if account_id is None else [AccountId(account_id)]
        return [await action(indexing, each) for each in chosen]


async def _large_books(indexing: Indexing, settings: Settings) -> list[AccountId]:
    threshold = settings.search_index_orders
    found = await indexing.reader.large_books(threshold) if threshold else []
    if not found:
        click.echo(
            f"No account has {threshold:,} orders." if threshold else "Indexes are switched off.", err=True
        )
    return found
