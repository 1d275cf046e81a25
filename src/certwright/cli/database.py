"""``certwright database``: bringing the schema up to date by hand, for those who do not let ``serve`` do it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from certwright.bootstrap.database import open_engine
from certwright.cli.output import fail, settings_or_exit
from certwright.domain.errors import CertwrightError
from certwright.store.schema import migrate

if TYPE_CHECKING:
    from certwright.config import Settings


@click.group()
def database() -> None:
    """Look after the database."""


@database.command("migrate")
def migrate_database() -> None:
    """Create the database's tables or bring them up to date; every other command does so too."""
    settings = settings_or_exit()
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        applied = asyncio.run(_migrate(settings))
    except CertwrightError as error:
        fail(error.message)
    click.echo(f"Applied: {', '.join(map(str, applied))}" if applied else "The database is up to date.")


async def _migrate(settings: Settings) -> list[int]:
    engine = await open_engine(settings)
    try:
        return await migrate(engine)
    finally:
        await engine.close()
