"""Showing the steps of the demo: numbered lines, with a bar below them on a terminal."""

from __future__ import annotations

import functools
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.console import Console


class Steps:
    """Shows steps as they are taken; a context manager around all of them.

    Where the output is not a terminal, each step is printed as plain lines when it is done.
    """

    def __init__(self, console: Console, *, total: int) -> None:
        self._console = console
        self._total = total
        self._number = 0
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._bar = self._progress.add_task("", total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Show a step; what is passed to the yielded function is printed below its title when it is done."""
        self._number += 1
        self._progress.update(self._bar, description=title)
        details: list[str] = []
        begun = time.monotonic()
        try:
            yield details.append
        except BaseException:
            self._print("[red]✗[/]", title, details, time.monotonic() - begun)
            raise
        self._print("[green]✓[/]", title, details, time.monotonic() - begun)
        self._progress.advance(self._bar)

    def _print(self, mark: str, title: str, details: list[str], seconds: float) -> None:
        place = f"{self._number:>2}/{self._total}"
        # A terminal folds lines where it likes; a file keeps them whole.
        say = functools.partial(self._console.print, highlight=False, soft_wrap=True)
        say(f"{mark} [dim]{place}[/] [bold]{escape(title)}[/] [dim]{seconds:.1f} s[/]")
        for detail in details:
            say(f"        {escape(detail)}", style="dim")


def print_summary(console: Console, title: str, rows: Mapping[str, str]) -> None:
    """Print the closing table."""
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, escape(value))
    console.print()
    console.print(table)
