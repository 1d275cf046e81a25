"""``certwright order import``: bringing orders in from files."""

from __future__ import annotations

import csv
import gc
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from certwright.cli.order.checking import Checker, checking
from certwright.cli.order.importing import Import
from certwright.cli.order.reading import SUFFIXES, Format, UnreadableFileError, survey
from certwright.cli.output import fail, run
from certwright.domain.errors import PermissionDenied
from certwright.domain.ids import APIKeyId
from certwright.domain.permission import Area, may

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from certwright.bootstrap import Program
    from certwright.cli.order.importing import Tally
    from certwright.cli.order.reading import OrderFile
    from certwright.cli.order.transport import Refusal

_HEADINGS = ("line", "code", "reason")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--account", "account_name", required=True, help="The name of the account that orders.")
@click.option(
    "--key",
    "key_id",
    type=int,
    help="The id of the account's API key in whose name it orders; its first administrator's unless said.",
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice([each.value for each in Format]),
    help="What the file consists of, where its name does not end in .csv, .jsonl or .ndjson.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be refused, and place nothing.")
@click.option(
    "--refused",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the refused lines to this file as CSV (line, code, reason), not to standard error.",
)
def import_orders(
    file: Path,
    account_name: str,
    key_id: int | None,
    format_name: str | None,
    refused: Path | None,
    *,
    dry_run: bool,
) -> None:
    """Place the orders of FILE, which is CSV or lines of JSON.

    The fields are those of our own API: docs/native-api.md lists them, and how they stand in a table. A line that is refused leaves nothing and keeps no other from being placed. Run again with the same file, the command goes
    on where it ended, even if it was killed: what is in is not placed twice. Exit status 1 if a line was refused.
    """
    kind = Format(format_name) if format_name else SUFFIXES.get(file.suffix.lower())
    if kind is None:
        raise click.UsageError("What the file consists of can't be told from its name: say --format.")
    try:
        surveyed = survey(file, kind)
        with ExitStack() as stack:
            report = stack.enter_context(_Report(surveyed, refused))
            tally = run(
                lambda program: _import(program, surveyed, report, account_name, key_id, dry_run=dry_run)
            )
    except UnreadableFileError as error:
        fail(f"{file}: {error}", status=2)
    report.sum_up(tally, dry_run=dry_run)
    if tally.refused:
        raise SystemExit(1)


async def _import(
    program: Program,
    file: OrderFile,
    report: _Report,
    account_name: str,
    key_id: int | None,
    *,
    dry_run: bool,
) -> Tally:
    caller = await program.use.accounts.act_for(account_name, None if key_id is None else APIKeyId(key_id))
    if not may(caller.key, Area.ORDERS, write=True):
        raise PermissionDenied("The key may not place orders")
    checker = Checker(
        shape=file.shape,
        name=file.digest[:32],
        folder=file.path.parent,
        catalogue=program.use.catalogue,
        blocklist=program.use.bulk_ordering.blocklist,
    )
    # What is there by now stays, and need not be looked through again and again beside thousands of new values.
    gc.freeze()
    with checking(checker, file.count) as check:
        return await Import(program.use, caller, checker, report, rehearsed=dry_run).run(file, check)


class _Report:
    """Tells of an import: a progress bar on a terminal, the refused lines in a file or on standard error, and a summary."""

    def __init__(self, file: OrderFile, refused: Path | None) -> None:
        self._stack = ExitStack()
        self._begun = time.monotonic()
        self._path = refused
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:,.0f}/s"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._progress.add_task(file.path.name, total=file.count, rate=0.0)

    def __enter__(self) -> Self:
        if self._path is not None:
            try:
                sink = self._stack.enter_context(self._path.open("w", encoding="utf-8", newline=""))
            except OSError as error:
                fail(f"{self._path} can't be written: {error.strerror}", status=2)
            self._rows = csv.writer(sink)
            self._rows.writerow(_HEADINGS)
        self._stack.enter_context(self._progress)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def refused(self, line: int, refusal: Refusal) -> None:
        """Note a refused line."""
        if self._path is None:
            # Customers wrote the lines, and a terminal would obey what they write.
            reason = "".join(each if each.isprintable() else "?" for each in refusal.reason)
            self._console.print(f"line {line}: {reason}", markup=False)
        else:
            self._rows.writerow((line, refusal.code, refusal.reason))

    def went_on(self, tally: Tally) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=tally.done, rate=self._rate(tally))

    def sum_up(self, tally: Tally, *, dry_run: bool) -> None:
        """Print what became of the orders."""
        placed = "would be placed" if dry_run else "placed"
        click.echo(
            f"{tally.done:,} orders: {tally.placed:,} {placed}, {tally.known:,} in already, "
            f"{tally.refused:,} refused ({self._rate(tally):,.0f} a second)"
        )
        if tally.refused and self._path is not None:
            click.echo(f"The refused lines are in {self._path}.")

    def _rate(self, tally: Tally) -> float:
        return tally.done / max(time.monotonic() - self._begun, 0.001)
