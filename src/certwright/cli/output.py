"""Running a command against the program, and printing its answer for people or for programs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any, Never, TypeVar

import click
from rich.console import Console
from rich.table import Table

from certwright.bootstrap import open_program
from certwright.config import Settings, SettingsError, load_settings
from certwright.domain.errors import CertwrightError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from certwright.bootstrap import Program

T = TypeVar("T")

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def settings_or_exit(**overrides: str) -> Settings:
    """Read the settings; a wrong one ends the command with one clear line and status 2."""
    try:
        return load_settings(os.environ, **overrides)
    except SettingsError as error:
        fail(f"wrong setting: {error}", status=2)


def run(action: Callable[[Program], Awaitable[T]]) -> T:
    """Open the program, run an action with it and close it; a told error ends the command with status 1."""
    settings = settings_or_exit()

    async def opened() -> T:
        async with open_program(settings) as program:
            return await action(program)

    try:
        return asyncio.run(opened())
    except SettingsError as error:
        fail(f"wrong setting: {error}", status=2)
    except CertwrightError as error:
        fail(error.message)


def fail(message: str, *, status: int = 1) -> Never:
    """End the command with a line on standard error."""
    click.echo(f"certwright: {message}", err=True)
    sys.exit(status)


def print_json(value: Any) -> None:
    """Print a value as one JSON document."""
    click.echo(json.dumps(value, indent=2))


def print_fields(fields: Mapping[str, object]) -> None:
    """Print names and values, aligned, for people."""
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        click.echo(f"{name:<{width}}  {value}")


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table for people."""
    table = Table(*headings, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    Console().print(table)
