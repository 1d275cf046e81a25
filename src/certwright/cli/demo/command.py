"""``certwright demo``: one certificate, from order to download, against a server of its own."""

from __future__ import annotations

import click


@click.command()
@click.option("--keep", is_flag=True, help="Leave the server running until Ctrl-C and print its credentials.")
def demo(*, keep: bool) -> None:
    """Order, prove, issue, find and download one certificate, step by step, with a server of its own."""
    click.echo("The demo is not here yet." if not keep else "The demo is not here yet; try certwright serve.")
