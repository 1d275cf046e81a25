"""The ``certwright`` command and its groups."""

from __future__ import annotations

import click

from certwright import __version__
from certwright.cli.account import account, key
from certwright.cli.database import database
from certwright.cli.demo.command import demo
from certwright.cli.ledger import ledger
from certwright.cli.order import order
from certwright.cli.organization import organization
from certwright.cli.search import search
from certwright.cli.serve import serve


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="certwright")
def main() -> None:
    """Certwright: one order book for TLS certificates that speaks the vendors' languages.

    Settings come from CERTWRIGHT_… variables and from certwright.toml in the home directory.
    """


for command in (serve, demo, account, key, ledger, order, organization, search, database):
    main.add_command(command)
